"""A process that writes batches into a ledger until its standard input is closed, or it is killed.

    python writing.py LEDGER

After each write it prints the end of what is settled now. It goes on where the ledger was left.
"""

from __future__ import annotations

import select
import sys
from pathlib import Path

from ledger_batches import DAY, sketch

from exporter.ledger import Batch, Ledger
from exporter.timeline import Outage, Span, State

TARGETS = 40
_TURN_SECONDS = 20


def batch(at: int) -> Batch:
    """Return five seconds of every target: up for ten, then an outage of ten, with a sketch."""
    made = Batch()
    start = at - at % _TURN_SECONDS + 10
    is_down = at >= start
    outage = (
        Outage(start, start + 3)
        if at == start
        else Outage(start - 20, start - 17, start - 10)
        if at == start - 10
        else None
    )
    for number in range(TARGETS):
        span = Span(at, at + 5, State.DOWN if is_down else State.UP)
        made.add(f"kantor-{number}/primary", [span], outage if at else None)
        made.add_sketch(f"kantor-{number}/primary", DAY, False, sketch(0.01, lost=4))
    return made


def main() -> None:
    with Ledger.create(Path(sys.argv[1])) as ledger:
        settled = ledger.settled()
        at = 0 if settled is None else settled[1]
        while not select.select([sys.stdin], [], [], 0)[0]:
            ledger.write(batch(at))
            at += 5
            print(at, flush=True)  # noqa: T201 - the promise


if __name__ == "__main__":
    main()
