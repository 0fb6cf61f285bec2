"""A file's bytes -> text that the YAML parser counts as an editor does, or the places of what an editor hides."""

from __future__ import annotations

import codecs
import re

from exporter.inventory.problems import Problems
from exporter.inventory.wording import character_name

LARGEST_BYTES = 16 * 1024 * 1024

_MARK = "\N{BYTE ORDER MARK}"
_LINE = re.compile(r"\r\n|\r|\n")
# Dashes of lists count as indentation: what follows them decides the column of the next line's keys.
_INDENTATION = re.compile(r"(?: |- )*-?(?P<bad>[^\S ]|[\u00ad\u200b-\u200f\u2060])")
# The C0 and C1 controls, the line ends that editors don't count, invisible joiners at no place of use, lone surrogates.
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
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
    found = False
    for number, line in enumerate(_LINE.split(text), start=1):
        for column, message in _faults(line):
            problems.add(number, column, "", message)
            found = True
    return None if found else text


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
        before = _LINE.split(raw[: error.start].decode("utf-8").removeprefix(_MARK))
        message = f"the byte 0x{raw[error.start]:02X} here is no UTF-8; {_SAVE_AS_UTF8}"
        problems.add(len(before), len(before[-1]) + 1, "", message)
        return None


def _faults(line: str) -> list[tuple[int, str]]:
    """Return the column and the description of what is wrong with a line: at most one of each kind."""
    faults = []
    indentation = _INDENTATION.match(line)
    if indentation is not None and not _UNWANTED.match(indentation["bad"]):
        name = character_name(indentation["bad"])
        faults.append((indentation.start("bad") + 1, f"{name} in the indentation; indent with blanks"))
    unwanted = _UNWANTED.search(line)
    if unwanted is not None:
        hint = "; if the file was saved as UTF-16, save it as UTF-8" if unwanted[0] == "\0" else "; take it out"
        faults.append((unwanted.start() + 1, character_name(unwanted[0]) + hint))
    return faults
