"""A date as it was found in a document, before it is judged."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from hashlib import blake2b

from exporter.freshness.document import Document
from exporter.freshness.found import Candidate
from exporter.freshness.moment import Moment
from exporter.website import Publication, Source

LONGEST_ADDRESS_WRITTEN = 500  # characters as JSON escapes them, so that what a look tells is bounded
_KEY_BYTES = 6


@dataclass(frozen=True, slots=True)
class Find:
    """A date in `document`; `address` is what it dates, `place` where in the document it stands.

    `refusal` says in words why it isn't credible, and is empty as long as nothing speaks against it.
    """

    moment: Moment
    source: Source
    document: Document
    address: str | None = None
    place: str = ""
    refusal: str = ""

    @property
    def key(self) -> str:
        """What tells the same find in the next look."""
        told = f"{self.source.value} {self.address or self.document.wish.url} {self.place}"
        return blake2b(told.encode(errors="replace"), digest_size=_KEY_BYTES).hexdigest()

    def refused(self, why: str) -> Find:
        """Return it with the reason, or with the reason that it already has."""
        return self if self.refusal else replace(self, refusal=why)

    def candidate(self) -> Candidate:
        """Return what the judgement says of it."""
        return Candidate(self.publication(), self.document.url, self.refusal)

    def publication(self) -> Publication:
        """Return what was published, if it is credible; an overly long address is left out."""
        seen_at = int(self.document.fetched_at)
        is_long = len(json.dumps(self.address or "")) > LONGEST_ADDRESS_WRITTEN
        address = None if is_long else self.address
        return Publication(self.moment.at, self.moment.is_day_only, self.source, seen_at, address)
