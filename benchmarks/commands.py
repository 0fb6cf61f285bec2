"""A command of the product as a process of its own: how long it takes, and what it uses."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from dataclasses import dataclass

from benchmarks import processes
from exporter.errors import TerpaduError

_LOOK_EVERY_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Spent:
    """What a command took: time by the clock, user and system time, and the most memory that it held."""

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int


def spent(*arguments: str) -> Spent:
    """Run `terpadu` with arguments, its output aside; TerpaduError where it fails."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    with subprocess.Popen(  # noqa: S603 - the project's own command
        [sys.executable, "-m", "exporter", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        peak = _peak_bytes(process)
        wall = time.monotonic() - began
        _, words = process.communicate()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 0:
        raise TerpaduError(f"terpadu {arguments[0]} ended with {process.returncode}: {words.decode()[:500]}")
    return Spent(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak)


def _peak_bytes(process: subprocess.Popen[bytes]) -> int:
    """Return the most that a process was seen to hold until its end, by looks 20 ms apart."""
    peak = 0
    while process.poll() is None:
        peak = max(peak, processes.memory_bytes(process.pid, "VmHWM"))
        time.sleep(_LOOK_EVERY_SECONDS)
    return peak
