"""`terpadu` with a memory of the last day, for pictures whose monitor has only just begun.

python -m benchmarks.seasoned run --inventory FILE [...]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import season
from exporter import app, cli, inventory
from exporter.model import Inventory
from exporter.recent import Recent


def main(arguments: Sequence[str]) -> int:
    """Run the command line; return its status."""
    district, now, recent = _inventory(arguments), int(time.time()), Recent()
    for link in district.links():
        for at, sketch in season.recent_sketches(district, link, now):
            recent.add(link.id, at, sketch)
    vars(app)["Recent"] = lambda: recent
    return cli.main(arguments)


def _inventory(arguments: Sequence[str]) -> Inventory:
    return inventory.load(Path(arguments[arguments.index("--inventory") + 1]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
