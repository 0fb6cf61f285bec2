"""The live regions of a page, and which of them a reader lacks. Purely.

A region is the inside of an element `<... data-live="KEY">`, its fragment; none lies in another. What is outside of
them is the page's skeleton: a page whose skeleton is another has to be loaded again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

from exporter.pacing import resting

KEPT_VERSIONS = 64


def version_of(skeleton: str, fragments: Mapping[str, str]) -> str:
    """Return what a page carries as `data-version`, SKELETON.HASH: another one as soon as anything in it is another."""
    told = "\x01".join([text for pair in fragments.items() for text in pair])
    return f"{skeleton}.{blake2b(told.encode(), digest_size=8).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Story:
    """What a page showed, one version after another, so that each reader is told what it lacks, however late.

    `changed` says when each fragment became what it is, `rebuilt` when the skeleton did, `known` when the latest
    versions were shown; all by `sequence`, which counts versions from 1.
    """

    skeleton: str
    fragments: Mapping[str, str]
    version: str
    sequence: int
    changed: Mapping[str, int]
    rebuilt: int
    known: Mapping[str, int]

    @classmethod
    def begun(cls, skeleton: str, fragments: Mapping[str, str]) -> Story:
        """Return the story of one version."""
        version = version_of(skeleton, fragments)
        return cls(skeleton, fragments, version, 1, dict.fromkeys(fragments, 1), 1, {version: 1})

    def after(self, skeleton: str, fragments: Mapping[str, str]) -> Story:
        """Return the story with another version at its end; the same one where nothing differs."""
        version, number = version_of(skeleton, fragments), self.sequence + 1
        if version == self.version:
            return self
        changed = {
            key: self.changed[key] if self.fragments.get(key) == html else number
            for key, html in resting(fragments.items())
        }
        known = {of: at for of, at in self.known.items() if at > number - KEPT_VERSIONS}
        known[version] = number
        rebuilt = self.rebuilt if skeleton == self.skeleton else number
        return Story(skeleton, fragments, version, number, changed, rebuilt, known)

    def seen(self, version: str) -> int:
        """Return up to where a reader is who has this version; 0 where nobody knows."""
        return self.known.get(version, 0)

    def fits(self, version: str) -> bool:
        """Return whether a page of this version, or of none that is known (""), has the same skeleton."""
        return version in {"", self.version} or version.partition(".")[0] == self.skeleton

    def lacking(self, seen: int) -> dict[str, str] | None:
        """Return the fragments that are new since; None where the page has to be loaded again."""
        if 0 < seen < self.rebuilt:
            return None
        return {key: self.fragments[key] for key, at in self.changed.items() if at > seen}
