"""The tables of the websites' report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from exporter.model import UpdateEvery
from exporter.report.tables import Column, Kind, Row, Table
from exporter.report.websites.advice import ADVICE, UNKNOWN
from exporter.report.websites.evaluation import Class, Site
from exporter.report.websites.phrases import SiteWords
from exporter.report.websites.reckoning import Websites
from exporter.rhythm import Standing
from exporter.website import Fault

MAIN = "sites"
TARGETS = (*UpdateEvery, None)
_Heads = Sequence[tuple[str, Kind]]


def reasons(websites: Websites) -> list[tuple[Fault | None, int]]:
    """Return why websites are in B, the most frequent first; None is that one isn't updated."""
    counted = Counter(None if site.last is None else site.last.fault for site in websites.of(Class.B))
    return sorted(counted.items(), key=lambda of: (-of[1], "" if of[0] is None else of[0].value))


def kept(sites: Sequence[Site]) -> dict[str, int]:
    """Return how many active websites have each standing, and how many are inactive or unmeasured: all, each once."""
    standings = Counter(site.standing for site in sites if site.is_active)
    unmeasured = sum(site.last is None for site in sites)
    return {
        **{of.value: standings[of] for of in Standing},
        "inactive": len(sites) - unmeasured - standings.total(),
        "unmeasured": unmeasured,
    }


class Tables:
    """The report's tables in the order of reading."""

    def __init__(self, websites: Websites, say: SiteWords) -> None:
        self._websites = websites
        self._say = say

    def __iter__(self) -> Iterator[Table]:
        yield self._attention()
        yield self._rhythm()
        yield self._changes()
        yield self._sites()
        yield self._faults()

    def _table(self, name: str, heads: _Heads, rows: Iterable[Row], *, if_empty: str | None = None) -> Table:
        columns = tuple(Column(self._say(key), kind) for key, kind in heads)
        return Table(name, self._say(name), columns, tuple(rows), if_empty=if_empty)

    def _attention(self) -> Table:
        say = self._say
        heads = (
            ("office_code", Kind.TEXT), ("office", Kind.TEXT), ("url", Kind.TEXT), ("verdict", Kind.TEXT),
            ("since", Kind.DATE), ("reason", Kind.TEXT), ("note", Kind.TEXT),
        )  # fmt: skip
        rows = (
            (
                *_named(site), say.verdict(site), say.day(site.since),
                say.reason(site), site.website.note,
            )
            for site in self._websites.of(Class.B)
        )  # fmt: skip
        return self._table("attention", heads, rows, if_empty=say("no_attention"))

    def _rhythm(self) -> Table:
        """Return how well active websites are kept up; with the others each row adds up."""
        say, every = self._say, self._websites.sites
        heads = ("target", "number", *(f"is_{of}" for of in kept(())))
        columns = tuple(
            Column(say(key).capitalize(), Kind.INTEGER if place else Kind.TEXT) for place, key in enumerate(heads)
        )
        by_target = {target: self._websites.by_target(target) for target in TARGETS}
        rows: list[Row] = [
            (say.target(of), len(sites), *kept(sites).values()) for of, sites in by_target.items() if sites
        ]
        total: Row = (say("total"), len(every), *kept(every).values())
        return Table("rhythm", say("rhythm"), columns, tuple(rows), total)

    def _changes(self) -> Table:
        say, changes = self._say, self._websites.changes
        heads = (
            ("office_code", Kind.TEXT), ("office", Kind.TEXT), ("url", Kind.TEXT), ("before", Kind.TEXT),
            ("after", Kind.TEXT), ("reason", Kind.TEXT),
        )  # fmt: skip
        rows = (
            (*_named(of.after), say.verdict(of.before), say.verdict(of.after), say.reason(of.after))
            for of in changes or ()
        )
        return self._table("changes", heads, rows, if_empty=say("changes_unknown" if changes is None else "no_changes"))

    def _sites(self) -> Table:
        heads = (
            ("office_code", Kind.TEXT), ("office", Kind.TEXT), ("url", Kind.TEXT), ("verdict", Kind.TEXT),
            ("since", Kind.DATE), ("reason", Kind.TEXT), ("published", Kind.DATE), ("source", Kind.TEXT),
            ("target", Kind.TEXT), ("standing", Kind.TEXT), ("weeks", Kind.INTEGER), ("interval", Kind.INTEGER),
            ("share", Kind.PERCENT), ("note", Kind.TEXT),
        )  # fmt: skip
        return self._table(MAIN, heads, map(self._site, self._websites.sites))

    def _site(self, site: Site) -> Row:
        say, newest = self._say, site.newest
        return (
            *_named(site), say.verdict(site), say.day(site.since), say.reason(site),
            None if newest is None else say.day(newest.published_at), say.source(newest), say.target(site.update_every),
            None if site.standing is None else say.standing(site.standing),
            None if site.rhythm is None else site.rhythm.weeks_with_any,
            None if site.rhythm is None else site.rhythm.interval_days, site.time.share, site.website.note,
        )  # fmt: skip

    def _faults(self) -> Table:
        say = self._say
        heads = (("reason", Kind.TEXT), ("number", Kind.INTEGER), ("meaning", Kind.TEXT))
        rows: list[Row] = [(say.fault(of), number, say.words.of(ADVICE[of])) for of, number in reasons(self._websites)]
        if unknown := self._websites.of(Class.UNKNOWN):
            rows.append((say("is_unknown"), len(unknown), say.words.of(UNKNOWN)))
        return self._table("faults", heads, rows, if_empty=say("no_attention"))


def _named(site: Site) -> tuple[str, str, str]:
    return site.office.code, site.office.name, site.website.url
