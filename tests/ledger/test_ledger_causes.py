"""Causes, polls, paths and bandwidth in the ledger: written once, counted, read back after a restart."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path as FilePath
from zoneinfo import ZoneInfo

import pytest
from ledger_batches import BEGAN, SteadyClock, batch

from exporter.bandwidth import DAY_SECONDS, Mean
from exporter.cause import DeviceSeen, Evidence, Known, Trail, Verdict
from exporter.errors import LedgerError
from exporter.ledger import Batch, Ledger, LedgerWriter
from exporter.ledger.opening import connect
from exporter.model import Cause
from exporter.observation import DevicePoll, Path
from exporter.report.outages import details
from exporter.timeline import Outage, Span, State

LINK = "dinkes/primary"
NO_CAUSE = dict.fromkeys(Cause, 0)
OUTAGE = Outage(BEGAN, BEGAN + 10, BEGAN + 60)
DOWN = (Span(BEGAN, BEGAN + 60, State.DOWN), Span(BEGAN + 60, BEGAN + 100, State.UP))


def verdict(cause: Cause = Cause.LINK, started_at: int = BEGAN, boot_at: int = 5) -> Verdict:
    device = DeviceSeen(is_polled=True, good_before=started_at - 9, asked_at=started_at + 72, boot_at=boot_at)
    trail = Trail(started_at + 12, ("192.0.2.2", None), "192.0.2.2", (), started_at - 100, ("192.0.2.2", "192.0.2.9"))
    return Verdict(cause, started_at + 73, Evidence(started_at, started_at + 60, device, trail=trail))


def with_verdicts(*verdicts: Verdict, target: str = LINK) -> Batch:
    made = Batch()
    for each in verdicts:
        made.add_verdict(target, each)
    return made


@pytest.fixture
def path(tmp_path: FilePath) -> FilePath:
    return tmp_path / "ledger.sqlite3"


def test_a_cause_is_read_back_with_its_evidence_and_counted(path: FilePath) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch(LINK, *DOWN, outage=OUTAGE))
        assert ledger.verdict(LINK, BEGAN) is None
        ledger.write(with_verdicts(verdict()))
        assert ledger.verdict(LINK, BEGAN) == verdict()
        assert ledger.outages_by_cause(LINK) == {**NO_CAUSE, Cause.LINK: 1}
        assert ledger.outages_by_cause("setda/primary") == NO_CAUSE
    with Ledger.create(path) as again:
        assert again.outages_by_cause(LINK) == {**NO_CAUSE, Cause.LINK: 1}


def test_a_cause_that_is_written_is_never_changed_and_never_counted_twice(path: FilePath) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch(LINK, *DOWN, outage=OUTAGE))
        ledger.write(with_verdicts(verdict()))
        ledger.write(with_verdicts(verdict(Cause.POWER)))
        assert ledger.verdict(LINK, BEGAN) == verdict()
        assert ledger.outages_by_cause(LINK) == {**NO_CAUSE, Cause.LINK: 1}


def test_causes_that_could_not_be_written_are_not_counted(path: FilePath) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch(LINK, *DOWN, outage=OUTAGE))
        ledger._connection.execute("DROP TABLE verdict")
        with pytest.raises(Exception, match="verdict"):
            ledger.write(with_verdicts(verdict()))
        assert ledger.outages_by_cause(LINK) == NO_CAUSE


def test_links_outages_without_a_cause_are_found_and_nodes_have_none(path: FilePath) -> None:
    still = Outage(BEGAN + 200, BEGAN + 210)
    with Ledger.create(path) as ledger:
        ledger.write(batch(LINK, *DOWN, outage=OUTAGE))
        ledger.write(batch("setda/primary", *DOWN, outage=OUTAGE))
        ledger.write(batch(LINK, Span(BEGAN + 200, BEGAN + 300, State.DOWN), outage=still))
        ledger.write(batch("pop", *DOWN, outage=OUTAGE))
        ledger.write(with_verdicts(verdict()))
        assert ledger.undecided() == [("setda/primary", OUTAGE, None), (LINK, still, None)]


def test_outages_since_an_instant_are_those_that_last_or_ended_after_it(path: FilePath) -> None:
    still = Outage(BEGAN + 200, BEGAN + 210)
    with Ledger.create(path) as ledger:
        ledger.write(batch("pop", *DOWN, outage=OUTAGE))
        ledger.write(batch(LINK, Span(BEGAN + 200, BEGAN + 300, State.DOWN), outage=still))
        assert ledger.outages_since(BEGAN + 60) == [("pop", OUTAGE), (LINK, still)]
        assert ledger.outages_since(BEGAN + 61) == [(LINK, still)]


def test_the_last_poll_and_the_last_good_path_replace_those_before(path: FilePath) -> None:
    first, second = Batch(), Batch()
    first.polls[LINK] = DevicePoll(BEGAN + 1.0, 10.0, 5, 6)
    first.paths[LINK] = Path(BEGAN + 2.0, ("192.0.2.2", None, "192.0.2.9"), is_whole=True)
    second.polls[LINK] = DevicePoll(BEGAN + 31.0, 10.0, 50, 60)
    with Ledger.create(path) as ledger:
        ledger.write(first)
        ledger.write(second)
        assert ledger.last_polls() == {LINK: DevicePoll(BEGAN + 31.0, 10.0, 0, 0)}
        assert ledger.paths() == first.paths


def test_means_fill_their_days_over_writes_and_restarts(path: FilePath) -> None:
    day = BEGAN - BEGAN % DAY_SECONDS
    means = [
        Mean(day + start, float(start), 1.0) for start in (0, 300, DAY_SECONDS - 300, DAY_SECONDS, 2 * DAY_SECONDS)
    ]
    for some in (means[:2], means[2:4], means[4:]):
        with Ledger.create(path) as ledger:
            made = Batch()
            for mean in some:
                made.add_mean(LINK, mean)
            ledger.write(made)
    with Ledger.existing(path) as ledger:
        assert ledger.bandwidth(LINK, day, day + 3 * DAY_SECONDS) == tuple(means)
        assert ledger.bandwidth(LINK, day + 1, day + DAY_SECONDS) == tuple(means[1:3])
        assert ledger.bandwidth(LINK, day + DAY_SECONDS - 100, day + DAY_SECONDS + 1) == (means[3],)
        assert ledger.bandwidth("setda/primary", day, day + 3 * DAY_SECONDS) == ()


def test_what_waits_for_the_ledger_is_written_with_what_came_since(path: FilePath) -> None:
    older, newer = with_verdicts(verdict()), with_verdicts(verdict(Cause.POWER, BEGAN + 1000))
    for made, at in ((older, 0), (newer, 300)):
        made.add(LINK, (), Outage(BEGAN + at * 10 // 3, BEGAN + 10 + at * 10 // 3, BEGAN + 60 + at * 10 // 3))
        made.add_mean(LINK, Mean(BEGAN + at, 1.0, 2.0))
        made.polls[LINK] = DevicePoll(float(BEGAN + at), 1.0, 0, 0)
    older.absorb(newer)
    with Ledger.create(path) as ledger:
        ledger.write(older)
        assert ledger.outages_by_cause(LINK) == {**NO_CAUSE, Cause.LINK: 1, Cause.POWER: 1}
        assert ledger.last_polls()[LINK].at == BEGAN + 300
        assert [mean.start for mean in ledger.bandwidth(LINK, BEGAN, BEGAN + 600)] == [BEGAN, BEGAN + 300]


def test_days_of_means_beyond_the_limit_go_the_oldest_first(caplog: pytest.LogCaptureFixture) -> None:
    made = Batch(limit=20)
    for number in range(3):
        made.add_mean(f"{number}/primary", Mean(BEGAN - BEGAN % 300, 1.0, 1.0))
    assert [target for target, _ in made.means] == ["1/primary", "2/primary"]
    assert "ledger_holds_too_much" in caplog.text


def test_a_cause_of_an_outage_that_was_never_written_is_not_written_nor_counted(path: FilePath) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch(LINK, Span(BEGAN, BEGAN + 60, State.DOWN), outage=Outage(BEGAN, BEGAN + 10)))
        ledger.write(with_verdicts(verdict(), verdict(started_at=BEGAN + 1000)))
        assert ledger.outages_by_cause(LINK) == NO_CAUSE
        assert ledger.verify() == []


def test_what_is_known_of_an_outage_stands_beside_it_until_its_cause_is_final(path: FilePath) -> None:
    first, second = Known(DeviceSeen(is_polled=True), 4), Known(DeviceSeen(is_polled=True, good_before=5), 4)
    with Ledger.create(path) as ledger:
        ledger.write(batch(LINK, *DOWN, outage=OUTAGE))
        for known in (first, second):
            made = Batch()
            made.add_case(LINK, BEGAN, known)
            ledger.write(made)
            assert ledger.undecided() == [(LINK, OUTAGE, known)]
            assert ledger.known(LINK, BEGAN) == known
        ledger.write(with_verdicts(verdict()))
        assert ledger.undecided() == []
        assert ledger.known(LINK, BEGAN) is None
        assert ledger._connection.execute("SELECT count(*) FROM open_case").fetchall() == [(0,)]


def test_an_outage_without_a_cause_is_shown_with_what_is_known_so_far(path: FilePath) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch(LINK, *DOWN, outage=Outage(BEGAN, BEGAN + 10)))
        made = Batch()
        made.add_case(
            LINK, BEGAN, Known(DeviceSeen(is_polled=True, good_before=BEGAN - 9), 4, verdict().evidence.trail)
        )
        ledger.write(made)
        shown = list(details(ledger, ZoneInfo("Asia/Jakarta"), f"{LINK}@20260202T024000Z"))
    assert shown[-5:] == [
        "cause: not known before its end",
        "  The device answered well at 2026-02-02 09:39:51 WIB, before the outage.",
        "  It has not answered since.",
        "  Traced at 2026-02-02 09:40:12 WIB: the path ended after 192.0.2.2, hop 2: 192.0.2.2 > *.",
        "  The last good path, at 2026-02-02 09:38:20 WIB: 192.0.2.2 > 192.0.2.9.",
    ]


def test_evidence_that_cannot_be_read_is_told_as_damage(path: FilePath) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch(LINK, *DOWN, outage=OUTAGE))
        ledger.write(with_verdicts(verdict()))
        ledger._connection.execute("UPDATE verdict SET evidence = '{}'")
        with pytest.raises(LedgerError, match="dinkes/primary: the evidence of an outage"):
            ledger.verdict(LINK, BEGAN)


async def test_the_writer_hands_all_of_it_on(path: FilePath) -> None:
    writer = LedgerWriter(Ledger.create(path), SteadyClock())
    writer.add(LINK, DOWN, OUTAGE)
    writer.add_verdict(LINK, verdict())
    writer.add_poll(LINK, DevicePoll(float(BEGAN), 1.0, 0, 0))
    writer.add_path(LINK, Path(float(BEGAN), ("192.0.2.9",), is_whole=True))
    writer.add_mean(LINK, Mean(BEGAN - BEGAN % 300, 1.0, 1.0))
    assert writer.outages_by_cause(LINK) == NO_CAUSE
    await writer.flush()
    assert writer.outages_by_cause(LINK) == {**NO_CAUSE, Cause.LINK: 1}
    await writer.close()
    with Ledger.existing(path) as ledger:
        assert (set(ledger.last_polls()), set(ledger.paths())) == ({LINK}, {LINK})
        assert ledger.verify() == []


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("DELETE FROM outage", "the cause of an outage from 2026-02-02T02:40:00+00:00 that isn't there"),
        (
            "UPDATE outage SET ended_at = NULL",
            "the outage from 2026-02-02T02:40:00+00:00 is open, and has a final cause",
        ),
        ("UPDATE verdict SET evidence = '{}'", "the evidence of 2026-02-02T02:40:00+00:00 can't be read"),
        ("UPDATE bandwidth SET data = x'00'", "the bandwidth of 2026-02-02T00:00:00+00:00 can't be read: 1 bytes"),
    ],
)
def test_what_contradicts_a_cause_is_found(path: FilePath, damage: str, told: str) -> None:
    with Ledger.create(path) as ledger:
        ledger.write(batch(LINK, *DOWN, outage=OUTAGE))
        made = with_verdicts(verdict())
        made.add_mean(LINK, Mean(BEGAN - BEGAN % 300, 1.0, 1.0))
        ledger.write(made)
    with closing(connect(path, "rwc")) as connection:
        connection.execute(damage)
    with Ledger.existing(path) as ledger:
        assert any(told in problem for problem in ledger.verify())
