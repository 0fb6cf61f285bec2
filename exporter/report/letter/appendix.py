"""What stands behind the figures: incidents with their evidence, the offices, the windows of maintenance."""

from __future__ import annotations

from collections.abc import Iterator

from exporter.maintenance import Window
from exporter.report import evidence
from exporter.report.letter.cells import Cells
from exporter.report.letter.values import Cell, Column, Kind, Section, Table
from exporter.report.letter.values import Text as Paragraph
from exporter.report.summary import LinkIncident, LinkSummary, OfficeSummary
from exporter.report.words import NOTHING


def incidents(cells: Cells) -> Section:
    """Return every outage of the month, those without a counted second too, link by link."""
    words = cells.words
    columns = (
        Column(words("incident"), Kind.TEXT),
        Column(words("when"), Kind.PLAIN),
        Column(words("seconds_in_month"), Kind.PARTS),
        Column(words("cause"), Kind.WORD),
        Column(words("note"), Kind.NOTES),
        Column(words("evidence"), Kind.PROSE),
    )
    rows = tuple(
        _incident(link, incident, cells)
        for link in cells.summary.links
        for incident in sorted((*link.incidents, *link.excluded_outages), key=lambda of: of.counted.started_at)
    )
    block = Table(columns, rows) if rows else Paragraph(words("incidents_none"))
    return Section(words("incidents"), (block,), is_wide=True, starts_page=True)


def _incident(link: LinkSummary, incident: LinkIncident, cells: Cells) -> tuple[Cell, ...]:
    words, zone, counted = cells.words, cells.summary.zone, incident.counted
    by = incident.confirmed_by
    sure = words("is_unconfirmed") if by is None else words("is_confirmed", by=by)
    return (
        (cells.summary.office_names[link.link.office], counted.id),
        (words.instant(counted.started_at, zone), words.instant(counted.ended_at, zone)),
        tuple(_lengths(incident, cells)),
        (words.cause(incident.cause),) if incident.cause is None else (words.cause(incident.cause), sure),
        tuple(_said(incident, cells)) or NOTHING,
        " ".join(_shown(incident, cells)) or NOTHING,
    )


def _lengths(incident: LinkIncident, cells: Cells) -> Iterator[str]:
    """Yield an outage's counted seconds in the month, then what else its length is made of."""
    words, counted = cells.words, incident.counted
    yield words.duration(counted.seconds_in_month)
    if counted.ended_at is not None and counted.seconds != counted.seconds_in_month:
        yield words("in_all", length=words.duration(counted.seconds))
    if counted.excluded_seconds:
        yield words("excluded_for", length=words.duration(counted.excluded_seconds))
    if counted.unmeasured_seconds:
        yield words("unmeasured_for", length=words.duration(counted.unmeasured_seconds))


def _said(incident: LinkIncident, cells: Cells) -> Iterator[str]:
    """Yield what a person said of an outage, then how it counts and how it lies to the month."""
    words = cells.words
    if incident.excluded is not None:
        yield words("excluded_reason", reason=incident.excluded, by=incident.excluded_by_whom or NOTHING)
    if incident.note is not None:
        yield incident.note
    if incident.is_claim:
        yield words("is_claim")
    if incident.counted.continues and incident.counted.ended_at is not None:
        yield words("over_edge")
    if incident.was_cut:
        yield f"{words('was_cut')}."


def _shown(incident: LinkIncident, cells: Cells) -> Iterator[str]:
    """Yield what an outage's evidence shows, a sentence each."""
    if incident.evidence is not None:
        yield from evidence.sentences(incident.evidence, cells.summary.zone, cells.words.language)


def offices(cells: Cells) -> Section:
    """Return each office's month by its links together."""
    words = cells.words
    columns = (
        Column(words("office"), Kind.TEXT),
        Column(words("availability"), Kind.SHARE),
        Column(words("min_max"), Kind.SHARE),
        Column(words("coverage"), Kind.SHARE),
        Column(words("offline"), Kind.LENGTH),
        Column(words("unmeasured"), Kind.LENGTH),
        Column(words("excluded"), Kind.PARTS),
        Column(words("outages_started"), Kind.COUNT),
        Column(words("mttr"), Kind.LENGTH),
    )
    return Section(
        words("offices"), (Table(columns, tuple(_office(of, cells) for of in cells.summary.offices)),), is_wide=True
    )


def _office(item: OfficeSummary, cells: Cells) -> tuple[Cell, ...]:
    words, figures = cells.words, item.figures
    return (
        (item.office.name, item.office.code),
        words.percent(figures.availability),
        cells.range(figures),
        words.percent(figures.coverage),
        words.duration(figures.down),
        words.duration(figures.unmeasured),
        cells.excluded(figures, item.excluded_by),
        words.number(item.frequency.started),
        words.duration(item.frequency.mttr_seconds),
    )


def windows(cells: Cells) -> Section:
    """Return the windows of maintenance that concern the month: those that were applied, and those that weren't."""
    words = cells.words
    columns = (
        Column(words("scope"), Kind.PLAIN),
        Column(words("when"), Kind.PLAIN),
        Column(words("standing"), Kind.TEXT),
        Column(words("reason"), Kind.TEXT),
    )
    rows = tuple(_window(window, cells) for window in cells.summary.windows)
    block = Table(columns, rows) if rows else Paragraph(words("windows_none"))
    return Section(words("maintenance"), (block,))


def _window(window: Window, cells: Cells) -> tuple[Cell, ...]:
    words, zone = cells.words, cells.summary.zone
    told = [window.reason]
    if window.approved_by is not None:
        told.append(words("approved_by_whom", by=window.approved_by))
    if window.added_by is not None:
        told.append(words("added_by", by=window.added_by))
    if window.cut_at is not None:
        told.append(words("ended_early", at=words.instant(window.cut_at, zone)))
    return (
        window.scope,
        (words.instant(window.starts_at, zone), words.instant(window.ends_at, zone)),
        words.standing(window.standing),
        tuple(told),
    )
