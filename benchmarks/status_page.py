"""What the status page costs: its first page, and two hundred browsers that have it open.

Everything is read from outside, as in `echoes`: CPU from the kernel, lateness from /metrics. The ledger holds ninety
days of every link, so that each bar has something to show. Windows without and with browsers take turns, since another
program's work would else be taken for theirs; `browsers_core_percent` is the middle of the differences of a pair.
"""

from __future__ import annotations

import gzip
import html
import http
import http.client
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks import district, earlier, echoes, processes
from benchmarks.processes import Server
from benchmarks.results import Row, milliseconds, scratch
from benchmarks.scraping import Durations
from exporter import inventory
from exporter.errors import TerpaduError
from exporter.ledger import Ledger

PAST_DAYS = 92
BROWSERS = 200
ROUNDS = 3
_PAGES = 7
_APART_SECONDS = 3.0  # more than an answer is shared for
_CALM_SECONDS = 10.0
_LONGEST_SECONDS = 60.0
_LATENESS = "terpadu_probe_lateness_seconds"
_STREAM = re.compile(r'<html[^>]*\bdata-stream="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer of a page: seconds to its first byte and to its last, what CPU the server used, and its sizes."""

    first_byte_seconds: float
    seconds: float
    cpu_seconds: float
    wire_bytes: int
    text: str

    @property
    def stream(self) -> str:
        """The path of its stream of events."""
        if (found := _STREAM.search(self.text)) is None:
            raise TerpaduError("the page names no stream of events: <html data-stream=...>")
        return html.unescape(found[1])


@dataclass(slots=True)
class Shares:
    """What came of windows of one kind: shares of a core, and how late echoes left."""

    cpu: list[float] = field(default_factory=list)
    lateness: list[Durations] = field(default_factory=list)

    def add(self, window: echoes.Window) -> None:
        """Take a window in."""
        self.cpu.append(window.cpu_share)
        self.lateness.append(window.durations(_LATENESS))

    def late_ms(self, share: float) -> float | None:
        """Return the middle of the windows' quantiles."""
        return milliseconds(median(value for late in self.lateness if (value := late.quantile(share)) is not None))


def measure(links: int, seconds: float) -> Row:
    """Run the exporter on a district of that size; return what its status page costs."""
    with scratch() as folder:
        file = _district(folder, links)
        with processes.exporter(folder, file) as server:
            echoes.settle(server, links)
            first = fetch(server, "/")
            idle = _idle_share(server)
            pages = [_rested_fetch(server, "/") for _ in range(_PAGES)]
            without, opened, heard = _rounds(server, first.stream, seconds)
            return {
                "links": links,
                "first_page_cpu_ms": milliseconds(first.cpu_seconds - idle * first.seconds),
                "first_page_first_byte_ms": milliseconds(first.first_byte_seconds),
                **_of_pages(pages, idle),
                **_of_rounds(without, opened, heard, seconds),
            }


def fetch(server: Server, path: str) -> Fetched:
    """Fetch a page, compressed; TerpaduError where there is no good answer."""
    cpu, began = server.fine_cpu_seconds(), time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=_LONGEST_SECONDS)
    try:
        connection.request("GET", path, headers={"Accept": "text/html", "Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        first_byte = time.monotonic() - began
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise TerpaduError(f"{path} didn't answer ({error!r}); its log ends: {server.last_words()}") from error
    finally:
        connection.close()
    took, used = time.monotonic() - began, server.fine_cpu_seconds() - cpu
    if answer.status != http.HTTPStatus.OK:
        raise TerpaduError(f"{path} answered {answer.status}: {body[:200]!r}; see {server.log}")
    plain = gzip.decompress(body) if answer.headers.get("Content-Encoding") == "gzip" else body
    return Fetched(first_byte, took, used, len(body), plain.decode())


def _district(folder: Path, links: int) -> Path:
    """Return the inventory of a district whose last ninety days are in the ledger."""
    file = district.write_inventory(folder / "inventory.yaml", links)
    text, now = file.read_text(encoding="utf-8"), int(time.time())
    start = now - PAST_DAYS * 86_400
    with Ledger.create(processes.ledger_file(folder)) as ledger:
        ledger.record_inventory(text, start, "0")
        ledger.write(earlier.past(inventory.parse(text, str(file)), start, now))
    return file


def _idle_share(server: Server) -> float:
    """Return the share of a core that the server uses while nobody asks."""
    cpu, began = server.fine_cpu_seconds(), time.monotonic()
    time.sleep(_CALM_SECONDS)
    return (server.fine_cpu_seconds() - cpu) / (time.monotonic() - began)


def _rested_fetch(server: Server, path: str) -> Fetched:
    time.sleep(_APART_SECONDS)
    return fetch(server, path)


def _rounds(server: Server, stream: str, seconds: float) -> tuple[Shares, Shares, list[dict[str, int]]]:
    """Measure without and with browsers in turn; return both, and what the browsers heard in each round."""
    without, opened, heard = Shares(), Shares(), list[dict[str, int]]()
    for _ in range(ROUNDS):
        without.add(echoes.watch(server, seconds))
        with _browsers(server, stream) as said:
            time.sleep(_CALM_SECONDS)
            opened.add(echoes.watch(server, seconds))
        heard.append(said)
    return without, opened, heard


@contextmanager
def _browsers(server: Server, stream: str) -> Iterator[dict[str, int]]:
    """Keep browsers at a stream of events; what they heard is there once the context is left."""
    words = [sys.executable, "-m", "benchmarks.watchers", str(server.port), str(BROWSERS), stream]
    said: dict[str, int] = {}
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 -- ours
        if process.stdout is None or process.stdout.readline().strip() != str(BROWSERS):
            process.kill()
            raise TerpaduError(f"not all of {BROWSERS} browsers could follow {stream}; see {server.log}")
        yield said
        said.update(json.loads(process.communicate(timeout=_LONGEST_SECONDS)[0]))


def _of_pages(pages: list[Fetched], idle: float) -> dict[str, float | int | str | None]:
    return {
        "page_cpu_ms": milliseconds(median(page.cpu_seconds - idle * page.seconds for page in pages)),
        "page_first_byte_ms": milliseconds(median(page.first_byte_seconds for page in pages)),
        "page_wire_kb": median(page.wire_bytes for page in pages) / 1000,
        "page_html_kb": median(len(page.text.encode()) for page in pages) / 1000,
    }


def _of_rounds(
    without: Shares, opened: Shares, heard: list[dict[str, int]], seconds: float
) -> dict[str, float | int | str | None]:
    lasted = _CALM_SECONDS + seconds
    return {
        "browsers": BROWSERS,
        "rounds": ROUNDS,
        "window_s": seconds,
        "core_percent_without": 100 * median(without.cpu),
        "core_percent_with": 100 * median(opened.cpu),
        "browsers_core_percent": 100 * median(b - a for a, b in zip(without.cpu, opened.cpu, strict=True)),
        "lateness_p50_ms_without": without.late_ms(0.5),
        "lateness_p50_ms_with": opened.late_ms(0.5),
        "lateness_p99_ms_without": without.late_ms(0.99),
        "lateness_p99_ms_with": opened.late_ms(0.99),
        "changes_a_browser_a_minute": median(60 * said["changes"] / BROWSERS / lasted for said in heard),
        "kb_a_browser_a_second": median(said["received_bytes"] / 1000 / BROWSERS / lasted for said in heard),
        "reloads": sum(said["reloads"] for said in heard),
        "streams_ended": sum(said["ended"] for said in heard),
    }
