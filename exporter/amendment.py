"""What persons have said of outages: causes confirmed, time excluded, notes; the latest word holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from exporter.model import Cause


@dataclass(frozen=True, slots=True)
class Amendment:
    """One person's word on a link's outage, which is named by the link and its beginning; None where it says nothing.

    `at` is when it was said, in seconds since the epoch. `excluded` is the reason why the outage leaves the figures,
    `charged` the reason why it counts after all. `number` is the ledger's, in the order of saying.
    """

    link: str
    started_at: int
    at: int
    by: str
    cause: Cause | None = None
    excluded: str | None = None
    charged: str | None = None
    note: str | None = None
    number: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Word:
    """What holds of an outage by all that was said; None where nobody said it.

    `is_charged` says that it counts whatever its cause: nobody has excluded it, or confirmed a cause, since.
    """

    cause: Cause | None = None
    excluded: str | None = None
    note: str | None = None
    is_charged: bool = False


UNSAID = Word()


def word(amendments: Iterable[Amendment]) -> Word:
    """Return what holds once all was said, in the order of saying."""
    cause, excluded, note, is_charged = None, None, None, False
    for said in amendments:
        cause = said.cause or cause
        note = said.note or note
        if said.charged is not None:
            excluded, is_charged = None, True
        elif said.excluded is not None:
            excluded, is_charged = said.excluded, False
        elif said.cause is not None:
            is_charged = False
    return Word(cause, excluded, note, is_charged)
