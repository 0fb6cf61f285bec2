"""What the ledger keeps of websites."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exporter.errors import LedgerError
from exporter.ledger import Batch, Ledger, RestoredSite, SiteRecord
from exporter.website import Activity, Fault, Look, Publication, SiteCheck, SiteSpan, Source

ACTIVE, INACTIVE, UNMEASURED = Activity


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "ledger.sqlite3") as opened:
        yield opened


def write(ledger: Ledger, *records: SiteRecord, office: str = "dinkes") -> None:
    batch = Batch()
    for record in records:
        batch.add_site(office, record)
    ledger.write(batch)


def published(at: int, seen_at: int = 10_000, *, is_day_only: bool = False) -> Publication:
    return Publication(at, is_day_only, Source.FEED, seen_at, f"https://dinkes.example/{at}")


def test_a_span_that_only_goes_on_is_one_over_several_writes(ledger: Ledger) -> None:
    write(ledger, SiteRecord((SiteSpan(0, 300, ACTIVE), SiteSpan(300, 600, ACTIVE))))
    write(ledger, SiteRecord((SiteSpan(600, 900, ACTIVE),)))
    assert ledger.site_spans("dinkes", 0, 10_000) == (SiteSpan(0, 900, ACTIVE),)


def test_another_fault_a_gap_and_another_office_begin_spans_of_their_own(ledger: Ledger) -> None:
    down, gone = SiteSpan(300, 600, INACTIVE, Fault.HTTP_STATUS, "500"), SiteSpan(600, 700, INACTIVE, Fault.TIMEOUT)
    write(ledger, SiteRecord((SiteSpan(0, 300, ACTIVE), down, gone, SiteSpan(900, 950, INACTIVE, Fault.TIMEOUT))))
    write(ledger, SiteRecord((SiteSpan(950, 1_000, UNMEASURED),)), office="setda")
    assert len(ledger.site_spans("dinkes", 0, 10_000)) == 4
    assert ledger.site_spans("dinkes", 600, 700) == (gone,)
    assert ledger.site_spans("dinkes", 599, 601) == (down, gone)
    assert ledger.sites() == ["dinkes", "setda"]


def test_a_span_that_begins_in_the_past_is_refused_and_counted(ledger: Ledger) -> None:
    write(ledger, SiteRecord((SiteSpan(0, 300, ACTIVE),)))
    write(ledger, SiteRecord((SiteSpan(299, 600, INACTIVE, Fault.TIMEOUT),)))
    assert ledger.site_spans("dinkes", 0, 10_000) == (SiteSpan(0, 300, ACTIVE),)
    assert ledger.overlaps == 1


def test_a_publication_keeps_the_look_that_first_found_it(ledger: Ledger) -> None:
    write(ledger, SiteRecord(look=Look(10_000, (published(9_000), published(5_000)))))
    write(ledger, SiteRecord(look=Look(20_000, (published(12_000, 20_000), published(9_000, 20_000)))))
    assert ledger.publications("dinkes", 20_000) == (published(5_000), published(9_000))
    assert ledger.publications("dinkes", 20_001)[-1] == published(12_000, 20_000)


def test_looks_that_wait_to_be_written_lose_nothing_of_what_they_found(ledger: Ledger) -> None:
    first = SiteRecord(look=Look(10_000, (published(9_000),), "", "one"))
    later = SiteRecord(look=Look(20_000, (published(12_000, 20_000), published(9_000, 20_000)), "slow", "two"))
    write(ledger, first, later)
    assert ledger.publications("dinkes", 30_000) == (published(9_000), published(12_000, 20_000))
    look = ledger.restored_sites()["dinkes"].look
    assert look == Look(20_000, (published(12_000, 20_000),), "slow", "two")


def test_what_is_withdrawn_is_gone_whether_it_was_written_already_or_waits(ledger: Ledger) -> None:
    write(ledger, SiteRecord(look=Look(10_000, (published(9_900), published(5_000)))))
    write(
        ledger,
        SiteRecord(look=Look(20_000, (published(19_900, 20_000),), withdrawn=(9_900,))),
        SiteRecord(look=Look(30_000, (published(5_000, 30_000),), withdrawn=(19_900,))),
    )
    assert ledger.publications("dinkes", 99_999) == (published(5_000),)


def test_what_is_withdrawn_and_found_again_stays(ledger: Ledger) -> None:
    write(ledger, SiteRecord(look=Look(10_000, (published(9_900),))))
    again = published(9_900, 30_000)
    write(ledger, SiteRecord(look=Look(20_000, (), withdrawn=(9_900,))), SiteRecord(look=Look(30_000, (again,))))
    assert [of.published_at for of in ledger.publications("dinkes", 99_999)] == [9_900]


def test_what_was_seen_at_an_address_before_isnt_the_websites_any_more(ledger: Ledger) -> None:
    write(ledger, SiteRecord(moved=((1_000, "https://lama.example/"),)))
    write(ledger, SiteRecord(look=Look(10_000, (published(9_000),))))
    write(ledger, SiteRecord(moved=((15_000, "https://baru.example/"),)))
    write(ledger, SiteRecord(look=Look(20_000, (published(5_000, 20_000),))))
    assert ledger.publications("dinkes", 14_000) == (published(9_000),), "as it was then"
    assert ledger.publications("dinkes", 30_000) == (published(5_000, 20_000),)
    assert ledger.restored_sites()["dinkes"].url == "https://baru.example/"


def test_nothing_of_an_address_before_is_restored(ledger: Ledger) -> None:
    old = SiteRecord((SiteSpan(0, 900, ACTIVE),), SiteCheck(900.0), Look(800, (published(700, 800),)))
    write(ledger, SiteRecord(moved=((0, "https://lama.example/"),)), old)
    write(ledger, SiteRecord(moved=((1_000, "https://baru.example/"),)))
    assert ledger.restored_sites()["dinkes"] == RestoredSite(None, 900, None, None, "https://baru.example/")
    write(ledger, SiteRecord((SiteSpan(1_100, 1_400, ACTIVE),), SiteCheck(1_400.0), Look(1_200, ())))
    left = ledger.restored_sites()["dinkes"]
    assert left.run == SiteSpan(1_000, 1_400, ACTIVE)
    assert (left.check, left.look) == (SiteCheck(1_400.0), Look(1_200, ()))


def test_what_is_restored_is_the_run_behind_faults_and_unmeasured_time(ledger: Ledger) -> None:
    check = SiteCheck(990.5, Fault.TLS_EXPIRED, "3 days", True, None, 1.25, 700, ("https://dinkes.example/",))
    spans = (
        SiteSpan(0, 300, ACTIVE),
        SiteSpan(300, 600, INACTIVE, Fault.TIMEOUT),
        SiteSpan(600, 700, UNMEASURED),
        SiteSpan(700, 900, INACTIVE, Fault.TLS_EXPIRED, "3 days"),
        SiteSpan(900, 950, UNMEASURED),
    )
    write(ledger, SiteRecord(spans, check))
    left = ledger.restored_sites()["dinkes"]
    assert left.run == SiteSpan(300, 900, INACTIVE, Fault.TLS_EXPIRED, "3 days")
    assert (left.settled_until, left.check, left.look) == (950, check, None)


def test_a_website_that_was_only_checked_is_restored_without_a_run(ledger: Ledger) -> None:
    write(ledger, SiteRecord(check=SiteCheck(5.0)))
    left = ledger.restored_sites()["dinkes"]
    assert (left.run, left.settled_until, left.check) == (None, None, SiteCheck(5.0))


def test_a_whole_ledger_with_websites_verifies(ledger: Ledger) -> None:
    look = Look(10_000, (published(9_000), published(86_400, is_day_only=True)))
    write(ledger, SiteRecord((SiteSpan(0, 300, INACTIVE, Fault.EMPTY),), SiteCheck(300.0), look))
    assert ledger.verify() == []


def test_verify_tells_of_overlaps_and_of_what_no_version_wrote(ledger: Ledger) -> None:
    write(ledger, SiteRecord((SiteSpan(0, 300, ACTIVE),)))
    damage = ledger._connection.execute
    damage("INSERT INTO site_span VALUES ('dinkes', 200, 400, 'active', NULL, '')")
    damage("INSERT INTO site_span VALUES ('setda', 200, 400, 'inactive', 'gremlins', '')")
    damage("INSERT INTO publication VALUES ('setda', 1, 0, 'rumour', 2, NULL)")
    assert ledger.verify() == [
        "website of dinkes: the spans from 0 and from 200 overlap",
        "website of setda: 'gremlins' is not a valid Fault",
        "website of setda: the publication of 1 has the unknown source 'rumour'",
    ]
    with pytest.raises(LedgerError, match="website of setda"):
        ledger.site_spans("setda", 0, 1_000)


def test_a_check_that_cannot_be_read_is_a_ledger_error(ledger: Ledger) -> None:
    ledger._connection.execute("INSERT INTO site_check VALUES ('dinkes', 1.0, '{\"at\": 1}')")
    with pytest.raises(LedgerError, match="websites"):
        ledger.restored_sites()


def test_counted_at_is_the_end_of_a_day_at_the_most_and_never_after_it_was_seen() -> None:
    day = 86_400
    assert published(day, 5 * day, is_day_only=True).counted_at == 2 * day
    assert published(day, day + 100, is_day_only=True).counted_at == day + 100
    assert published(day, 5 * day).counted_at == day


def test_checks_and_looks_come_back_from_json() -> None:
    check = SiteCheck(1.5, Fault.HTTP_STATUS, "404", True, 404, 0.2, None, ("https://a.example/", "https://b.example/"))
    look = Look(2.5, (published(9_000),), "robots.txt forbids it", "{}")
    assert SiteCheck.from_json(check.as_json()) == check
    assert Look.from_json(look.as_json()) == look


def test_the_ledgers_path_is_in_what_it_says(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    with Ledger.create(path) as made:
        made._connection.execute("INSERT INTO site_span VALUES ('setda', 1, 2, 'inactive', 'x', '')")
        with pytest.raises(LedgerError, match=str(path)):
            made.site_spans("setda", 0, 10)
