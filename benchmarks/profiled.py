"""The exporter under a profiler that is asleep until SIGUSR1: `python -m benchmarks.profiled RESULT run ...`.

Only the main thread is profiled, which is the one that probes; the result is written at the end, for pstats.
"""

from __future__ import annotations

import cProfile
import signal
import sys
import time
from types import FrameType

from exporter import cli


def main(result: str, arguments: list[str]) -> int:
    """Run the command line, profiled from the signal on; return its exit status."""
    profiler = cProfile.Profile(time.thread_time)  # waiting is not counted

    def begin(_number: int, _frame: FrameType | None) -> None:
        profiler.enable()

    signal.signal(signal.SIGUSR1, begin)
    try:
        return cli.main(arguments)
    finally:
        profiler.disable()
        profiler.dump_stats(result)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
