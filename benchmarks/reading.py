"""What it takes to read an inventory: `terpadu check` as a process of its own."""

from __future__ import annotations

import resource
import subprocess
import sys
import time

from benchmarks import district, processes
from benchmarks.results import Row, mib, scratch
from exporter.errors import TerpaduError

_LOOK_EVERY_SECONDS = 0.02


def measure(links: int) -> Row:
    """Return the time and the memory of reading a district of that size."""
    with scratch() as folder:
        file = district.write_inventory(folder / "inventory.yaml", links)
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        with subprocess.Popen(  # noqa: S603 - the project's own command
            [sys.executable, "-m", "exporter", "check", str(file)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        ) as process:
            peak = _peak_bytes(process)
            wall = time.monotonic() - began
            _, words = process.communicate()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if process.returncode != 0:
            raise TerpaduError(f"terpadu check ended with {process.returncode}: {words.decode()[:500]}")
        return {
            "links": links,
            "file_mib": mib(file.stat().st_size),
            "wall_s": wall,
            "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            "peak_rss_mib": mib(peak),
        }


def _peak_bytes(process: subprocess.Popen[bytes]) -> int:
    """Return the most that a process was seen to hold until its end, by looks 20 ms apart."""
    peak = 0
    while process.poll() is None:
        peak = max(peak, processes.memory_bytes(process.pid, "VmHWM"))
        time.sleep(_LOOK_EVERY_SECONDS)
    return peak
