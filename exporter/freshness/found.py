"""A date that a document shows, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from exporter.website import Publication


@dataclass(frozen=True, slots=True)
class Candidate:
    """A date that was found, whether credible or not: `refusal` says in words why not, and is empty where it is."""

    publication: Publication
    document: str
    refusal: str = ""
