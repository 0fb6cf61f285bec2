"""The characters that no file of ours can hold."""

from __future__ import annotations

import re

# What XML 1.0 can't hold, and lone surrogates, which no encoding can.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def legal(text: str) -> str:
    """Return a text with each such character as U+FFFD, the replacement character."""
    return _ILLEGAL.sub("\ufffd", text)
