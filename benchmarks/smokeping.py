"""smokeping_prober on the same addresses at the same pace, where it can be had.

    python -m benchmarks.smokeping      fetches it, Debian's newest build before this release's own

It is no part of the tests, so it isn't among their packages. One that stands on the PATH is taken as it is.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import district, processes
from benchmarks.processes import Server
from benchmarks.results import Row, mib, milliseconds, scratch, tell
from benchmarks.scraping import TEXT, Scrape, durations, scrape
from exporter.errors import TerpaduError
from exporter.lab import packages
from exporter.lab.processes import which

PACKAGE = "prometheus-smokeping-prober"
MOST_LINKS = 1000
"""More than these aren't tried: each of its sockets gets a copy of every reply, and a thousand fill two cores."""

_SETTLING_SECONDS = 5.0
_SECONDS = 300
_CONFIGURATION = """\
Dir::State "{folder}/state";
Dir::Cache "{folder}/cache";
Dir::Log "{folder}/log";
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "-";
APT::Sandbox::User "root";
Acquire::Languages "none";
Debug::NoLocking "1";
"""
_REQUESTS, _ANSWERS = "smokeping_requests_total", "smokeping_response_duration_seconds"


def program() -> Path | None:
    """Return the prober that is there, fetched or on the PATH; else None."""
    fetched = _tree() / "usr/bin" / PACKAGE
    if fetched.is_file():
        return fetched
    found = which("smokeping_prober") or which(PACKAGE)
    return Path(found) if found else None


def _tree() -> Path:
    return packages.cache_folder() / "smokeping-prober"


def fetch() -> Path | None:
    """Fetch the prober where it isn't there; None where it can't be had.

    Where this machine's packages come from Debian, the same place is asked for the unstable suite: a static program
    runs on any release. The lists for that stay in a folder of their own.
    """
    if (found := program()) is not None:
        return found
    packages.cache_folder().mkdir(parents=True, exist_ok=True)
    with scratch() as folder:
        if not (_download_newest(folder) or _apt(folder, ["download", PACKAGE])):
            return None
        archives = [str(path) for path in folder.glob("*.deb")]
        tree = folder / "tree"
        if not archives or _output(["dpkg", "-x", archives[0], str(tree)], folder) is None:
            return None
        tree.rename(_tree())
    return program()


def _download_newest(folder: Path) -> bool:
    asked = ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages", "Origin: Debian"]
    sites = (_output(asked, folder) or "").split()
    site = next((one for one in sites if one.rstrip("/").endswith("/debian")), None)
    if site is None:
        return False
    for part in ("state/lists/partial", "cache/archives/partial", "log"):
        (folder / part).mkdir(parents=True)
    (folder / "sources.list").write_text(f"deb {site} sid main\n", encoding="ascii")
    configuration = folder / "apt.conf"
    configuration.write_text(_CONFIGURATION.format(folder=folder), encoding="ascii")
    own = ["-c", str(configuration)]
    return _apt(folder, [*own, "update"]) and _apt(folder, [*own, "download", PACKAGE])


def _apt(folder: Path, arguments: Sequence[str]) -> bool:
    return _output(["apt-get", "-q", *arguments], folder) is not None


def _output(words: Sequence[str], folder: Path) -> str | None:
    """Return what apt-get or dpkg writes; None where it isn't there, doesn't end or fails."""
    try:
        done = subprocess.run(  # noqa: S603 - the two named
            words,
            cwd=folder,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def measure(links: int, seconds: float) -> Row:
    """Return the prober's row, or one that says why there is none."""
    prober = program()
    row: dict[str, float | int | str | None] = {"program": "smokeping_prober", "links": links}
    if prober is None:
        return {**row, "note": "not available"}
    if links > MOST_LINKS:
        return {**row, "note": f"not tried above {MOST_LINKS}"}
    with scratch() as folder:
        port = processes.free_port()
        hosts = "".join(f"      - {address}\n" for address in district.addresses(links))
        configuration = folder / "smokeping.yml"
        configuration.write_text(
            f"targets:\n  - interval: 1s\n    network: ip4\n    protocol: icmp\n    size: 56\n    hosts:\n{hosts}",
            encoding="ascii",
        )
        words = [str(prober), f"--config.file={configuration}", f"--web.listen-address=127.0.0.1:{port}"]
        with processes.server(words, port, folder / "smokeping.log") as server:
            first = _first_scrape(server)
            cpu, began = server.cpu_seconds(), time.monotonic()
            time.sleep(seconds)
            used, lasted = server.cpu_seconds() - cpu, time.monotonic() - began
            share = used / lasted
            costs = {"window_s": lasted, "cpu_share_of_core": share, "cpu_us_per_echo": 1e6 * share / links}
            return {**row, **costs, **_figures(first, scrape(server, TEXT), server)}


def _figures(first: Scrape, last: Scrape, server: Server) -> Row:
    """Return what its counters say, which run on while it answers: some ten seconds at a thousand links."""
    sent = last.total(_REQUESTS) - first.total(_REQUESTS)
    rtt = durations(last, _ANSWERS).since(durations(first, _ANSWERS))
    return {
        "rss_mib": mib(server.resident_bytes()),
        "peak_rss_mib": mib(server.peak_bytes()),
        "echoes": sent,
        "false_lost": sent - rtt.count,
        "false_loss_ratio": (sent - rtt.count) / sent if sent else None,
        "rtt_p50_ms": rtt.told_ms(0.5),
        "rtt_p99_ms": rtt.told_ms(0.99),
        "scrape_wall_ms": milliseconds(last.wall_seconds),
    }


def _first_scrape(server: Server) -> Scrape:
    """Return a scrape once it answers and its start has settled."""
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            scrape(server, TEXT)
        except TerpaduError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        else:
            time.sleep(_SETTLING_SECONDS)
            return scrape(server, TEXT)


if __name__ == "__main__":
    tell(f"smokeping_prober: {fetch() or 'not available'}")
    sys.exit(0)
