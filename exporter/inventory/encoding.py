"""A file's bytes -> text that the YAML parser counts as an editor does, or the places of what an editor hides."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from exporter.inventory.problems import Problems
from exporter.inventory.wording import character_name

LARGEST_BYTES = 16 * 1024 * 1024

_MARK = "\N{BYTE ORDER MARK}"
_LINE_END = re.compile(r"\r\n|\r|\n")
_INVISIBLE = "\u00ad\u200b-\u200f\u2060"
# Dashes of lists count as indentation: what follows them decides the column of the next line's keys.
_INDENTATION = re.compile(rf"(?<![^\r\n])(?: |- )*-?(?P<bad>[^\S \r\n]|[{_INVISIBLE}])")
# The C0 and C1 controls, the line ends that editors don't count, invisible joiners at no place of use, lone surrogates.
_UNWANTED_SET = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff"
_UNWANTED = re.compile(f"(?P<bad>[{_UNWANTED_SET}])")
_SUSPECT = re.compile(rf"[^\S \r\n]|[{_INVISIBLE}{_UNWANTED_SET}]")
_SAVE_AS_UTF8 = "save it as UTF-8"
# UTF-32 first: its little-endian mark begins with UTF-16's.
_WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def decode(raw: bytes, problems: Problems) -> str | None:
    """Return the text without a byte order mark, or None where it can't be read: the reasons are in `problems`."""
    text = _decoded(raw, problems)
    if text is None:
        return None
    text = text.removeprefix(_MARK)
    if _SUSPECT.search(text) is None:
        return text
    before = problems.count()
    for line, column, character in _first_of_lines(text, _INDENTATION):
        if not _UNWANTED.match(character):
            name = character_name(character)
            problems.add(line, column, "", f"{name} in the indentation; indent with blanks")
    for line, column, character in _first_of_lines(text, _UNWANTED):
        hint = "; if the file was saved as UTF-16, save it as UTF-8" if character == "\0" else "; take it out"
        problems.add(line, column, "", character_name(character) + hint)
    return text if problems.count() == before else None


def _decoded(raw: bytes, problems: Problems) -> str | None:
    if len(raw) > LARGEST_BYTES:
        problems.add(
            1, 1, "", f"the file is larger than {LARGEST_BYTES // 2**20} MiB; an inventory of 10,000 links has 5"
        )
        return None
    for mark, name in _WIDE_MARKS:
        if raw.startswith(mark):
            problems.add(1, 1, "", f"the file begins with the byte order mark of {name}; {_SAVE_AS_UTF8}")
            return None
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8").removeprefix(_MARK)
        message = f"the byte 0x{raw[error.start]:02X} here is no UTF-8; {_SAVE_AS_UTF8}"
        problems.add(
            1 + _line_ends(before, 0, len(before)), len(before) - _line_start(before, 0, len(before)) + 1, "", message
        )
        return None


def _first_of_lines(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int, str]]:
    """Yield line, column and character of a pattern's first `bad` in each line that has one."""
    line, start, found = 1, 0, pattern.search(text)
    while found is not None:
        at = found.start("bad")
        line += _line_ends(text, start, at)
        start = _line_start(text, start, at)
        yield line, at - start + 1, found["bad"]
        end = _LINE_END.search(text, at)
        if end is None:
            return
        line, start = line + 1, end.end()
        found = pattern.search(text, start)


def _line_ends(text: str, start: int, end: int) -> int:
    """Return the number of line ends in a part that begins and ends inside lines."""
    return text.count("\n", start, end) + text.count("\r", start, end) - text.count("\r\n", start, end)


def _line_start(text: str, start: int, at: int) -> int:
    """Return where the line of `at` begins, knowing that some line begins at `start`."""
    return max(start, text.rfind("\n", start, at) + 1, text.rfind("\r", start, at) + 1)
