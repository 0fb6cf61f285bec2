"""What the exporter costs at one echo a second a link, and whether it loses, delays or invents anything.

Everything is read from outside: CPU and memory from the kernel, the rest from /metrics. The measured time begins once
the first scrape shows every link and the start has settled, and holds a scrape every 15 s, as Prometheus does above
300 links.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import district, processes
from benchmarks.processes import Server
from benchmarks.results import Row, mib, milliseconds, scratch
from benchmarks.scraping import Durations, Scrape, durations, scrape
from exporter.errors import TerpaduError

SETTLING_SECONDS = 15.0
SCRAPE_EVERY_SECONDS = 15.0
_LONGEST_START_SECONDS = 300.0
_PROBES = "opd_link_icmp_probes_total"
_RTT = "opd_link_rtt_seconds"
_LATENESS = "terpadu_probe_lateness_seconds"


@dataclass(slots=True)
class Window:
    """The measured time: what was counted and used between its two ends."""

    first: Scrape
    last: Scrape
    seconds: float
    cpu_seconds: float
    scrapes: list[Scrape]

    def probes(self, result: str) -> int:
        """Return how many echoes were settled with a result."""
        label = f'result="{result}"'
        return int(self.last.total(_PROBES, label) - self.first.total(_PROBES, label))

    def counted(self, name: str) -> int:
        """Return how much a counter grew over all its series."""
        return int(self.last.total(name) - self.first.total(name))

    def durations(self, name: str) -> Durations:
        """Return what came into a histogram."""
        return durations(self.last, name).since(durations(self.first, name))

    @property
    def counted_seconds(self) -> float:
        """How long the counters ran between the two ends."""
        return self.last.asked_at - self.first.asked_at

    @property
    def cpu_share(self) -> float:
        """The share of one core that was used, scrapes included."""
        return self.cpu_seconds / self.seconds

    @property
    def cpu_share_beside_scrapes(self) -> float:
        """The share of one core that was used while nothing was scraped."""
        wall = sum(one.wall_seconds for one in self.scrapes)
        cpu = sum(one.cpu_seconds for one in self.scrapes)
        return max(self.cpu_seconds - cpu, 0.0) / max(self.seconds - wall, 1e-9)

    def scrape_cpu_seconds(self) -> float:
        """Return the CPU of a scrape, without the echoes that ran during it."""
        wall = sum(one.wall_seconds for one in self.scrapes)
        cpu = sum(one.cpu_seconds for one in self.scrapes)
        return max(cpu - self.cpu_share_beside_scrapes * wall, 0.0) / len(self.scrapes)


def measure(links: int, seconds: float) -> Row:
    """Run the exporter on a district of that size; return its row."""
    with scratch() as folder:
        inventory = district.write_inventory(folder / "inventory.yaml", links)
        began = time.monotonic()
        with processes.exporter(folder, inventory) as server:
            started_after = settle(server, links) - began
            window = watch(server, seconds)
            row = _row(links, window, server)
            sizes = _sizes(processes.ledger_file(folder))
        return {**row, "start_s": started_after, **sizes}


def settle(server: Server, links: int) -> float:
    """Wait until the start is over; return when the first scrape had come that shows every link.

    A scrape waits until the server answers, so nothing is asked twice meanwhile.
    """
    deadline = time.monotonic() + _LONGEST_START_SECONDS
    while (shown := scrape(server).series("opd_link_info")) < links and time.monotonic() < deadline:
        time.sleep(0.1)
    if shown != links:
        raise TerpaduError(f"/metrics shows {shown} links of {links}; is the inventory the benchmark's own?")
    shown_at = time.monotonic()
    time.sleep(SETTLING_SECONDS)
    return shown_at


def watch(server: Server, seconds: float) -> Window:
    """Measure for some seconds, scraping in the middle of every 15 of them."""
    first = scrape(server)
    cpu, began = server.cpu_seconds(), time.monotonic()
    scrapes: list[Scrape] = []
    for moment in _moments(seconds):
        time.sleep(max(0.0, began + moment - time.monotonic()))
        scrapes.append(scrape(server).without_text())
    time.sleep(max(0.0, began + seconds - time.monotonic()))
    used, lasted = server.cpu_seconds() - cpu, time.monotonic() - began
    return Window(first, scrape(server), lasted, used, scrapes)


def _moments(seconds: float) -> list[float]:
    count = max(1, round(seconds / SCRAPE_EVERY_SECONDS))
    return [seconds * (number + 0.5) / count for number in range(count)]


def _row(links: int, window: Window, server: Server) -> dict[str, float | int | str | None]:
    rtt, lateness = window.durations(_RTT), window.durations(_LATENESS)
    replies, lost, errors = (window.probes(result) for result in ("reply", "lost", "error"))
    settled = replies + lost + errors
    return {
        "program": "terpadu run",
        "links": links,
        "window_s": window.seconds,
        "cpu_share_of_core": window.cpu_share,
        "cpu_us_per_echo": 1e6 * window.cpu_share * window.counted_seconds / settled if settled else None,
        "rss_mib": mib(server.resident_bytes()),
        "peak_rss_mib": mib(server.peak_bytes()),
        "echoes": settled,
        "echoes_share_of_due": settled / (links * window.counted_seconds),
        "false_lost": lost,
        "errors": errors,
        "false_loss_ratio": lost / settled if settled else None,
        "late_replies": window.counted("opd_link_icmp_late_total"),
        "internal_errors": window.counted("terpadu_internal_errors_total"),
        "socket_drops": window.counted("terpadu_icmp_socket_drops_total"),
        "rtt_p50_ms": rtt.told_ms(0.5),
        "rtt_p99_ms": rtt.told_ms(0.99),
        "lateness_p50_ms": lateness.told_ms(0.5),
        "lateness_p99_ms": lateness.told_ms(0.99),
        "lateness_p999_ms": lateness.told_ms(0.999),
        "scrape_cpu_ms": milliseconds(window.scrape_cpu_seconds()),
        "scrape_longest_ms": milliseconds(max(one.wall_seconds for one in window.scrapes)),
        "scrape_wire_kib": window.last.wire_bytes / 1024,
        "scrape_text_kib": len(window.last.text) / 1024,
    }


def _sizes(ledger: Path) -> dict[str, float]:
    """Return the sizes of the ledger's file and of its write-ahead log, while the exporter runs."""
    wal = ledger.with_name(f"{ledger.name}-wal")
    return {
        "ledger_kib": ledger.stat().st_size / 1024,
        "ledger_wal_kib": wal.stat().st_size / 1024 if wal.exists() else 0.0,
    }
