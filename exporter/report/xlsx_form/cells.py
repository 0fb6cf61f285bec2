"""A workbook's cells: every value in the kind of cell it is, so that a spreadsheet can reckon with it.

No text becomes a formula, whatever it begins with: texts are written as texts, formulas only where they are `Formula`.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from fractions import Fraction
from typing import Any

from xlsxwriter import Workbook

from exporter.model import Language
from exporter.report.characters import legal
from exporter.report.summary import Summary
from exporter.report.words import NOTHING, Words
from exporter.sla import Verdict

A_DAY = 86_400
LONGEST_TEXT = 32_767
LONGEST_MARGIN = 120
LINE_HEIGHT = 15
MOST_LINES = 24  # a row is at most 409 points high
A_LETTER = 0.95  # of a digit, in which columns are measured
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "default_date_format": "yyyy-mm-dd hh:mm:ss",
}
Style = dict[str, object]
Sheet = Any  # a Worksheet of XlsxWriter, which has no types


class Kind(Enum):
    """What a value is, and so how its cell is formatted.

    SHARE is a Fraction, shown as percent cut to 3 decimals; DURATION is whole seconds, INSTANT seconds since the epoch,
    MONEY whole rupiah, DECIMAL a number with 2 decimals, LOSS a text of 6 decimals between 0 and 1.
    """

    TEXT = "text"
    WORD = "word"
    COUNT = "count"
    SHARE = "share"
    DURATION = "duration"
    INSTANT = "instant"
    MONEY = "money"
    AT_LEAST = "at least"
    DECIMAL = "decimal"
    LOSS = "loss"


class Tone(Enum):
    """What a cell's colour says beside its words; safe for those who see no red or green."""

    PLAIN = "plain"
    BREACHED = "breached"
    UNDETERMINED = "undetermined"
    MET = "met"


TONES: dict[Tone, Style] = {
    Tone.PLAIN: {},
    Tone.BREACHED: {"bg_color": "#FBE0D0", "font_color": "#8A3200", "bold": True},
    Tone.UNDETERMINED: {"bg_color": "#FFF3C4", "font_color": "#5C4700", "italic": True},
    Tone.MET: {"bg_color": "#E3F0FA", "font_color": "#004B7A"},
}
OF_VERDICT = {Verdict.BREACHED: Tone.BREACHED, Verdict.UNDETERMINED: Tone.UNDETERMINED, Verdict.MET: Tone.MET}
INK, LINE = "#1F2A37", "#C9D1DA"
GAP: Style = {"right": 5, "right_color": "#FFFFFF"}
STYLES: dict[str, Style] = {
    "title": {"bold": True, "font_size": 18, "font_color": INK},
    "subtitle": {"font_size": 12, "font_color": INK},
    "note": {"font_size": 10, "font_color": "#4B5563"},
    "warning": {**TONES[Tone.UNDETERMINED], "font_size": 12, "bold": True},
    "section": {"bold": True, "font_size": 13, "font_color": INK, "bottom": 2, "bottom_color": INK},
    "band": {"bold": True, "align": "center", "font_color": "#FFFFFF", "bg_color": "#33475B", "left": 1, "right": 1,
             "left_color": "#FFFFFF", "right_color": "#FFFFFF"},
    "head": {"bold": True, "align": "center", "valign": "vcenter", "text_wrap": True, "font_color": INK,
             "bg_color": "#E8EDF2", "border": 1, "border_color": LINE},
    "paragraph": {"text_wrap": True, "valign": "top", "font_color": INK, "font_size": 12},
    "figure": {"bold": True, "font_size": 20, "align": "left", "indent": 1, "valign": "vcenter", **GAP},
    "caption": {"font_size": 11, "align": "left", "indent": 1, "valign": "vcenter", **GAP},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Formula:
    """One of our own formulas, and its value for readers that don't reckon; a Fraction is shown as a share is."""

    text: str
    value: Fraction | str | None


@dataclass(frozen=True, slots=True)
class Money:
    """Whole rupiah; `is_least` says that it could be more."""

    rupiah: int
    is_least: bool = False


Value = str | int | float | Fraction | Formula | Money | None


def cut(share: Fraction) -> float:
    """Return a share cut to what is shown of it, percent with 3 decimals: 0.99601 shows 99.601, never 99.602."""
    return share.numerator * 100_000 // share.denominator / 100_000


def fitting(text: str) -> str:
    """Return a text as a cell can hold it: legal, not too long, and a line ends in one way."""
    return legal(text.replace("\r\n", "\n").replace("\r", "\n"))[:LONGEST_TEXT]


def margin(text: str) -> str:
    """Return a text for half of a page's margin, where & begins a command, and 255 UTF-16 units are all there is."""
    escaped = fitting(text).replace("\n", " ").replace("&", "&&")
    short = escaped.encode("utf-16-le")[: 2 * LONGEST_MARGIN].decode("utf-16-le", "ignore")
    return short if short.count("&") % 2 == 0 else short.removesuffix("&")


def lines_of(value: Value, width: float) -> int:
    """Return how many lines a value needs in a column; programs don't find that of merged cells, some of none."""
    if not isinstance(value, str):
        return 1
    lines = sum(1 + int(len(part) * A_LETTER / max(width - 2, 1)) for part in value.split("\n"))
    return min(lines, MOST_LINES)


class Book:
    """A workbook in the making; its bytes depend on the summary and the language alone."""

    def __init__(self, summary: Summary, words: Words) -> None:
        self.summary = summary
        self.words = words
        self._bytes = io.BytesIO()
        self._workbook = Workbook(self._bytes, OPTIONS)
        self._formats: dict[tuple[object, ...], Any] = {}
        self._number_formats = _number_formats(words)

    def describe(self, title: str) -> None:
        """Set the document's title; its date is the end of the month, never today."""
        self._workbook.set_properties(
            {
                "title": fitting(title),
                "author": fitting(self.summary.organisation.name),
                "created": datetime.fromtimestamp(self.summary.end, UTC),
            }
        )

    def sheet(self, name: str) -> Sheet:
        """Add a sheet."""
        return self._workbook.add_worksheet(name)

    def finish(self) -> bytes:
        """Return the file."""
        self._workbook.close()
        return self._bytes.getvalue()

    @property
    def zone_names(self) -> str:
        """What local clocks were called in the month, for instance WIB, or CET/CEST."""
        moments = (self.summary.start, self.summary.end - 1)
        return "/".join(dict.fromkeys(f"{self.local(at):%Z}" for at in moments))

    def local(self, at: int) -> datetime:
        """Return an instant by the organisation's clock."""
        return datetime.fromtimestamp(at, UTC).astimezone(self.summary.zone)

    def say(self, sheet: Sheet, place: tuple[int, int], text: str, style: str) -> None:
        """Write a text in one of the styles."""
        self.say_across(sheet, place, place[1], text, style)

    def say_across(
        self, sheet: Sheet, place: tuple[int, int], last: int, text: str, style: str, tone: Tone = Tone.PLAIN
    ) -> None:
        """Write a text in one of the styles over several columns of a row, up to the last."""
        written = self._format((style, tone), {**STYLES[style], **TONES[tone]})
        _merge(sheet, place, last, written)
        sheet.write_string(*place, fitting(text), written)

    def put(self, sheet: Sheet, place: tuple[int, int], value: Value, kind: Kind, tone: Tone = Tone.PLAIN) -> None:
        """Write a value as what it is, in a table's cell; what isn't known is a dash."""
        self.put_across(sheet, place, place[1], value, (kind, tone))

    def put_across(
        self, sheet: Sheet, place: tuple[int, int], last: int, value: Value, form: tuple[Kind, Tone]
    ) -> None:
        """Write a value over several columns of a row, up to the last."""
        kind, tone = form
        if value is None and kind is not Kind.TEXT:
            kind = Kind.WORD
        elif isinstance(value, Money) and value.is_least:
            kind = Kind.AT_LEAST
        style = self._formats.get((kind, tone)) or self._cell_style(kind, tone)
        _merge(sheet, place, last, style)
        self._write(sheet, place, value, kind, style)

    def show(self, sheet: Sheet, place: tuple[int, int], last: int, value: Value, form: tuple[Kind, Tone, str]) -> None:
        """Write a figure that is to be seen first, with a unit after it."""
        kind, tone, unit = form
        kind = Kind.AT_LEAST if isinstance(value, Money) and value.is_least else kind
        number_format = self._number_formats[kind] + (f'" {unit}"' if unit else "")
        key = ("figure", kind, tone, unit)
        style = self._format(
            key, {**STYLES["figure"], **TONES[tone], "bold": True, "italic": False, "num_format": number_format}
        )
        _merge(sheet, place, last, style)
        self._write(sheet, place, value, kind, style)

    def _write(self, sheet: Sheet, place: tuple[int, int], value: Value, kind: Kind, style: Any) -> None:
        if value is None:
            sheet.write_string(*place, NOTHING, style)
        elif isinstance(value, Formula):
            shown = cut(value.value) if isinstance(value.value, Fraction) else value.value
            sheet.write_formula(*place, value.text, style, NOTHING if shown is None else shown)
        elif isinstance(value, str):
            sheet.write_string(*place, fitting(value), style)
        elif kind is Kind.INSTANT and isinstance(value, int):
            sheet.write_datetime(*place, self.local(value).replace(tzinfo=None), style)
        else:
            sheet.write_number(*place, _number(value, kind), style)

    def _cell_style(self, kind: Kind, tone: Tone) -> Any:
        number_format = self._number_formats[kind] + _room(kind)
        return self._format((kind, tone), {**_CELL, **_alignment(kind), "num_format": number_format, **TONES[tone]})

    def _format(self, key: tuple[object, ...], style: Style) -> Any:
        if key not in self._formats:
            self._formats[key] = self._workbook.add_format(style)
        return self._formats[key]


def _merge(sheet: Sheet, place: tuple[int, int], last: int, style: Any) -> None:
    row, column = place
    if column < last:
        sheet.merge_range(row, column, row, last, "", style)


_CELL: Style = {"valign": "vcenter", "border": 1, "border_color": LINE, "font_color": INK}


def _alignment(kind: Kind) -> Style:
    match kind:
        case Kind.TEXT:
            return {"text_wrap": True, "align": "left", "indent": 1}
        case Kind.WORD:
            return {"text_wrap": True, "align": "center"}
        case _:
            return {"align": "right"}


def _room(kind: Kind) -> str:
    """Return a number format's room to the right of a number, as wide as a bracket."""
    return "" if kind in {Kind.TEXT, Kind.WORD} else "_)"


def _number_formats(words: Words) -> dict[Kind, str]:
    """Return the number formats; a spreadsheet puts its own user's marks in the place of `,` and `.`."""
    at_least = words("credit_at_least", amount="\0").partition("\0")[0]
    currency = "Rp" if words.language is Language.INDONESIAN else "IDR "
    clock = '[$-421]d mmm yyyy hh"."mm"."ss' if words.language is Language.INDONESIAN else "[$-809]d mmm yyyy hh:mm:ss"
    return {
        Kind.TEXT: "@",
        Kind.WORD: "@",
        Kind.COUNT: "#,##0",
        Kind.SHARE: "0.000%",
        Kind.DURATION: "[h]:mm:ss",
        Kind.INSTANT: clock,
        Kind.MONEY: f'"{currency}"#,##0',
        Kind.AT_LEAST: f'"{at_least}{currency}"#,##0',
        Kind.DECIMAL: "#,##0.00",
        Kind.LOSS: "0.0000%",
    }


def _number(value: float | Fraction | Money, kind: Kind) -> float:
    """Return what a cell holds: a share as it is shown, a length of time in days."""
    if isinstance(value, Fraction):
        return cut(value)
    if isinstance(value, Money):
        return value.rupiah
    return value / A_DAY if kind is Kind.DURATION else value
