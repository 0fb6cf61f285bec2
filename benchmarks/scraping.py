"""/metrics as Prometheus fetches it, and what its counters and histograms say between two scrapes."""

from __future__ import annotations

import gzip
import http
import http.client
import re
import time
import zlib
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace

from benchmarks.processes import Server
from exporter.errors import TerpaduError

TEXT = "text/plain;version=0.0.4"
OPENMETRICS = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
_LONGEST_SECONDS = 600.0
_SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)")
_BOUND = re.compile(r'\ble="([^"]*)"')
_GZIP_WINDOW = 31  # zlib's word for a gzip header and the largest window
_GZIP_LEVELS = range(1, 10)


@dataclass(frozen=True, slots=True)
class Scrape:
    """One answer of /metrics: its text, its size on the wire, how long it took and what CPU the server used.

    `asked_at` is by the monotonic clock: what it shows is of about that moment.
    """

    asked_at: float
    text: str
    wire_bytes: int
    wall_seconds: float
    cpu_seconds: float

    def samples(self, name: str) -> Iterator[tuple[str, float]]:
        """Yield the labels, as they are written, and the value of each sample of a name."""
        for line in self.text.splitlines():
            if line.startswith(name) and (found := _SAMPLE.match(line)) and found[1] == name:
                yield found[2] or "", float(found[3])

    def total(self, name: str, label: str = "") -> float:
        """Return the sum over a name's samples whose labels hold a text, for instance `result="lost"`."""
        return sum(value for labels, value in self.samples(name) if label in labels)

    def series(self, name: str) -> int:
        """Return how many samples a name has."""
        return sum(1 for _ in self.samples(name))

    def without_text(self) -> Scrape:
        """Return it without what it says, where many are kept."""
        return replace(self, text="")

    def gzip_level(self) -> int:
        """Return the gzip level whose result is nearest in size to what came over the wire."""
        body = self.text.encode()
        return min(_GZIP_LEVELS, key=lambda level: abs(_gzipped(body, level) - self.wire_bytes))


@dataclass(frozen=True, slots=True)
class Durations:
    """A histogram of seconds: cumulative counts by upper bound, the last bound infinite."""

    bounds: tuple[float, ...]
    counts: tuple[float, ...]

    @property
    def count(self) -> float:
        """How many durations there are."""
        return self.counts[-1] if self.counts else 0.0

    def quantile(self, share: float) -> float | None:
        """Return a quantile in seconds by interpolation, as histogram_quantile does; None where there is nothing.

        What lies in the first bucket is known to be below its bound only: `told_ms` says so.
        """
        if not self.count:
            return None
        rank = share * self.count
        place = bisect_left(self.counts, rank)
        if place >= len(self.bounds) - 1:
            return self.bounds[-2]
        below, low = (self.counts[place - 1], self.bounds[place - 1]) if place else (0.0, 0.0)
        return low + (self.bounds[place] - low) * (rank - below) / (self.counts[place] - below)

    def told_ms(self, share: float) -> float | str | None:
        """Return a quantile in milliseconds for a reader: `<0.2` where it lies in a first bucket that ends there."""
        value = self.quantile(share)
        if value is None:
            return None
        return f"<{self.bounds[0] * 1000:g}" if value <= self.bounds[0] else value * 1000

    def since(self, earlier: Durations) -> Durations:
        """Return what came in since an earlier scrape of the same histogram."""
        if not earlier.counts:
            return self
        return Durations(self.bounds, tuple(b - a for a, b in zip(earlier.counts, self.counts, strict=True)))


def durations(scrape: Scrape, name: str) -> Durations:
    """Return a histogram of a scrape, summed over its series."""
    counts: dict[float, float] = {}
    for labels, value in scrape.samples(f"{name}_bucket"):
        if found := _BOUND.search(labels):
            bound = float(found[1])
            counts[bound] = counts.get(bound, 0.0) + value
    bounds = tuple(sorted(counts))
    return Durations(bounds, tuple(counts[bound] for bound in bounds))


def scrape(server: Server, accept: str = OPENMETRICS) -> Scrape:
    """Fetch /metrics once, compressed; TerpaduError where there is no good answer."""
    cpu_before, before = server.fine_cpu_seconds(), time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_LONGEST_SECONDS)
    try:
        connection.request("GET", "/metrics", headers={"Accept": accept, "Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise TerpaduError(f"/metrics didn't answer ({error!r}); its log ends: {server.last_words()}") from error
    finally:
        connection.close()
    wall = time.monotonic() - before
    cpu = server.fine_cpu_seconds() - cpu_before
    if answer.status != http.HTTPStatus.OK:
        raise TerpaduError(f"/metrics answered {answer.status}: {body[:200]!r}; see {server.log}")
    plain = gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body
    return Scrape(before, plain.decode(), len(body), wall, cpu)


def _gzipped(body: bytes, level: int) -> int:
    packer = zlib.compressobj(level, zlib.DEFLATED, _GZIP_WINDOW)
    return len(packer.compress(body)) + len(packer.flush())
