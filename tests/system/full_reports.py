"""A folder of reports on a disk that is full and is freed again; prints what was told and what lay there.

    PYTHONPATH=tests unshare -m python full_reports.py FOLDER

It mounts a disk of two megabytes in the folder, which is gone with the process.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

from filling import fill
from months import make_bad_february

from exporter.errors import TerpaduError
from exporter.ledger import Ledger
from exporter.reporting import ReportProcess
from exporter.sla import Month


async def live(folder: Path, disk: Path) -> dict[str, object]:
    path, _ = make_bad_february(folder)
    making = ReportProcess(path, disk)
    filler = fill(disk)
    failed = ""
    try:
        await making.make(Month(2026, 2))
    except TerpaduError as error:
        failed = str(error)
    with Ledger.existing(path) as ledger:
        if ledger.closed_months():
            failed = "closed without its files"
    left = [item for item in disk.iterdir() if item != filler]  # noqa: ASYNC240 -- nothing else runs here
    broken = [item.name for item in left if item.name.startswith(".") or not item.stat().st_size]
    filler.unlink()
    await making.make(Month(2026, 2))
    with Ledger.existing(path) as ledger:
        closing = ledger.closing("2026-02")
        return {
            "failed": failed,
            "broken": broken,
            "written": len(list(disk.iterdir())),  # noqa: ASYNC240
            "revision": None if closing is None else closing.revision,
            "problems": ledger.verify(),
        }


if __name__ == "__main__":
    place = Path(sys.argv[1])
    mounted = place / "laporan"
    mounted.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", mounted], check=True)
    print(json.dumps(asyncio.run(live(place, mounted))))  # noqa: T201 - the promise
