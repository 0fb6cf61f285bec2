"""Which page a request is for: path, what pages know of the query, the language, and whether it is the public's."""

from __future__ import annotations

import re
from collections.abc import Mapping

from exporter.model import Language
from exporter.web.negotiation import wanted_language
from exporter.web.pages import Place
from exporter.web.refusals import Refusal, Sentence, nothing_at

LONGEST = 400
_NOT_PUBLIC = {"", "0", "false", "no"}
_PAGES: tuple[tuple[re.Pattern[str], bool, frozenset[str]], ...] = (  # path, whether the public sees it, its query
    (re.compile("/"), True, frozenset()),
    (re.compile("/offices/[^/]+"), True, frozenset()),
    (re.compile("/outages"), False, frozenset({"office", "provider", "cause", "month", "open", "after"})),
    (re.compile("/outages/.+", re.DOTALL), False, frozenset()),
    (re.compile("/reports/"), False, frozenset()),
)


def place_of(
    path: str, query: Mapping[str, str], accept_language: str, otherwise: Language, *, is_public: bool = False
) -> Place:
    """Return the place of a path that is decoded; a Refusal where there is no such page, or a value is too long.

    `is_public` makes it public whatever the query says, and then links needn't say so. Other keys and empty values are
    ignored.
    """
    is_asked = is_public_query(query) and not is_public
    is_public = is_public or is_asked
    known = _query_of(path, is_public=is_public)
    if known is None or len(path) > LONGEST:
        raise nothing_at(path[:LONGEST])
    chosen = sorted((key, query[key]) for key in known if query.get(key))
    for key, value in chosen:
        if len(value) > LONGEST:
            raise _too_long(key)
    return Place(
        path,
        language_of(query, accept_language, otherwise),
        tuple(chosen),
        is_public=is_public,
        is_language_chosen=is_language(query.get("lang", "")),
        is_public_asked=is_asked,
    )


def language_of(query: Mapping[str, str], accept_language: str, otherwise: Language) -> Language:
    """Return the language that is named by `lang`, else by the client, else the organisation's."""
    named = query.get("lang", "")
    return next((each for each in Language if each.value == named), wanted_language(accept_language, otherwise))


def is_language(named: str) -> bool:
    """Return whether a name is that of a language that pages are written in."""
    return any(each.value == named for each in Language)


def is_public_query(query: Mapping[str, str]) -> bool:
    """Return whether a query asks for what is public."""
    return query.get("public", "").lower() not in _NOT_PUBLIC


def _query_of(path: str, *, is_public: bool) -> frozenset[str] | None:
    for pattern, for_the_public, known in _PAGES:
        if pattern.fullmatch(path) and (for_the_public or not is_public):
            return known
    return None


def _too_long(key: str) -> Refusal:
    return Refusal(
        400,
        Sentence(
            f"{key} is longer than {LONGEST} characters; shorten it",
            f"{key} lebih dari {LONGEST} karakter; persingkatlah",
        ),
    )
