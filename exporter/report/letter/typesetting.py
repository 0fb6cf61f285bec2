"""typst, which sets documents: with its embedded fonts alone, and nothing read from the disk or the network."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable

import typst

REMEMBERED = 10  # documents: for so many more typst keeps what it has laid out, 0.5 MB a link
NOBODYS = "\U0010fffd"  # of the last private plane: no font has it
PICTURED = frozenset(chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100), 0x2013, 0x2212, 0x2713, 0x2717))
PICTURES = b"""
#set page(width: 60pt, height: 30pt, margin: 0pt)
#for character in json(bytes(sys.inputs.characters)) { page(text(character)) }
"""


def pdf(template: bytes, inputs: dict[str, str]) -> bytes:
    """Return a template's document; the template sets its date, so that the same inputs give the same bytes."""
    compiler = _compiler()
    try:
        document = compiler.compile(template, format="pdf", sys_inputs=inputs)
    finally:
        for _ in range(REMEMBERED):
            compiler.compile(b"", format="svg")
    if not isinstance(document, bytes):
        raise TypeError(f"typst gave {type(document)} for a PDF")
    return document


def lacking(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the characters of texts that the fonts have no picture of, in order; controls but line ends are such.

    Those that are meant to be invisible have one: an empty one.
    """
    asked = sorted(set().union(*texts) - PICTURED - {"\n"})
    if not asked:
        return ()
    inputs = {"characters": json.dumps([NOBODYS, *asked])}
    nobodys, *pictures = list(_compiler().compile(PICTURES, format="svg", sys_inputs=inputs) or [])
    return tuple(
        character
        for character, picture in zip(asked, pictures, strict=True)
        if picture == nobodys or unicodedata.category(character) == "Cc"
    )


def _compiler() -> typst.Compiler:
    """Return a compiler that doesn't look at the folder it was started in; it would fail where that is gone."""
    return typst.Compiler(root="/", ignore_system_fonts=True)
