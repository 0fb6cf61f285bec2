"""Where the exporter's own time goes, by function; a profiler slows what it watches, so these are shares, not costs."""

from __future__ import annotations

import io
import os
import pstats
import signal
import sys
import time

from benchmarks import district, processes
from benchmarks.echoes import settle
from benchmarks.results import scratch, tell


def run(links: int, seconds: float, functions: int) -> None:
    """Profile the probing once its start has settled, and print the functions with the most time of their own."""
    with scratch() as folder:
        result = folder / "profile"
        inventory = district.write_inventory(folder / "inventory.yaml", links)
        python = (sys.executable, "-m", "benchmarks.profiled", str(result))
        with processes.exporter(folder, inventory, python=python) as server:
            settle(server, links)
            cpu = server.cpu_seconds()
            os.kill(server.pid, signal.SIGUSR1)
            time.sleep(seconds)
            used = server.cpu_seconds() - cpu
        text = io.StringIO()
        pstats.Stats(str(result), stream=text).strip_dirs().sort_stats("tottime").print_stats(functions)
    tell(f"UNDER A PROFILER: {links:,} links, {seconds:g} s, {used / seconds:.2f} of a core; the main thread alone")
    tell(text.getvalue())
