"""What a site asks of programs: robots.txt as RFC 9309 has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

MOST_BYTES = 500_000
"""How much of a robots.txt is read."""

_ERROR, _SERVER_ERROR = 400, 500
_MOST_RULES = 5_000
_MOST_SITEMAPS = 20
_PRODUCT = re.compile(r"[A-Za-z_-]+")


@dataclass(frozen=True, slots=True)
class _Rule:
    """A path that is allowed or not: parts between stars, in their order; `is_whole` where it ends in `$`."""

    is_allowed: bool
    parts: tuple[str, ...]
    is_whole: bool
    weight: int

    def fits(self, path: str) -> bool:
        """Say whether a path is meant, in time linear in its length for each part."""
        first, *others = self.parts
        if not path.startswith(first):
            return False
        at = len(first)
        for part in others[:-1] if self.is_whole else others:
            found = path.find(part, at)
            if found < 0:
                return False
            at = found + len(part)
        if not self.is_whole:
            return True
        if not others:
            return at == len(path)
        return path.endswith(others[-1]) and len(path) - len(others[-1]) >= at


@dataclass(frozen=True, slots=True)
class Robots:
    """What may be asked for. `sitemaps` are the addresses that it names, as they stand there."""

    rules: tuple[_Rule, ...]
    sitemaps: tuple[str, ...]

    def allows(self, url: str) -> bool:
        """Say whether an address may be asked for: the longest rule that fits decides, of two alike the milder."""
        parts = urlsplit(url)
        path = _normal((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        if path == "/robots.txt":
            return True
        fitting = [(rule.weight, rule.is_allowed) for rule in self.rules if rule.fits(path)]
        return max(fitting)[1] if fitting else True


EVERYTHING = Robots((), ())
NOTHING = Robots((_Rule(is_allowed=False, parts=("/",), is_whole=False, weight=1),), ())


def read(status: int | None, body: bytes, agent: str) -> Robots:
    """Return what a site asks of the program whose User-Agent begins with `agent`'s first word.

    A status of 4xx means that all is allowed; 5xx, or none as the site wasn't reached, that nothing is.
    """
    if status is None or status >= _SERVER_ERROR:
        return NOTHING
    if status >= _ERROR:
        return EVERYTHING
    lines = list(_lines(_whole_lines(body).decode("utf-8-sig", errors="replace")))
    product = _PRODUCT.match(agent)
    groups = _groups(lines)
    own = groups.get(product.group().lower() if product else "", None)
    rules = groups.get("*", []) if own is None else own
    sitemaps = dict.fromkeys(value for name, value in lines if name == "sitemap" and value)
    return Robots(tuple(rules), tuple(sitemaps)[:_MOST_SITEMAPS])


def _whole_lines(body: bytes) -> bytes:
    """Return what is read of a file: a line that the limit cuts would mean something else."""
    return body if len(body) <= MOST_BYTES else body[:MOST_BYTES].rpartition(b"\n")[0]


def _groups(lines: list[tuple[str, str]]) -> dict[str, list[_Rule]]:
    """Return the rules by the agent's product, lower-case; groups of one agent count together."""
    groups: dict[str, list[_Rule]] = {}
    current: list[str] = []
    is_head = False
    for name, value in lines:
        if name == "user-agent":
            current = [*current, _product(value)] if is_head else [_product(value)]
            is_head = True
            groups.setdefault(current[-1], [])
        elif name in {"allow", "disallow"}:
            is_head = False
            for agent in current:
                if value and len(groups[agent]) < _MOST_RULES:
                    groups[agent].append(_rule(value, is_allowed=name == "allow"))
    return groups


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in re.split(r"\r\n|\r|\n", text):
        name, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield name.strip().lower(), value.strip()


def _product(value: str) -> str:
    found = _PRODUCT.match(value)
    return found.group().lower() if found else value.lower()


def _rule(pattern: str, *, is_allowed: bool) -> _Rule:
    path = _normal(pattern)
    is_whole = path.endswith("$")
    parts = tuple(re.sub(r"\*+", "*", path.removesuffix("$")).split("*"))
    return _Rule(is_allowed, parts, is_whole, len(path))


def _normal(path: str) -> str:
    """Return a path with what isn't ASCII, and what needn't be, written in one way."""
    return re.sub(r"%[0-9a-fA-F]{2}", _unquoted, quote(path, safe="/*$%?=&;:@!'()+,~-._"))


def _unquoted(found: re.Match[str]) -> str:
    letter = chr(int(found.group()[1:], 16))
    return letter if letter.isascii() and (letter.isalnum() or letter in "-._~") else found.group().upper()
