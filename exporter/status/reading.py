"""Values out of a JSON document; what isn't of its kind is a ValueError that shows it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

T = TypeVar("T")


def maybe(value: object, read: Callable[[object], T]) -> T | None:
    """Return what is read of a value, None of null."""
    return None if value is None else read(value)


def of(item: Mapping[str, object], name: str, kind: type[T]) -> T:
    """Return a member, which there has to be."""
    return typed(item.get(name), kind)


def mapping(value: object) -> Mapping[str, object]:
    """Return an object."""
    return typed(value, dict)


def sequence(value: object) -> Sequence[object]:
    """Return a list."""
    return typed(value, list)


def text(value: object) -> str:
    """Return a text."""
    return typed(value, str)


def flag(value: object) -> bool:
    """Return true or false."""
    return typed(value, bool)


def number(value: object) -> float:
    """Return a number that isn't without end."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def whole(value: object) -> int:
    """Return a whole number."""
    if not number(value).is_integer():
        raise ValueError(f"{value!r} is no whole number")
    return int(number(value))


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond what a float holds
        return False


def instant(value: object) -> datetime:
    """Return a time with its offset."""
    at = datetime.fromisoformat(text(value))
    if at.tzinfo is None:
        raise ValueError(f"{value!r} has no offset")
    return at


def typed(value: object, kind: type[T]) -> T:
    """Return a value of a kind."""
    if not isinstance(value, kind):
        raise ValueError(f"{value!r} is no {kind.__name__}")  # noqa: TRY004 -- one kind of error for every form
    return value
