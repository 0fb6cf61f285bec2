"""Round-trip times beside fping's, on the same addresses, the one after the other.

The histogram of /metrics begins at 0.2 ms, far above a loopback's, so the exporter's are read from what it records.
"""

from __future__ import annotations

import json
import time

from benchmarks import district, fping, processes
from benchmarks.echoes import SETTLING_SECONDS, settle
from benchmarks.results import Row, nearest_rank, scratch
from exporter.errors import TerpaduError

ALLOWED_MS = 0.05
_PERCENTILES = range(1, 100)


def measure(links: int, seconds: float) -> Row:
    """Return the quantiles of both, and how far they lie apart at worst up to the 99th percentile."""
    own = recorded_rtts_ms(links, seconds)
    reference = fping.run(district.addresses(links), max(1, round(seconds))).rtts_ms
    if not own or not reference:
        raise TerpaduError(f"{len(own)} RTTs of the exporter and {len(reference)} of fping: nothing to compare")
    apart = max(abs(_at(own, percent) - _at(reference, percent)) for percent in _PERCENTILES)
    within = sum(rtt <= _at(reference, 99) + ALLOWED_MS for rtt in own) / len(own)
    return {
        "links": links,
        "exporter_replies": len(own),
        "fping_replies": len(reference),
        "exporter_p50_ms": _at(own, 50),
        "fping_p50_ms": _at(reference, 50),
        "exporter_p99_ms": _at(own, 99),
        "fping_p99_ms": _at(reference, 99),
        "exporter_longest_ms": own[-1],
        "fping_longest_ms": reference[-1],
        "apart_up_to_p99_ms": apart,
        "share_up_to_fping_p99_and_0.05_ms": within,
        "within_0.05_ms": "yes" if apart <= ALLOWED_MS else "no",
    }


def recorded_rtts_ms(links: int, seconds: float) -> list[float]:
    """Run the exporter with --record; return the RTTs of all links once its start had settled, ascending."""
    with scratch() as folder:
        records = folder / "records"
        inventory = district.write_inventory(folder / "inventory.yaml", links)
        with processes.exporter(folder, inventory, "--record", str(records)) as server:
            settle(server, links)
            time.sleep(seconds)
        lines = [line for file in sorted(records.glob("*.jsonl")) for line in file.read_text("utf-8").splitlines()]
    observed = [record for record in map(json.loads, lines) if "outcome" in record and "link" in record]
    settled = observed[links * round(SETTLING_SECONDS) :]
    return sorted(record["rtt_ms"] for record in settled if record["outcome"] == "reply")


def _at(ordered: list[float], percent: int) -> float:
    return nearest_rank(ordered, percent / 100) or 0.0
