"""Judges when a website last published something, from documents of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from email.utils import parsedate_tz
from zoneinfo import ZoneInfo

from exporter.freshness.address import own_hosts, same
from exporter.freshness.decoding import came, decoded
from exporter.freshness.document import Document, Kind
from exporter.freshness.feeds import feed_finds, post_finds
from exporter.freshness.find import Find
from exporter.freshness.found import Candidate
from exporter.freshness.markup import parsed
from exporter.freshness.moment import Moment, local_day, offset_seconds, stamp
from exporter.freshness.outline import outline
from exporter.freshness.page import Page
from exporter.freshness.sitemap import sitemap_finds
from exporter.freshness.stamps import Stamps, against_clock, left_by
from exporter.freshness.structured import structured_finds
from exporter.freshness.visible import visible_finds
from exporter.website import DAY_SECONDS, Publication, Source

MOST_PUBLICATIONS = 150
FUTURE_SECONDS = 600
NOW_SECONDS = 60
_MANY, _MOST_RATIO = 5, 0.8
_BUILD_SECONDS = 600  # from a sitemap's first stamp to its last, where a program writes them all at once
_STRONG = frozenset({Source.FEED, Source.POSTS})
_SHOWN = frozenset({Source.TEXT, Source.TIME_ELEMENT})
_MADE_ANEW = ("set-cookie", "x-powered-by", "x-generator", "x-drupal-cache", "x-pingback", "x-aspnet-version", "age")


@dataclass(frozen=True, slots=True)
class Judged:
    """What a look's documents say.

    `publications` are the credible finds, the newest first, of each moment one; `candidates` all finds, each with why
    it isn't credible; `stamps` is what the next look needs. `withdrawn` are moments that the look before took for
    publications, and that were the clock's.
    """

    publications: tuple[Publication, ...]
    candidates: tuple[Candidate, ...]
    stamps: Stamps
    withdrawn: tuple[int, ...] = ()


def judge(documents: Sequence[Document], zone: ZoneInfo, earlier: Stamps) -> Judged:
    """Return what the documents say of publications; `earlier` is what the look before left, empty on the first."""
    hosts = own_hosts(documents)
    finds: list[Find] = []
    for document in documents:
        if came(document):
            finds += (_timely(find, zone, earlier) for find in _finds(document, hosts, zone))
    finds = [against_clock(find, earlier, zone) for find in _without_equal(finds, zone)]
    finds = _without_built(_without_contradicted(finds))
    finds += _last_modified(documents, finds, earlier, zone)
    candidates = tuple(find.candidate() for find in finds)
    publications = _publications(finds, zone)
    doubted = {at for find in finds if (at := earlier.withdrawn(find)) is not None}
    withdrawn = tuple(sorted(doubted - {of.published_at for of in publications}))
    return Judged(publications, candidates, left_by(finds), withdrawn)


def _finds(document: Document, hosts: frozenset[str], zone: ZoneInfo) -> list[Find]:
    if document.wish.kind is Kind.FEED:
        return list(feed_finds(document, hosts, zone))
    if document.wish.kind is Kind.POSTS:
        return list(post_finds(document, hosts, zone))
    if document.wish.kind is Kind.SITEMAP:
        return list(sitemap_finds(document, hosts, zone))
    tree = parsed(decoded(document))
    page = Page(document, outline(tree), hosts)
    return [*structured_finds(tree, document, hosts, zone), *visible_finds(page, zone)]


def _timely(find: Find, zone: ZoneInfo, earlier: Stamps) -> Find:
    """Return the find, put right where local time was marked as UTC, and refused where it is the future's or now."""
    now, moment = find.document.fetched_at, find.moment
    ahead = offset_seconds(now, zone)
    if moment.is_utc and now + FUTURE_SECONDS < moment.at <= now + FUTURE_SECONDS + ahead:
        moment = Moment(moment.at - ahead)
        find = replace(find, moment=moment)
    if moment.is_day_only:
        return find.refused("in the future") if local_day(moment.at, zone) > local_day(now, zone) else find
    if moment.at > now + FUTURE_SECONDS:
        return find.refused("in the future")
    is_now = any(abs(moment.at + shift - now) <= NOW_SECONDS for shift in (0, ahead, -ahead))
    is_made = is_now and not moment.unit_seconds and not earlier.confirms(find)
    return find.refused("made at the request") if is_made else find


def _without_equal(finds: Iterable[Find], zone: ZoneInfo) -> list[Find]:
    """Return the finds, those refused that share their moment with most of their document."""
    groups: defaultdict[tuple[int, Source], list[Find]] = defaultdict(list)
    for find in finds:
        groups[id(find.document), find.source].append(find)
    return [judged for group in groups.values() for judged in _judged_group(group, zone)]


def _judged_group(group: list[Find], zone: ZoneInfo) -> list[Find]:
    addresses = {(find.address or find.place, find.moment.at) for find in group}
    counts = Counter(at for _, at in addresses)
    if not counts:
        return group
    at, most = counts.most_common(1)[0]
    is_most = most >= _MANY and most >= _MOST_RATIO * len(addresses)
    if group[0].source is Source.SITEMAP and len(addresses) >= _MANY and _is_one_build(group):
        return [find.refused("the same for most") for find in group]
    return [
        find.refused("the same for most") if is_most and find.moment.at == at and _may_be_made(find, zone) else find
        for find in group
    ]


def _is_one_build(group: Sequence[Find]) -> bool:
    moments = [find.moment.at for find in group]
    return max(moments) - min(moments) <= _BUILD_SECONDS


def _without_built(finds: list[Find]) -> list[Find]:
    """Return the finds, those of a sitemap built at once refused that are newer than all feeds and posts."""
    strong = max((find.moment.at for find in finds if find.source in _STRONG and not find.refusal), default=None)
    groups: defaultdict[int, list[Find]] = defaultdict(list)
    for find in finds:
        if find.source is Source.SITEMAP:
            groups[id(find.document)].append(find)
    built = {key for key, group in groups.items() if _is_one_build(group)}
    return [
        find.refused("newer than the feed, in a sitemap that was built at once")
        if strong is not None
        and find.source is Source.SITEMAP
        and id(find.document) in built
        and find.moment.at > strong + DAY_SECONDS
        else find
        for find in finds
    ]


def _may_be_made(find: Find, zone: ZoneInfo) -> bool:
    """Return whether a moment that many share can be a program's doing; of days that people write only today can."""
    if find.source is Source.SITEMAP or not find.moment.is_day_only:
        return True
    return local_day(find.moment.at, zone) == local_day(find.document.fetched_at, zone)


def _without_contradicted(finds: list[Find]) -> list[Find]:
    """Return the finds, those shown refused that are newer than what a feed or the posts say of the same article."""
    said: dict[str, int] = {}
    for find in finds:
        if find.source in _STRONG and find.address and not find.refusal:
            said[same(find.address)] = max(find.moment.at, said.get(same(find.address), 0))
    return [
        find.refused("newer than the feed says of the same article")
        if find.source in _SHOWN
        and find.address
        and find.moment.at > said.get(same(find.address), find.moment.at) + DAY_SECONDS
        else find
        for find in finds
    ]


def _last_modified(documents: Sequence[Document], finds: list[Find], earlier: Stamps, zone: ZoneInfo) -> list[Find]:
    """Return when the pages say in their headers that they were modified, credible only where nothing else is."""
    is_needed = all(find.refusal for find in finds)
    found = []
    for document in documents:
        written = document.headers.get("last-modified", "")
        moment = stamp(written, zone) if written and parsedate_tz(written) else None
        if document.wish.kind not in {Kind.HOME, Kind.PAGE} or not came(document) or moment is None:
            continue
        find = _timely(Find(Moment(moment.at), Source.LAST_MODIFIED, document, document.url), zone, earlier)
        find = against_clock(find, earlier, zone)
        if _is_made_anew(document):
            find = find.refused("of a page that is made anew at each request")
        elif document.fetched_at - moment.at < DAY_SECONDS and not earlier.confirms(find):
            find = find.refused("too new to tell from one made at the request")
        found.append(find if is_needed else find.refused("the page's content says more"))
    return found


def _is_made_anew(document: Document) -> bool:
    control = document.headers.get("cache-control", "").lower()
    is_uncached = any(word in control for word in ("no-cache", "no-store", "private", "max-age=0"))
    is_generated = b'name="generator"' in document.body[:20_000].lower()
    return is_uncached or is_generated or any(name in document.headers for name in _MADE_ANEW)


def _publications(finds: list[Find], zone: ZoneInfo) -> tuple[Publication, ...]:
    """Return the credible finds, the newest first; a day gives way to an instant of it for the same article."""
    credible = [find for find in finds if not find.refusal]
    exact = {(find.address, local_day(find.moment.at, zone)) for find in credible if not find.moment.is_day_only}
    by_moment: dict[int, Publication] = {}
    order = list(Source)
    for find in sorted(credible, key=lambda each: (-each.moment.at, order.index(each.source), not each.address)):
        if find.moment.is_day_only and find.address and (find.address, local_day(find.moment.at, zone)) in exact:
            continue
        by_moment.setdefault(find.moment.at, find.publication())
    return tuple(by_moment.values())[:MOST_PUBLICATIONS]
