"""How the series of a family are written: one a row, one for each value of a label, or a histogram.

A row is the label text of what it is about, and what is known of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from exporter import pacing
from exporter.metrics.text import Family, Format, Kind, labels, number
from exporter.statistics import Distribution

T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
ROWS_AT_ONCE = 128  # up to 200 kB: what is held at a time, and how often other threads run


class Series(Protocol[T_contra]):
    """A family, and the text of its series."""

    @property
    def family(self) -> Family:
        """What it is."""

    def text(self, rows: Sequence[tuple[str, T_contra]]) -> str:
        """Return the lines of some rows, empty where they have none."""


def write(table: Iterable[Series[T]], rows: Sequence[tuple[str, T]], form: Format) -> Iterator[str]:
    """Yield the families of a table in pieces of text; one without a series is left out."""
    for series in table:
        head = series.family.header(form)
        for start in range(0, len(rows), ROWS_AT_ONCE):
            pacing.rest()
            if text := series.text(rows[start : start + ROWS_AT_ONCE]):
                yield head + text
                head = ""


@dataclass(frozen=True, slots=True)
class Single(Generic[T]):
    """One series a row; none where `read` gives None."""

    family: Family
    read: Callable[[T], float | None]

    def text(self, rows: Sequence[tuple[str, T]]) -> str:
        """Return a line a row."""
        head, read = self.family.name + "{", self.read
        return "".join(
            [f"{head}{own}}} {number(value)}\n" for own, source in rows if (value := read(source)) is not None]
        )


@dataclass(frozen=True, slots=True)
class Given(Generic[T]):
    """Lines that are written already."""

    family: Family
    read: Callable[[T], str]

    def text(self, rows: Sequence[tuple[str, T]]) -> str:
        """Return what is read of each row."""
        return "".join([self.read(source) for _, source in rows])


@dataclass(frozen=True, slots=True)
class Told(Generic[T]):
    """One series a row whose value is 1, for what its further labels tell; none where `read` gives None.

    All further labels come before the rows' own, or all after them, so that labels are in the order of their names.
    """

    family: Family
    read: Callable[[T], Mapping[str, str] | None]
    is_before: bool = True

    def text(self, rows: Sequence[tuple[str, T]]) -> str:
        """Return a line a row."""
        told = ((own, labels(**more)) for own, source in rows if (more := self.read(source)) is not None)
        pairs = (f"{more},{own}" if self.is_before else f"{own},{more}" for own, more in told)
        return "".join([f"{self.family.name}{{{pair}}} 1.0\n" for pair in pairs])


@dataclass(frozen=True, slots=True)
class Split(Generic[T]):
    """Several series a row, one for each value of a further label; `read` gives a number for each, None where none."""

    family: Family
    label: str
    values: tuple[str, ...]
    read: Callable[[T], Sequence[float | None]]

    def text(self, rows: Sequence[tuple[str, T]]) -> str:
        """Return a line a row and value; labels are in the order of their names, the rows' begin with `link`."""
        parts = [self._around(value) for value in self.values]
        read, size = self.read, len(parts)
        zeros = "".join([f"{head}%s{tail}0.0\n" for head, tail in parts]).split("%s")
        texts = []
        for own, source in rows:
            numbers = read(source)
            if numbers.count(0) == size:  # as failures mostly are
                texts.append(own.join(zeros))
                continue
            for (head, tail), value in zip(parts, numbers, strict=False):
                if value is not None:
                    texts.append(f"{head}{own}{tail}{number(value)}\n")
        return "".join(texts)

    def _around(self, value: str) -> tuple[str, str]:
        """Return what stands before and after a row's labels in one line."""
        pair = f'{self.label}="{value}"'
        return (
            (f"{self.family.name}{{{pair},", "} ") if self.label < "link" else (f"{self.family.name}{{", f",{pair}}} ")
        )


@dataclass(frozen=True, slots=True)
class Buckets(Generic[T]):
    """A histogram a row; all have the same bounds."""

    family: Family
    bounds: tuple[float, ...]
    read: Callable[[T], Distribution]

    def text(self, rows: Sequence[tuple[str, T]]) -> str:
        """Return each row's cumulative buckets, count and sum."""
        name, read = self.family.name, self.read
        bounds = [*map(number, self.bounds), "+Inf"]
        heads = [*(f'{name}_bucket{{le="{bound}",' for bound in bounds), f"{name}_count{{", f"{name}_sum{{"]
        pieces = ["", "", "} ", "", "\n"] * len(heads)  # of each line: head, labels, brace, number, end
        pieces[0::5] = heads
        texts = []
        for own, source in rows:
            distribution = read(source)
            total, value, numbers = 0, "0.0", []
            for count in distribution.counts:
                if count:
                    total += count
                    value = number(total)
                numbers.append(value)
            pieces[1::5] = [own] * len(heads)
            pieces[3::5] = [*numbers, value, number(distribution.sum_seconds)]
            texts.append("".join(pieces))
        return "".join(texts)


def gauge(name: str, text: str, read: Callable[[T], float | None]) -> Single[T]:
    """Return a gauge with one series a row."""
    return Single(Family(name, Kind.GAUGE, text), read)


def counter(name: str, text: str, read: Callable[[T], float | None]) -> Single[T]:
    """Return a counter with one series a row; the name ends in `_total`."""
    return Single(Family(name, Kind.COUNTER, text), read)
