"""A ledger on a disk that fills and is freed again; prints what its writer said.

    PYTHONPATH=tests unshare -m python full_disk.py FOLDER

It mounts a disk of two megabytes on the folder, which is gone with the process.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

from filling import fill

from exporter.clock import SystemClock
from exporter.ledger import Ledger, LedgerWriter
from exporter.statistics import Sketch
from exporter.timeline import Outage, Span, State

LINKS = 1000
STATES = {20: State.DOWN, 40: State.UNMEASURED}


async def write(writer: LedgerWriter, at: int) -> tuple[bool, int]:
    """Add twenty seconds of every link, and try to write; return whether it can be, and the seconds up of one."""
    state = STATES.get(at, State.UP)
    outage = {20: Outage(20, 30), 60: Outage(20, 30, 60)}.get(at)
    for number in range(LINKS):
        writer.add(f"kantor-{number}/primary", [Span(at, at + 20, state)], outage)
        writer.add_sketch(f"kantor-{number}/primary", date(2026, 2, 10), False, Sketch({number: 1}))
    await writer.flush()
    return writer.is_writable, writer.seconds("kantor-7/primary")[State.UP]


async def live(folder: Path) -> dict[str, object]:
    path = folder / "ledger.sqlite3"
    writer = LedgerWriter(Ledger.create(path), SystemClock())
    said = [await write(writer, 0)]
    filler = fill(folder)
    said += [await write(writer, at) for at in (20, 40, 60)]
    filler.unlink()
    said.append(await write(writer, 80))
    said.append(await write(writer, 100))
    await writer.close()
    with Ledger.existing(path) as ledger:
        return {
            "said": said,
            "problems": ledger.verify(),
            "spans": [[s.start, s.end, s.state.value] for s in ledger.spans("kantor-7/primary", 0, 1000)],
            "outages": [[o.started_at, o.ended_at] for _, o in ledger.all_outages(5000)],
            "replies": ledger.sketch("kantor-7/primary", date(2026, 2, 1), date(2026, 2, 28)).replies,
        }


if __name__ == "__main__":
    disk = Path(sys.argv[1])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], check=True)
    print(json.dumps(asyncio.run(live(disk))))  # noqa: T201 - the promise
