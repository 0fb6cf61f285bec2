"""Bytes of a document to text, as browsers read them."""

from __future__ import annotations

import codecs
import re
from http import HTTPStatus

from exporter.freshness.document import Document

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARED = re.compile(rb"""charset\s{0,3}=\s{0,3}["']?\s{0,3}([\w.:-]{2,30})""", re.IGNORECASE)
_HEADER = re.compile(r"""charset\s{0,3}=\s{0,3}["']?([\w.:-]{2,30})""", re.IGNORECASE)
_META_BYTES = 4096
# What a stranger's page may choose: some of Python's codecs take quadratic time or aren't charsets.
# fmt: off
_CHARSETS = frozenset(
    {
        "utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1250", "cp1251", "cp1252", "cp1254", "cp1256",
        "iso8859-2", "iso8859-15", "gb18030", "gbk", "gb2312", "big5", "shift_jis", "euc_jp", "euc_kr",
        "koi8-r",
    }
)
# fmt: on
_READ_AS = {"iso8859-1": "cp1252", "ascii": "cp1252"}


def came(document: Document) -> bool:
    """Return whether the document came as it was asked for."""
    return document.status is not None and HTTPStatus.OK <= document.status < HTTPStatus.MULTIPLE_CHOICES


def decoded(document: Document) -> str:
    """Return the document's text; bytes that its charset doesn't know become U+FFFD."""
    body = document.body
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    declared = _header_charset(document) or _meta_charset(body)
    if declared is not None:
        return body.decode(declared, "replace")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        is_cut = error.start >= len(body) - 3
        return body.decode("utf-8" if is_cut else "cp1252", "replace")


def _header_charset(document: Document) -> str | None:
    match = _HEADER.search(document.headers.get("content-type", "")[:500])
    return _known(match[1]) if match else None


def _meta_charset(body: bytes) -> str | None:
    match = _DECLARED.search(body[:_META_BYTES])
    found = _known(match[1].decode("ascii", "replace")) if match else None
    return "utf-8" if found in {"utf-16", "utf-16-le", "utf-16-be"} else found


def _known(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    name = _READ_AS.get(name, name)
    return name if name in _CHARSETS else None
