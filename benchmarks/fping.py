"""fping on the same addresses at the same pace: what echoes cost in C, and the round-trip times to be compared with."""

from __future__ import annotations

import re
import resource
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks import district
from benchmarks.results import Row, nearest_rank, scratch
from exporter.errors import TerpaduError
from exporter.lab import packages

PERIOD_MS = 1000
_SPREAD = 0.9  # the share of a period over which its echoes leave
_TARGET = re.compile(r"^(\S+) +: ((?:(?:\d+(?:\.\d+)?|-) ?)+)$", re.MULTILINE)
_SOME_UNREACHED = 1  # fping's exit status for it


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of fping used and saw; round-trip times in milliseconds, ascending."""

    seconds: float
    cpu_seconds: float
    sent: int
    rtts_ms: list[float]

    @property
    def lost(self) -> int:
        """How many echoes had no reply."""
        return self.sent - len(self.rtts_ms)


def run(addresses: Iterable[str], echoes_each: int) -> Run:
    """Send every address that many echoes, one a second; TerpaduError where fping refuses."""
    targets = list(addresses)
    with scratch() as folder:
        file = folder / "targets"
        file.write_text("\n".join(targets) + "\n", encoding="ascii")
        gap_ms = f"{PERIOD_MS * _SPREAD / len(targets):.3f}"
        words = ["-q", "-C", str(echoes_each), "-p", str(PERIOD_MS), "-i", gap_ms, "-f", str(file)]
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run(  # noqa: S603 - the fetched fping
            [*packages.command("fping"), *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode > _SOME_UNREACHED:
        raise TerpaduError(f"fping ended with {done.returncode}: {done.stderr.strip()[:200]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    answers = [answer for _, line in _TARGET.findall(done.stderr) for answer in line.split()]
    return Run(seconds, cpu, len(targets) * echoes_each, sorted(float(one) for one in answers if one != "-"))


def measure(links: int, seconds: float) -> Row:
    """Return fping's row."""
    done = run(district.addresses(links), max(1, round(seconds)))
    return {
        "program": "fping",
        "links": links,
        "window_s": done.seconds,
        "cpu_share_of_core": done.cpu_seconds / done.seconds,
        "cpu_us_per_echo": 1e6 * done.cpu_seconds / done.sent,
        "echoes": done.sent,
        "false_lost": done.lost,
        "false_loss_ratio": done.lost / done.sent,
        "rtt_p50_ms": nearest_rank(done.rtts_ms, 0.5),
        "rtt_p99_ms": nearest_rank(done.rtts_ms, 0.99),
    }
