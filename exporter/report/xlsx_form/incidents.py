"""The sheet with a row an outage: those that are left out of the figures too, with why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from exporter.report.evidence import sentences
from exporter.report.summary import LinkIncident, LinkSummary
from exporter.report.words import Words
from exporter.report.xlsx_form.cells import Book, Kind, Tone, Value
from exporter.report.xlsx_form.table import Band, Column, write


@dataclass(frozen=True, slots=True)
class Row:
    """An outage with its link; `is_counted` is False where all of its down seconds are left out."""

    item: LinkSummary
    of: LinkIncident
    is_counted: bool


def incidents(book: Book) -> None:
    """Write the sheet, link by link."""
    words, names = book.words, book.summary.office_names
    identity: tuple[Column[Row], ...] = (
        Column("id", words("id"), 36, Kind.TEXT, lambda row: row.of.counted.id),
        Column("office", words("office"), 28, Kind.TEXT, lambda row: names[row.item.link.office]),
        Column("provider", words("provider"), 12, Kind.TEXT, lambda row: row.item.link.provider),
    )
    said: tuple[Column[Row], ...] = (
        Column("cause", words("cause"), 18, Kind.TEXT, lambda row: words.cause(row.of.cause)),
        Column("confirmed", words("confirmed"), 11, Kind.WORD, lambda row: words.yes_no(row.of.is_confirmed)),
        Column("standing", words("standing"), 34, Kind.TEXT, lambda row: _standing(words, row), _tone),
        Column("note", words("note"), 24, Kind.TEXT, lambda row: row.of.note),
    )
    more: tuple[Column[Row], ...] = (
        Column("link", words("link"), 22, Kind.TEXT, lambda row: row.of.link),
        Column("circuit", words("circuit"), 14, Kind.TEXT, lambda row: row.item.link.circuit),
        Column("unmeasured", words("unmeasured"), 12, Kind.DURATION, lambda row: row.of.counted.unmeasured_seconds),
        Column("was_cut", words("was_cut"), 14, Kind.WORD, lambda row: words.yes_no(row.of.was_cut)),
        Column("evidence", words("evidence"), 70, Kind.TEXT, lambda row: _evidence(book, row.of)),
    )
    bands: tuple[Band[Row], ...] = (
        Band(words("incident"), identity),
        Band(words("band_time"), _times(words, book.zone_names)),
        Band(words("band_cause"), said),
        Band(words("band_other"), more, is_printed=False),
    )
    write(book, words("incidents"), bands, tuple(_rows(book.summary.links)))


def _evidence(book: Book, of: LinkIncident) -> str | None:
    if of.evidence is None:
        return None
    return " ".join(sentences(of.evidence, book.summary.zone, book.words.language))


def _times(words: Words, zone: str) -> tuple[Column[Row], ...]:
    return (
        Column("start", f"{words('start')} ({zone})", 21, Kind.INSTANT, lambda row: row.of.counted.started_at),
        Column("end", f"{words('end')} ({zone})", 21, Kind.INSTANT, lambda row: _ended(words, row)),
        Column("down", words("down"), 10, Kind.DURATION, lambda row: row.of.counted.seconds),
        Column("in_month", words("seconds_in_month"), 11, Kind.DURATION, lambda row: row.of.counted.seconds_in_month),
        Column("excluded", words("excluded"), 13, Kind.DURATION, lambda row: row.of.counted.excluded_seconds),
        Column("continues", words("continues"), 14, Kind.WORD, lambda row: words.yes_no(row.of.counted.continues)),
    )


def _rows(items: Sequence[LinkSummary]) -> Iterator[Row]:
    for item in items:
        counted = [Row(item, of, is_counted=True) for of in item.incidents]
        left_out = [Row(item, of, is_counted=False) for of in item.excluded_outages]
        yield from sorted([*counted, *left_out], key=lambda row: row.of.counted.started_at)


def _ended(words: Words, row: Row) -> Value:
    ended_at = row.of.counted.ended_at
    return words("open") if ended_at is None else ended_at


def _standing(words: Words, row: Row) -> str:
    """Return whether an outage counts, and what of it doesn't, and why."""
    why = "; ".join(_why_excluded(words, row.of))
    if not row.is_counted:
        return words("left_out", why=why)
    said = words("counted_in_part", why=why) if why else words("counted")
    return f"{said}; {words('claims').lower()}" if row.of.is_claim else said


def _why_excluded(words: Words, of: LinkIncident) -> Iterator[str]:
    if of.excluded_by.maintenance:
        yield words("why_maintenance")
    if of.excluded_by.amendment:
        yield words("why_amendment", reason=of.excluded)
    if of.excluded_by.cause:
        yield words("why_cause", cause=words.cause(of.cause))


def _tone(row: Row) -> Tone:
    if not row.is_counted:
        return Tone.MET
    return Tone.UNDETERMINED if row.of.is_claim else Tone.PLAIN
