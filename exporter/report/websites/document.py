"""The websites' report in one language: the sentences that answer first, then the tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from exporter.model import Language, UpdateEvery
from exporter.report.tables import Document
from exporter.report.websites.evaluation import Class, Site
from exporter.report.websites.listing import TARGETS, Tables, kept, reasons
from exporter.report.websites.phrases import SiteWords
from exporter.report.websites.reckoning import Websites
from exporter.report.words import NOTHING, Words

MOST_NAMES = 6  # in a sentence
NOTES = ("note_active", "note_updated", "note_time", "note_rhythm")


def document(websites: Websites, language: Language) -> Document:
    """Return the report as sentences and tables; the forms only write it down."""
    words = Words(language)
    say = SiteWords(words, websites.zone)
    until = [say("until", at=words.instant(websites.measured_until, websites.zone))] if websites.is_provisional else []
    sample = [say("sample")] if websites.organisation.sample else []
    return Document(
        title=say("title"),
        subtitle=", ".join([*sample, websites.organisation.name, words.month(websites.month), *until]),
        paragraphs=tuple(_Sentences(websites, say)),
        tables=tuple(Tables(websites, say)),
        notes=tuple(say(key, nothing=NOTHING) for key in NOTES),
        as_of=websites.month.last_day,
    )


class _Sentences:
    """What is to be read first: how many are active and kept up, why the others aren't, and what has changed."""

    def __init__(self, websites: Websites, say: SiteWords) -> None:
        self._websites = websites
        self._say = say

    def __iter__(self) -> Iterator[str]:
        yield self._headline()
        yield from self._reasons()
        yield from filter(None, map(self._by_target, TARGETS))
        yield from self._reachable()
        yield self._changes()
        yield from self._open()

    def _headline(self) -> str:
        say, found = self._say, {verdict: len(self._websites.of(verdict)) for verdict in Class}
        is_always_said = {Class.A, Class.B}
        parts = [
            say(f"count_{verdict.value}", number=number)
            for verdict, number in found.items()
            if number or verdict in is_always_said
        ]
        number = len(self._websites.sites)
        return say("headline_of_one" if number == 1 else "headline", number=number, parts=", ".join(parts))

    def _reasons(self) -> Iterator[str]:
        counted = reasons(self._websites)
        if counted:
            yield self._say("reasons", parts=self._parts((self._say.fault(of), number) for of, number in counted))

    def _by_target(self, target: UpdateEvery | None) -> str | None:
        say, sites = self._say, self._websites.by_target(target)
        if not sites:
            return None
        parts = self._parts((say(f"is_{of}"), number) for of, number in kept(sites).items())
        key = "without_target" if target is None else "by_target"
        return say(key, target=say.target(target), sites=say.sites(len(sites)), parts=parts)

    def _parts(self, counted: Iterable[tuple[str, int]]) -> str:
        return ", ".join(self._say("part", number=number, what=what) for what, number in counted if number)

    def _reachable(self) -> Iterator[str]:
        share, percent = self._websites.time.share, self._say.words.percent
        if share is not None:
            yield self._say("reachable", share=percent(share), measured=percent(self._websites.measured_share))

    def _changes(self) -> str:
        say, changes = self._say, self._websites.changes
        month = say.words.month(self._websites.month.previous)
        if changes is None:
            return say("before_unknown", month=month)
        if not changes:
            return say("unchanged", month=month)
        told = [
            say("change", office=of.after.office.name, before=say.verdict(of.before), after=say.verdict(of.after))
            for of in changes
        ]
        return say("changed", month=month, sites=say.sites(len(changes)), parts=self._some(told, "; "))

    def _open(self) -> Iterator[str]:
        """Yield what can't be said, and what isn't counted."""
        say, websites = self._say, self._websites
        for verdict in (Class.UNKNOWN, Class.UNMEASURED):
            if sites := websites.of(verdict):
                yield say(verdict.value, offices=self._names(sites))
        if guarded := websites.guarded:
            yield say("guarded", sites=say.sites(len(guarded)), offices=self._names(guarded))
        if websites.offices_without:
            yield say("offices_without", number=websites.offices_without)
        if websites.forgotten:
            yield say("forgotten", offices=self._some(websites.forgotten, ", "))

    def _names(self, sites: Iterable[Site]) -> str:
        return self._some([site.office.name for site in sites], "; ")

    def _some(self, told: Iterable[str], between: str) -> str:
        every = list(told)
        left = len(every) - MOST_NAMES
        return between.join([*every[:MOST_NAMES], *([self._say("and_more", number=left)] if left > 0 else [])])
