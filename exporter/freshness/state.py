"""JSON within pages: of a script's own, given to a variable, or as the arguments of a call that Nuxt 2 writes."""

from __future__ import annotations

import json
import re

_ASSIGNED = re.compile(r"(?:window\.|self\.|var\s|let\s|const\s)?[\w.$\[\]\"']{1,60}\s?=\s?(?=[{\[(])")
_CALL = re.compile(r"\(function\s?\(([\w$, ]{0,20000})\)\s?\{")
_VOID = re.compile(r"(?<![\w\"])void 0(?![\w\"])")
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_$][\w$]*|[^"A-Za-z_$]+|"')
_KEY_FOLLOWS = re.compile(r"\s?:")
_KNOWN = {"true": "true", "false": "false", "null": "null", "undefined": "null", "NaN": "null"}


def read_json(text: str) -> object:
    """Return the value, None where the text is none."""
    try:
        return json.loads(text.strip().rstrip(";"), strict=False)
    except (ValueError, RecursionError):
        return None


def script_state(kind: str, text: str) -> object:
    """Return the JSON that a script of the kind is or gives to a variable; None where there is none."""
    text = text.strip()
    if "json" in kind.lower():
        return read_json(text)
    match = _ASSIGNED.match(text[:200])
    if match is None:
        return None
    text = text[match.end() :]
    if text.startswith("("):
        return _called(_VOID.sub("null", text))
    try:
        return json.JSONDecoder(strict=False).raw_decode(text)[0]
    except (ValueError, RecursionError):
        return None


def _called(text: str) -> object:
    """Return what `(function(a,b){return {key:a}}("x",1))` returns, where it is made of literals; else None."""
    match = _CALL.match(text)
    middle = text.rfind("}(")
    if match is None or middle < 0:
        return None
    start = text.find("return", match.end())
    arguments = read_json("[" + _spelled(text[middle + 2 :].rstrip(";) \n"), {}) + "]")
    if start < 0 or not isinstance(arguments, list):
        return None
    values = dict(zip((name.strip() for name in match[1].split(",")), map(json.dumps, arguments), strict=False))
    return read_json(_spelled(text[start + len("return") : middle], values))


def _spelled(text: str, values: dict[str, str]) -> str:
    """Return JavaScript's literals as JSON: names before a colon as texts, other names as their values."""

    def spelled(match: re.Match[str]) -> str:
        piece = match[0]
        if not (piece[0].isalpha() or piece[0] in "_$"):
            return piece
        if _KEY_FOLLOWS.match(match.string, match.end()):
            return f'"{piece}"'
        return values.get(piece, _KNOWN.get(piece, "null"))

    return _PIECE.sub(spelled, text)
