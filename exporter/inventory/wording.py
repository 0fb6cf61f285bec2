"""How messages show what was read, and guess what was meant."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import chain

_SHOWN = 60


def shown(text: str) -> str:
    """Return a text in quotes, cut to a readable length, with the characters named that a reader can't see."""
    quoted = repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
    hidden = dict.fromkeys(character_name(c) for c in text[:_SHOWN] if c != " " and not c.isprintable())
    return f"{quoted}, with {', '.join(hidden)} in it" if hidden else quoted


def character_name(character: str) -> str:
    """Return a character's name in words, with its article and code point."""
    special = {"\t": "a tab", "\r": "a carriage return", "\n": "a line end", "\0": "a null character"}
    if character in special:
        return special[character]
    code_point = f"U+{ord(character):04X}"
    name = unicodedata.name(character, "").lower()
    if not name:
        return f"a control character ({code_point})"
    article = "an" if name[0] in "aeio" else "a"
    return f"{article} {name} ({code_point})"


def guess(word: str, known: Iterable[str]) -> str:
    """Return `. Did you mean 'x'?` for the known word most like this one, or an empty text."""
    meant = closest(word, known)
    return f". Did you mean {meant!r}?" if meant else ""


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word most like this one, or None where none is alike; capitals don't count.

    One that differs by signs alone comes first, as AES128 for AES-128, then one that adds a number, as AES does.
    """
    words, plain = tuple(known), _plain(word)
    spelled = next(chain(_alike(plain, words), _numbered(plain, words)), None)
    if spelled is not None:
        return spelled
    by_folded = {candidate.casefold(): candidate for candidate in words}
    close = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def _plain(word: str) -> str:
    return "".join(filter(str.isalnum, word.casefold()))


def _alike(plain: str, words: Iterable[str]) -> Iterator[str]:
    return (word for word in words if plain and _plain(word) == plain)


def _numbered(plain: str, words: Iterable[str]) -> Iterator[str]:
    """Yield the words that are a plain one and a number."""
    for word in words:
        name = _plain(word).rstrip("0123456789")
        if plain and name == plain:
            yield word


def guess_or_list(word: str, known: Iterable[str]) -> str:
    """Return what ends a message about an unknown word: the guess, else the few words that are known."""
    words = tuple(known)
    return guess(word, words) or f"; expected one of {', '.join(words)}"
