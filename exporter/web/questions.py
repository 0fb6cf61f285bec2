"""What an address of the API asks for: the parameters of its query, each of which is known, and comes once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from exporter.model import Cause, Inventory
from exporter.sla import Month
from exporter.web.finding import Wanted

MOST = 1000
Query = Sequence[tuple[str, str]]
"""The query's parameters as they came, in their order."""

_LIMIT = re.compile("[0-9]{1,4}")
_SHOWN = 40  # characters of what was written, in a sentence


class UnanswerableError(Exception):
    """A question that has no answer: `status` is HTTP's, and the message says in a sentence why."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(frozen=True, slots=True)
class Paging:
    """How much of a list is wanted, None for all of it, and the place after which it begins, None for its beginning."""

    limit: int | None = None
    after: str | None = None


def given(query: Query, known: Iterable[str]) -> dict[str, str]:
    """Return what a query says; UnanswerableError where a parameter comes twice, or isn't among the known ones."""
    names = tuple(known)
    found: dict[str, str] = {}
    for name, value in query:
        if name not in names:
            what = f"it takes {', '.join(names)}" if names else "it takes none"
            raise UnanswerableError(400, f"{_short(name)} is no parameter of this address; {what}")
        if name in found:
            raise UnanswerableError(400, f"{name} comes twice; write it once")
        found[name] = value
    return found


def paging(said: Mapping[str, str], most: int | None = None) -> Paging:
    """Return how much is wanted, at most so much where nothing is said."""
    written = said.get("limit")
    if written is None:
        return Paging(most, said.get("after"))
    limit = int(written) if _LIMIT.fullmatch(written) and written.isascii() else 0
    if not 1 <= limit <= MOST:
        raise UnanswerableError(400, f"limit={_short(written)}: write how many you want, from 1 to {MOST}")
    return Paging(limit, said.get("after"))


def wanted(said: Mapping[str, str], inventory: Inventory, held: Iterable[str]) -> Wanted:
    """Return which outages are wanted; an office is the inventory's, or that of a link that the ledger holds."""
    office, provider = said.get("office"), said.get("provider")
    if office is not None and office not in inventory.offices and not _holds(held, office):
        raise UnanswerableError(404, f"there is no office {_short(office)}; /api/v1/offices lists them")
    if provider is not None and provider not in inventory.providers:
        names = ", ".join(inventory.providers) or "none"
        raise UnanswerableError(404, f"there is no provider {_short(provider)}; the inventory has {names}")
    return Wanted(office, provider, _cause(said.get("cause")), month(said), flag(said, "open"))


def month(said: Mapping[str, str]) -> Month | None:
    """Return the month that is asked for, None where none is."""
    written = said.get("month")
    if written is None:
        return None
    try:
        return Month.parse(written)
    except ValueError:
        example = "write it as YYYY-MM, for instance 2026-02"
        raise UnanswerableError(400, f"month={_short(written)} is no month; {example}") from None


def flag(said: Mapping[str, str], name: str) -> bool | None:
    """Return what a parameter claims, None where it says nothing."""
    written = said.get(name)
    if written in {None, "true", "false"}:
        return None if written is None else written == "true"
    raise UnanswerableError(400, f"{name}={_short(written or '')}: write true or false")


def is_public(said: Mapping[str, str]) -> bool:
    """Return whether what is for everybody is asked for."""
    written = said.get("public", "0")
    if written not in {"0", "1"}:
        raise UnanswerableError(400, f"public={_short(written)}: write 1 for what everybody may see, or leave it out")
    return written == "1"


def address(path: str, said: Mapping[str, str], after: str | None) -> str | None:
    """Return where a list goes on, None where it ends."""
    if after is None:
        return None
    return f"{path}?{urlencode({**said, 'after': after}, quote_via=quote)}"


def _cause(written: str | None) -> Cause | None:
    try:
        return None if written is None else Cause(written)
    except ValueError:
        causes = ", ".join(cause.value for cause in Cause)
        raise UnanswerableError(400, f"cause={_short(written or '')}: write one of {causes}") from None


def _holds(held: Iterable[str], office: str) -> bool:
    return any(link.partition("/")[0] == office for link in held)


def _short(text: str) -> str:
    return repr(text[:_SHOWN])
