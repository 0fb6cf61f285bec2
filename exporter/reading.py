"""A line of a recording, read: what one of our own recorder says of a reply at a glance, any other with care."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from exporter.observation import DevicePoll, Outcome

KINDS = ("link", "node", "reference")
DEVICE_FACTS = ("boot_at", "receive_bytes", "transmit_bytes")
DEVICE_KEYS = frozenset({"at", "link", *DEVICE_FACTS})
KEYS = frozenset({"at", *KINDS, "outcome", "rtt_ms"})
LATEST_SECOND = 2**40
# No group is possessive: Python before 3.11.5 errs in those.
_PLAIN = re.compile(
    r"""\{"at": ?+([1-9][0-9]{0,11}+), ?+("[^"]++": ?+"[^"\\]*+"), ?+"outcome": ?+"reply", ?+"""
    r""""rtt_ms": ?+((?:0|[1-9][0-9]{0,8}+)(?:\.[0-9]{1,9})?)\}\n?"""
)
plain: Callable[[str], re.Match[str] | None] = _PLAIN.fullmatch
"""Match a reply as the recorder writes it: its instant, whom it is of as in `spellings`, its milliseconds.

Of whom there is a spelling `parse` reads the same in it; this is four times as quick.
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """An echo's outcome; `at` is any instant of its slot, `kind` one of `KINDS`."""

    kind: str
    name: str
    at: float
    outcome: Outcome
    rtt_seconds: float | None


@dataclass(frozen=True, slots=True)
class Polled:
    """A good poll of a link's device."""

    link: str
    poll: DevicePoll


def spellings(kind: str, name: str) -> tuple[str, str]:
    """Return how a plain line may say whom it is of."""
    written = json.dumps(name)
    return f'"{kind}": {written}', f'"{kind}":{written}'


def parse(line: str) -> Seen | Polled:
    """Read a line; a ValueError says what is wrong."""
    try:
        item = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this is no JSON object: {error}") from error
    if not isinstance(item, dict):
        raise ValueError("this is no JSON object")  # noqa: TRY004 -- of the line, and not of our caller
    at = _instant(item.get("at"))
    kinds = [kind for kind in KINDS if kind in item]
    if len(kinds) != 1 or not isinstance(item[kinds[0]], str):
        raise ValueError('name one of "link", "node" or "reference", as a text')
    if "outcome" not in item and not set(DEVICE_FACTS).isdisjoint(item):
        return _polled(item, at)
    if unknown := sorted(item.keys() - KEYS):
        raise ValueError(f"unknown key {unknown[0]!r}; an observation has at, outcome, rtt_ms and who it is of")
    try:
        outcome = Outcome(item.get("outcome"))
    except ValueError:
        raise ValueError(f"outcome {item.get('outcome')!r} is none of reply, lost, error") from None
    return Seen(kinds[0], item[kinds[0]], at, outcome, _rtt_seconds(item.get("rtt_ms"), outcome))


def _polled(item: dict[str, object], at: float) -> Polled:
    """Read the facts of a device."""
    if unknown := sorted(item.keys() - DEVICE_KEYS):
        raise ValueError(f"unknown key {unknown[0]!r}; facts of a device have {', '.join(sorted(DEVICE_KEYS))}")
    if missing := sorted(DEVICE_KEYS - item.keys()):
        raise ValueError(f"{missing[0]!r} is missing; facts of a device have {', '.join(sorted(DEVICE_KEYS))}")
    receive, transmit = (_count(item[name], name) for name in DEVICE_FACTS[1:])
    return Polled(str(item["link"]), DevicePoll(at, _instant(item["boot_at"]), receive, transmit))


def _count(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{name} {value!r} is no number of bytes")
    return value


def _instant(value: object) -> float:
    if isinstance(value, str):
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"at {value!r} is no instant; write seconds since the epoch or ISO 8601") from None
        if instant.tzinfo is None:
            raise ValueError(f"at {value!r} has no offset from UTC; write for instance {value}+07:00")
        return instant.timestamp()
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LATEST_SECOND:
        raise ValueError(f"at {value!r} is no instant; write seconds since the epoch or ISO 8601 with an offset")
    return value


def _rtt_seconds(value: object, outcome: Outcome) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not (math.isfinite(value) and value >= 0):
        raise ValueError(f"rtt_ms {value!r} is no round-trip time in milliseconds")
    if outcome is not Outcome.REPLY:
        raise ValueError(f"rtt_ms {value!r}: only a reply has a round-trip time")
    return value / 1000
