"""What a month says of websites: classes that add up, when each became what it is, and what nobody measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from website_months import ACTIVE, INACTIVE, UNMEASURED, at, district, make_november, published, span

from exporter.errors import InputError
from exporter.ledger import Ledger
from exporter.model import Inventory
from exporter.report.websites.evaluation import ActiveTime, Class, History, LastCheck, Site, State
from exporter.report.websites.reckoning import Websites, reckon
from exporter.rhythm import Standing
from exporter.sla import Month
from exporter.website import Activity, Fault, Publication, SiteSpan, Source

NOVEMBER = Month(2020, 11)
WHOLE = (span("2020-10-01", "2020-12-03"),)
DAILY, WEEKLY, MONTHLY = (f"update_every: {of}" for of in ("day", "week", "month"))
DAY = 86_400


@dataclass
class FakeLedger:
    """A ledger that says what it is given."""

    histories: Mapping[str, History]
    path: Path = field(default=Path("uji.sqlite3"))

    def sites(self) -> list[str]:
        return sorted(code for code, of in self.histories.items() if of.spans)

    def site_spans(self, office: str, start: int, end: int) -> tuple[SiteSpan, ...]:
        return tuple(of for of in self.histories[office].spans if of.start < end and of.end > start)

    def publications(self, office: str, until: int) -> tuple[Publication, ...]:
        return tuple(of for of in self.histories[office].publications if of.seen_at < until)


def reckoned(placed: Inventory, **histories: History) -> Websites:
    return reckon([FakeLedger(histories)], placed, NOVEMBER)


def one(website: str, *spans: SiteSpan, publications: tuple[Publication, ...] = ()) -> Site:
    (site,) = reckoned(district(website), a=History(spans, publications)).sites
    return site


def with_newest(website: str, *publications: Publication) -> Site:
    return one(website, *WHOLE, publications=publications)


@pytest.mark.parametrize(
    ("newest", "standing", "verdict"),
    [
        ("2020-11-24T00:00", Standing.ON_TIME, Class.A),
        ("2020-11-23T23:59", Standing.LATE, Class.A),
        ("2020-11-10T00:00", Standing.LATE, Class.A),
        ("2020-11-09T23:59", Standing.ASLEEP, Class.B),
    ],
)
def test_an_active_website_counts_as_a_until_it_is_asleep(newest: str, standing: Standing, verdict: Class) -> None:
    site = with_newest(WEEKLY, published(newest))
    assert (site.standing, site.verdict) == (standing, verdict)


def test_an_active_website_without_a_date_is_unknown_and_without_a_target_nobody_asks() -> None:
    assert [(of.standing, of.verdict) for of in (with_newest(DAILY), with_newest(""))] == [
        (Standing.UNKNOWN, Class.UNKNOWN), (Standing.UNASKED, Class.A),
    ]  # fmt: skip


def test_an_inactive_website_is_in_b_however_fresh_it_is() -> None:
    fell = span("2020-11-20", "2020-12-03", INACTIVE, Fault.TIMEOUT)
    site = one(DAILY, span("2020-10-01", "2020-11-20"), fell, publications=(published("2020-11-30T23:00"),))
    assert (site.standing, site.verdict, site.is_guarded) == (Standing.ON_TIME, Class.B, False)


def test_a_guarded_website_is_in_b_and_counted_apart() -> None:
    websites = reckoned(
        district(DAILY, DAILY),
        a=History((span("2020-11-01", "2020-12-03", INACTIVE, Fault.GUARDED),)),
        b=History((span("2020-11-01", "2020-12-03", INACTIVE, Fault.EMPTY),)),
    )
    assert [len(websites.of(Class.B)), [of.office.code for of in websites.guarded]] == [2, ["a"]]


def test_the_last_measured_check_decides_though_nothing_was_measured_after_it() -> None:
    site = one(
        "",
        span("2020-10-01", "2020-11-10"),
        span("2020-11-10", "2020-11-12", INACTIVE, Fault.HTTP_STATUS, "503"),
        span("2020-11-12", "2020-12-03", UNMEASURED),
    )
    assert site.last == LastCheck(INACTIVE, Fault.HTTP_STATUS, "503", at("2020-11-10"), at("2020-11-12"))
    assert site.time == ActiveTime(9 * DAY, 2 * DAY, 19 * DAY)


def test_a_website_is_what_it_is_since_the_month_before_across_faults_and_unmeasured_time() -> None:
    site = one(
        "",
        span("2020-09-01", "2020-10-05"),
        span("2020-10-05", "2020-10-20", INACTIVE, Fault.TIMEOUT),
        span("2020-10-20", "2020-10-25", UNMEASURED),
        span("2020-11-02", "2020-12-03", INACTIVE, Fault.NAME_NOT_FOUND),
    )
    assert site.last == LastCheck(INACTIVE, Fault.NAME_NOT_FOUND, "", at("2020-10-05"), at("2020-12-01"))
    assert site.since == at("2020-10-05")


def test_a_sleeping_website_sleeps_since_the_end_of_its_third_period() -> None:
    assert with_newest(WEEKLY, published("2020-10-10T08:00")).since == at("2020-10-31T08:00")
    back = one(
        WEEKLY,
        span("2020-11-01", "2020-11-15", INACTIVE, Fault.TIMEOUT),
        span("2020-11-15", "2020-12-03"),
        publications=(published("2020-10-10T08:00"),),
    )
    assert back.since == at("2020-10-31T08:00")
    unseen = one(WEEKLY, span("2020-11-20", "2020-12-03"), publications=(published("2020-10-10T08:00"),))
    assert unseen.since == at("2020-10-31T08:00")


def test_a_check_of_another_month_says_nothing_of_this_one() -> None:
    after, before = span("2020-12-01", "2020-12-03"), span("2020-10-01", "2020-11-01")
    websites = reckoned(district("", "", ""), a=History((after,)), b=History((before,)), c=History(WHOLE))
    assert [site.verdict for site in websites.sites] == [Class.UNMEASURED, Class.UNMEASURED, Class.A]
    assert [site.last for site in websites.sites[:2]] == [None, None]


def test_a_website_that_was_never_checked_is_unmeasured_all_month_and_has_no_share() -> None:
    websites = reckoned(district(DAILY, ""), b=History(WHOLE))
    site = websites.sites[0]
    assert (site.verdict, site.standing, site.age_seconds, site.rhythm) == (Class.UNMEASURED, None, None, None)
    assert (site.time, site.time.share) == (ActiveTime(0, 0, 30 * DAY), None)


def test_a_website_added_within_the_month_is_judged_from_its_first_check() -> None:
    site = one("", span("2020-11-21", "2020-11-23", INACTIVE, Fault.TIMEOUT), span("2020-11-24", "2020-12-03"))
    assert site.time == ActiveTime(7 * DAY, 2 * DAY, 1 * DAY)
    assert site.time.share == Fraction(7, 9)


def test_a_publication_counts_that_the_first_look_after_the_month_found() -> None:
    in_time = published("2020-11-30T22:00", "2020-12-01T05:59")
    too_late = published("2020-11-30T22:00", "2020-12-01T06:00")
    of_december = published("2020-12-01T00:00", "2020-12-01T00:10")
    assert with_newest(DAILY, in_time, of_december).newest == in_time
    assert with_newest(DAILY, too_late, of_december).newest is None


def test_the_newest_is_what_was_published_last_whenever_it_was_seen() -> None:
    newer, older = published("2020-11-20", "2020-11-20"), published("2020-11-10", "2020-11-29")
    assert with_newest(DAILY, older, newer).newest == newer


def test_the_newest_is_a_time_of_the_day_before_the_day_alone_as_in_the_live_status() -> None:
    day = published("2020-11-20", "2020-11-22", is_day_only=True)
    for time in ("2020-11-20T00:00", "2020-11-20T08:00"):
        exact = published(time)
        assert [with_newest(DAILY, *of).newest for of in ((day, exact), (exact, day))] == [exact] * 2


def test_where_only_the_day_is_known_the_age_counts_from_its_end() -> None:
    site = with_newest(DAILY, published("2020-11-29", "2020-12-01T02:00", is_day_only=True))
    assert (site.age_seconds, site.standing) == (DAY, Standing.ON_TIME)
    today = with_newest(DAILY, published("2020-11-30", "2020-12-01T02:00", is_day_only=True))
    assert today.age_seconds == 0


def test_an_age_is_never_negative_where_the_last_check_was_before_the_publication() -> None:
    site = one(DAILY, span("2020-11-01", "2020-11-15"), publications=(published("2020-11-20"),))
    assert (site.age_seconds, site.standing) == (0, Standing.ON_TIME)
    assert site.rhythm is not None
    assert site.rhythm.weeks[-1] == 1


def test_a_running_month_is_judged_as_far_as_it_is_known() -> None:
    websites = reckoned(
        district(DAILY),
        a=History((span("2020-11-01", "2020-11-16"),), (published("2020-11-13T00:00"), published("2020-11-20T00:00"))),
    )
    assert (websites.measured_until, websites.is_provisional) == (at("2020-11-16"), True)
    assert websites.time == ActiveTime(15 * DAY, 0, 0)


def test_a_month_stays_provisional_until_the_first_look_after_it() -> None:
    ends = ("2020-12-01T05:59", "2020-12-01T06:00")
    months = [reckoned(district(""), a=History((span("2020-11-01", end),))) for end in ends]
    assert [of.is_provisional for of in months] == [True, False]
    assert {of.measured_until for of in months} == {at("2020-12-01")}


def test_changes_are_websites_that_are_shown_as_something_else_than_the_month_before() -> None:
    websites = reckoned(
        district("", "", "", ""),
        a=History(WHOLE),
        b=History((span("2020-10-01", "2020-11-20"), span("2020-11-20", "2020-12-03", INACTIVE, Fault.EMPTY))),
        c=History((span("2020-11-20", "2020-12-03"),)),
        d=History((span("2020-10-02", "2020-10-30", INACTIVE, Fault.EMPTY), span("2020-10-30", "2020-12-03"))),
    )
    assert websites.changes is not None
    assert [(of.after.office.code, of.before.verdict, of.after.verdict) for of in websites.changes] == [
        ("b", Class.A, Class.B), ("c", Class.UNMEASURED, Class.A),
    ]  # fmt: skip


def test_falling_asleep_and_then_away_are_changes_of_their_own() -> None:
    asleep, old = span("2020-09-01", "2020-11-20"), (published("2020-09-01"),)
    away = span("2020-11-20", "2020-12-03", INACTIVE, Fault.EMPTY)
    back = span("2020-10-01", "2020-11-20", INACTIVE, Fault.EMPTY), span("2020-11-20", "2020-12-03")
    placed = district(WEEKLY, WEEKLY, WEEKLY)
    websites = reckoned(placed, a=History((asleep, away), old), b=History(back, old), c=History(WHOLE, old))
    assert websites.changes is not None
    assert [(of.before.state, of.after.state) for of in websites.changes] == [
        (State.ASLEEP, State.INACTIVE), (State.INACTIVE, State.ASLEEP),
    ]  # fmt: skip
    assert {of.before.verdict for of in websites.changes} == {Class.B}


def test_the_month_before_is_reckoned_in_the_same_way() -> None:
    websites = reckoned(district(WEEKLY), a=History(WHOLE, (published("2020-10-05"), published("2020-11-28"))))
    assert websites.before is not None
    assert [(of.standing, of.age_seconds) for of in websites.before] == [(Standing.ASLEEP, 27 * DAY)]
    assert websites.changes is not None
    assert len(websites.changes) == 1


def test_what_was_found_long_after_the_month_before_is_no_part_of_it() -> None:
    late = published("2020-10-31", "2020-11-01T06:00")
    websites = reckoned(district(DAILY), a=History(WHOLE, (late,)))
    assert websites.before is not None
    assert [of.newest for of in (*websites.before, *websites.sites)] == [None, late]


def test_changes_are_unknown_where_the_month_before_was_not_measured() -> None:
    websites = reckoned(
        district(""),
        a=History((span("2020-10-30", "2020-11-01", UNMEASURED), span("2020-11-01", "2020-12-03"))),
    )
    assert (websites.before, websites.changes) == (None, None)


def test_offices_without_a_website_are_not_among_them_and_forgotten_ones_are_named() -> None:
    before = History((span("2020-10-01", "2020-11-01"),))
    websites = reckoned(district("", None, None), a=History(WHOLE), b=History(WHOLE), y=before, z=History(WHOLE))
    assert ([of.office.code for of in websites.sites], websites.offices_without) == (["a"], 2)
    assert websites.forgotten == ("b", "z")


def test_two_ledgers_make_one_report_unless_both_hold_a_website() -> None:
    first, second = FakeLedger({"a": History(WHOLE)}), FakeLedger({"b": History(WHOLE)}, Path("dua.sqlite3"))
    assert len(reckon([first, second], district("", ""), NOVEMBER).of(Class.A)) == 2
    twice = FakeLedger({"a": History(WHOLE)}, Path("tiga.sqlite3"))
    with pytest.raises(InputError, match=r"the website of a is in uji.sqlite3 and in tiga.sqlite3"):
        reckon([first, twice], district("", ""), NOVEMBER)


@pytest.mark.parametrize(
    ("spans", "words"),
    [
        ((), "ledger uji.sqlite3: no website was checked yet; let the monitor run for some minutes"),
        (
            (span("2020-12-01", "2020-12-03T04:05"),),
            "it has nothing of the websites in 2020-11; it goes from 2020-12-01 00:00 to 2020-12-03 04:05",
        ),
        ((span("2020-10-01", "2020-11-01"),), "it has nothing of the websites in 2020-11"),
    ],
)
def test_a_month_that_the_ledger_has_nothing_of_is_refused(spans: tuple[SiteSpan, ...], words: str) -> None:
    with pytest.raises(InputError, match=words):
        reckoned(district(""), a=History(spans))


def test_a_district_without_websites_is_refused_with_where_they_are_named() -> None:
    with pytest.raises(InputError, match="no office has a website; name them under `website:`"):
        reckoned(district(None), a=History(WHOLE))


def test_a_real_ledger_gives_23_of_31(tmp_path: Path) -> None:
    path, placed = make_november(tmp_path)
    with Ledger.existing(path) as ledger:
        websites = reckon([ledger], placed, NOVEMBER)
    assert {verdict: len(websites.of(verdict)) for verdict in Class} == {
        Class.A: 23, Class.B: 8, Class.UNKNOWN: 0, Class.UNMEASURED: 0,
    }  # fmt: skip
    assert websites.sites[7].last == LastCheck(INACTIVE, Fault.TLS_EXPIRED, "", at("2020-11-23"), at("2020-12-01"))


pieces = st.lists(st.tuples(st.integers(0, 40 * DAY), st.integers(1, 40 * DAY), st.sampled_from(Activity)), max_size=6)
targets = st.sampled_from(("", DAILY, WEEKLY, MONTHLY))
instants = st.lists(st.integers(at("2020-09-01"), at("2020-12-05")), max_size=3)


def laid(of: list[tuple[int, int, Activity]]) -> tuple[SiteSpan, ...]:
    spans, position = [], at("2020-10-15")
    for gap, length, activity in of:
        position += gap
        fault = Fault.TIMEOUT if activity is INACTIVE else None
        spans.append(SiteSpan(position, position + length, activity, fault))
        position += length
    return tuple(spans)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(targets, pieces, instants), max_size=4))
def test_every_website_is_one_of_a_b_unknown_and_unmeasured_and_its_seconds_add_up(
    drawn: list[tuple[str, list[tuple[int, int, Activity]], list[int]]],
) -> None:
    histories = {
        chr(ord("b") + n): History(laid(of), tuple(Publication(p, False, Source.FEED, p) for p in sorted(when)))
        for n, (_, of, when) in enumerate(drawn)
    }
    placed = district("", *(target for target, _, _ in drawn))
    websites = reckoned(placed, a=History((span("2020-11-01", "2020-12-03", ACTIVE),)), **histories)
    assert sum(len(websites.of(verdict)) for verdict in Class) == len(websites.sites) == len(drawn) + 1
    for site in websites.sites:
        whole = site.time.active + site.time.inactive + site.time.unmeasured
        assert 0 <= whole <= 30 * DAY
        assert min(site.time.active, site.time.inactive, site.time.unmeasured) >= 0
        assert (site.time.share is None) == (site.verdict is Class.UNMEASURED)
