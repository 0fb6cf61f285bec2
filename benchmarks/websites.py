"""What visiting websites costs: the process that visits, by the kernel's account of it.

Checks and looks are measured apart, as a look comes once in six hours: `core_percent` is what both together take.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from benchmarks import web_server
from benchmarks.processes import Server
from benchmarks.results import Row, mib, milliseconds, scratch
from exporter.errors import TerpaduError
from exporter.lab import hosts, processes
from exporter.model import Website
from exporter.sites.orders import ALIVE, Order, heard, lines
from exporter.sites.watching import CHECK_EVERY_SECONDS, FIRST_WITHIN_SECONDS, LOOK_EVERY_SECONDS
from exporter.website import Look, SiteCheck

CALM_AFTER_SECONDS = 120.0  # once every website was checked twice
LOOKED_AT = 40
LOOKS_WITHIN_SECONDS = 240.0


class Visits:
    """What the process has told so far."""

    def __init__(self) -> None:
        self.checks = self.looks = self.inactive = 0

    def hear(self, said: Iterator[bytes]) -> None:
        """Count what a process says."""
        for told in said:
            if told == ALIVE:
                continue
            _, what = heard(told)
            self.looks += isinstance(what, Look)
            if isinstance(what, SiteCheck):
                self.checks += 1
                self.inactive += what.fault is not None


def measure(sites: int) -> Row:
    """Return what so many websites cost: two rounds of checks once all are known, and the looks at some of them."""
    with scratch() as folder, _served(folder, max(sites, LOOKED_AT)) as authority:
        checks, check_seconds, peak, seconds = _checks(folder, authority, sites)
        look_seconds = _look_seconds(folder, authority)
    share = check_seconds * checks / seconds + look_seconds * sites / LOOK_EVERY_SECONDS
    return {
        "websites": sites,
        "checks": checks,
        "ms_a_check": milliseconds(check_seconds),
        "ms_a_look": milliseconds(look_seconds),
        "core_percent": 100 * share,
        "peak_mib": mib(peak),
    }


def _checks(folder: Path, authority: str, sites: int) -> tuple[int, float, int, float]:
    """Return how many checks were made, the CPU time of one, the most memory, and in how many seconds."""
    with _visiting(folder, authority, sites, looked_at=time.time()) as (process, visits):
        time.sleep(FIRST_WITHIN_SECONDS + CALM_AFTER_SECONDS)
        before, cpu, began = visits.checks, process.cpu_seconds(), time.monotonic()
        time.sleep(2 * CHECK_EVERY_SECONDS)
        checks, seconds = visits.checks - before, time.monotonic() - began
        if visits.inactive or checks < sites:
            raise TerpaduError(f"{visits.inactive} of {visits.checks} checks failed; only {checks} were measured")
        return checks, (process.cpu_seconds() - cpu) / checks, process.peak_bytes(), seconds


def _look_seconds(folder: Path, authority: str) -> float:
    """Return the CPU time of one look, with the two checks that come along."""
    with _visiting(folder, authority, LOOKED_AT, looked_at=None) as (process, visits):
        cpu, began = process.cpu_seconds(), time.monotonic()
        while visits.looks < LOOKED_AT:
            if time.monotonic() - began > LOOKS_WITHIN_SECONDS:
                raise TerpaduError(f"only {visits.looks} of {LOOKED_AT} looks were made within the time")
            time.sleep(0.5)
        return (process.cpu_seconds() - cpu) / LOOKED_AT


@contextmanager
def _served(folder: Path, sites: int) -> Iterator[str]:
    """Serve websites under their names; yield the authority's file."""
    hosts.write({f"127.40.{n // 250}.{n % 250 + 1}": web_server.name(n) for n in range(1, sites + 1)})
    words = [sys.executable, "-m", "benchmarks.web_server", str(folder), str(sites)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 -- ours
        if process.stdout is None or not (authority := process.stdout.readline().strip()):
            raise TerpaduError("the web server that is to be visited doesn't start")
        try:
            yield authority
        finally:
            process.kill()
            hosts.write({})


@contextmanager
def _visiting(folder: Path, authority: str, sites: int, *, looked_at: float | None) -> Iterator[tuple[Server, Visits]]:
    """Run the process that visits so many websites."""
    visits, log = Visits(), folder / "sites.log"
    words = [sys.executable, "-m", "exporter.sites", "--agent", "Terpadu (benchmark)", "--zone", "Asia/Jakarta"]
    with (
        log.open("wb") as told,
        subprocess.Popen(  # noqa: S603 -- ours
            processes.dying_with_parent(words),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=told,
            env={"SSL_CERT_FILE": authority, "PATH": "/usr/bin:/bin"},
        ) as process,
    ):
        if process.stdin is None or process.stdout is None:
            raise TerpaduError("the process that visits websites has no pipes")
        Thread(target=visits.hear, args=[iter(process.stdout)], daemon=True).start()
        orders = (Order(f"o{n}", Website(f"https://{web_server.name(n)}/"), looked_at) for n in range(1, sites + 1))
        process.stdin.write(lines(orders))
        process.stdin.flush()
        try:
            yield Server(process.pid, 0, log), visits
        finally:
            process.stdin.close()
            process.wait(30)
