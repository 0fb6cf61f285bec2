"""What a page is of: its path, what was asked beside it, a language, and for whom it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from exporter.model import Language


@dataclass(frozen=True, slots=True)
class Place:
    """A page's place; `query` holds pairs of what its page knows, in order, without empty ones.

    `is_language_chosen` says that the address names the language, and `is_public_asked` that it says `public=1`: then
    the page's own links say the same.
    """

    path: str
    language: Language
    query: tuple[tuple[str, str], ...] = ()
    is_public: bool = False
    is_language_chosen: bool = False
    is_public_asked: bool = False

    def value(self, name: str) -> str | None:
        """Return what was asked by a name, None where nothing was."""
        return dict(self.query).get(name)

    def url(self, path: str, /, **query: str | None) -> str:
        """Return the address of another page as this one's reader has it: in the same language, for the same public."""
        pairs = [(name, value) for name, value in query.items() if value]
        if self.is_language_chosen:
            pairs.append(("lang", self.language.value))
        if self.is_public_asked:
            pairs.append(("public", "1"))
        return quote(path) + (f"?{urlencode(pairs)}" if pairs else "")

    def here(self, **changed: str | None) -> str:
        """Return this page's own address, with another value of something that is asked, or without it (None)."""
        return self.url(self.path, **{**dict(self.query), **changed})

    def in_language(self, language: Language) -> str:
        """Return this page's own address in a language."""
        return replace(self, language=language, is_language_chosen=True).here()

    @property
    def stream(self) -> str:
        """The address of the events that keep this page fresh: it names everything that the page depends on.

        A language that the address doesn't name isn't named by the page's links either, so it is said apart.
        """
        accepted = None if self.is_language_chosen else self.language.value
        return self.url("/live", path=self.path, **dict(self.query), accept=accepted)
