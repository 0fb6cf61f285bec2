"""The summary as CSV: one row a link, and one row an incident; each says its month.

Indonesian has `;` between cells and decimal commas, English `,` and decimal points. A text that a spreadsheet would
take for a formula gets an apostrophe before it; numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from exporter.model import Language
from exporter.report.json_form import instant
from exporter.report.summary import LinkSummary, Summary
from exporter.sla import Verdict, percent

LINK_HEADS = {
    Language.INDONESIAN: (
        "Bulan", "Sementara", "OPD", "Nama OPD", "Sambungan", "Penyedia", "Sirkit", "Target (%)", "Ketersediaan (%)",
        "Ketersediaan minimum (%)", "Ketersediaan maksimum (%)", "Cakupan (%)", "Hasil", "Detik seluruhnya",
        "Detik tersambung", "Detik menurun mutunya", "Detik putus", "Detik tak terukur", "Detik dikecualikan",
        "Gangguan mulai", "Gangguan selesai", "MTTR (detik)", "MTBO (detik)",
    ),
    Language.ENGLISH: (
        "Month", "Provisional", "OPD", "Office", "Link", "Provider", "Circuit", "Target (%)", "Availability (%)",
        "Availability min (%)", "Availability max (%)", "Coverage (%)", "Verdict", "Seconds total", "Seconds up",
        "Seconds degraded", "Seconds down", "Seconds unmeasured", "Seconds excluded", "Outages started",
        "Outages ended", "MTTR (s)", "MTBO (s)",
    ),
}  # fmt: skip
INCIDENT_HEADS = {
    Language.INDONESIAN: (
        "Bulan", "Nomor", "Sambungan", "Mulai", "Selesai", "Detik putus", "Detik putus dalam bulan ini",
        "Detik dikecualikan", "Detik tak terukur", "Melewati batas bulan",
    ),
    Language.ENGLISH: (
        "Month", "Id", "Link", "Start", "End", "Seconds down", "Seconds down in this month", "Seconds excluded",
        "Seconds unmeasured", "Continues beyond the month, or open",
    ),
}  # fmt: skip
VERDICTS = {
    Language.INDONESIAN: {
        Verdict.MET: "terpenuhi",
        Verdict.BREACHED: "tidak terpenuhi",
        Verdict.UNDETERMINED: "belum dapat dipastikan",
        Verdict.NOT_APPLICABLE: "tanpa target",
    },
    Language.ENGLISH: {verdict: verdict.value.replace("_", " ") for verdict in Verdict},
}
YES_NO = {Language.INDONESIAN: ("tidak", "ya"), Language.ENGLISH: ("no", "yes")}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def links(summary: Summary, language: Language) -> str:
    """Return the links' table with its heads."""
    first = (str(summary.month), YES_NO[language][summary.is_provisional])
    names = {item.office.code: item.office.name for item in summary.offices}
    return _table(
        LINK_HEADS[language], ((*first, *_link_row(item, names, language)) for item in summary.links), language
    )


def incidents(summary: Summary, language: Language) -> str:
    """Return the incidents' table with its heads; an open one has no end."""
    rows = (
        (
            str(summary.month), incident.id, item.link.id, instant(incident.started_at, summary.zone),
            "" if incident.ended_at is None else instant(incident.ended_at, summary.zone),
            incident.seconds, incident.seconds_in_month, incident.excluded_seconds,
            incident.unmeasured_seconds,
            YES_NO[language][incident.continues],
        )
        for item in summary.links
        for incident in item.incidents
    )  # fmt: skip
    return _table(INCIDENT_HEADS[language], rows, language)


def _link_row(item: LinkSummary, names: dict[str, str], language: Language) -> tuple[object, ...]:
    link, figures, frequency = item.link, item.figures, item.frequency
    shares = (
        item.target, figures.availability, figures.availability_min, figures.availability_max, figures.coverage,
    )  # fmt: skip
    return (
        _text(link.office), _text(names[link.office]), _text(link.id), _text(link.provider), _text(link.circuit or ""),
        *(_decimal(percent(share), language) for share in shares),
        VERDICTS[language][item.verdict],
        figures.total, figures.up, figures.degraded, figures.down, figures.unmeasured, figures.excluded,
        frequency.started, frequency.ended, frequency.mttr_seconds, frequency.mtbo_seconds,
    )  # fmt: skip


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]], language: Language) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";" if language is Language.INDONESIAN else ",", lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows(rows)
    return text.getvalue()


def _decimal(share: str | None, language: Language) -> str:
    if share is None:
        return ""
    return share.replace(".", ",") if language is Language.INDONESIAN else share


def _text(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
