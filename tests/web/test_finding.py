from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from monitor_fakes import FakeClock, make_inventory, make_link
from months import at

from exporter.amendment import Amendment
from exporter.cause import DeviceSeen, Evidence, Known, Verdict
from exporter.errors import InputError
from exporter.ledger import Batch, Ledger, LedgerWriter
from exporter.model import Cause, Inventory, Node
from exporter.sla import Month
from exporter.timeline import Outage, Span, State
from exporter.web.finding import FoundOutage, Wanted, evidence, find, one, place

INVENTORY = make_inventory(
    make_link(parent="pop"),
    make_link(name="backup", provider="lain"),
    make_link("din"),
    make_link("disdik", provider="lain"),
)
INVENTORY.nodes["pop"] = Node("pop", "POP", "192.0.2.9", provider="lain")
INVENTORY.nodes["core"] = Node("core", "Core", "192.0.2.8")
EARLY, MIDDLE, LATE = at("2026-01-31T23:50"), at("2026-02-10T08:00"), at("2026-03-01T10:00")
DEVICE = DeviceSeen(is_polled=True, good_before=EARLY - 20)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "ledger.sqlite3") as opened:
        yield opened


def broke(ledger: Ledger, target: str, start: int, seconds: int | None = 900, cause: Cause | None = None) -> str:
    """Write an outage, open where it has no length; return its target."""
    batch = Batch()
    end = None if seconds is None else start + seconds
    batch.add(target, [Span(start, end or start + 60, State.DOWN)], Outage(start, start + 10, end))
    if cause is not None:
        batch.add_verdict(target, Verdict(cause, start, Evidence(start, end, DEVICE)))
    ledger.write(batch)
    return target


def said(ledger: Ledger, link: str, start: int, **words: Any) -> Amendment:
    amendment = Amendment(link, start, LATE, "Bidang Telematika", **words)
    ledger.add_amendment(amendment)
    return amendment


def targets(ledger: Ledger, inventory: Inventory = INVENTORY, **wanted: Any) -> list[str]:
    return [found.target for found in find(ledger, inventory, Wanted(**wanted), 1000).outages]


def test_all_outages_are_found_the_latest_first_nodes_among_them(ledger: Ledger) -> None:
    order = [("dinkes/backup", EARLY), ("pop", MIDDLE), ("dinkes/primary", LATE), ("din/primary", LATE)]
    for target, start in order:
        broke(ledger, target, start)
    assert targets(ledger) == ["din/primary", "dinkes/primary", "pop", "dinkes/backup"]


def test_an_offices_are_those_of_its_links_alone(ledger: Ledger) -> None:
    for target in ("dinkes/primary", "din/primary", "dinkes/backup", "pop"):
        broke(ledger, target, EARLY)
    assert targets(ledger, office="dinkes") == ["dinkes/backup", "dinkes/primary"]
    assert targets(ledger, office="din") == ["din/primary"]


def test_an_office_that_the_inventory_holds_no_more_is_found(ledger: Ledger) -> None:
    broke(ledger, "lama/primary", EARLY)
    assert targets(ledger, office="lama") == ["lama/primary"]


def test_a_providers_are_those_of_its_links_and_nodes(ledger: Ledger) -> None:
    for target in ("dinkes/primary", "dinkes/backup", "pop", "core", "disdik/primary"):
        broke(ledger, target, EARLY)
    assert targets(ledger, provider="lain") == ["dinkes/backup", "disdik/primary", "pop"]
    assert targets(ledger, provider="lain", office="dinkes") == ["dinkes/backup"]


def test_a_cause_is_the_one_that_holds_by_the_last_word_else_by_the_evidence(ledger: Ledger) -> None:
    broke(ledger, "dinkes/primary", EARLY, cause=Cause.POWER)
    broke(ledger, "dinkes/backup", EARLY, cause=Cause.POWER)
    broke(ledger, "din/primary", EARLY, cause=Cause.LINK)
    broke(ledger, "disdik/primary", EARLY)
    said(ledger, "dinkes/backup", EARLY, cause=Cause.POWER)
    said(ledger, "dinkes/backup", EARLY, cause=Cause.PROVIDER)
    said(ledger, "dinkes/backup", EARLY, note="tiang roboh")
    said(ledger, "disdik/primary", EARLY, cause=Cause.LINK)
    assert targets(ledger, cause=Cause.POWER) == ["dinkes/primary"]
    assert targets(ledger, cause=Cause.PROVIDER) == ["dinkes/backup"]
    assert targets(ledger, cause=Cause.LINK) == ["din/primary", "disdik/primary"]


def test_a_month_has_the_outages_that_touch_it(ledger: Ledger) -> None:
    broke(ledger, "dinkes/primary", EARLY)
    broke(ledger, "dinkes/backup", MIDDLE)
    broke(ledger, "din/primary", EARLY - 900, 600)
    broke(ledger, "disdik/primary", LATE, None)
    broke(ledger, "setda/primary", at("2026-01-31T23:40"), 1200)
    assert targets(ledger, month=Month(2026, 1)) == ["dinkes/primary", "setda/primary", "din/primary"]
    assert targets(ledger, month=Month(2026, 2)) == ["dinkes/backup", "dinkes/primary"]
    assert targets(ledger, month=Month(2026, 4)) == ["disdik/primary"]


def test_open_ones_are_told_from_those_that_have_ended(ledger: Ledger) -> None:
    broke(ledger, "dinkes/primary", EARLY, None)
    broke(ledger, "dinkes/backup", MIDDLE)
    assert targets(ledger, is_open=True) == ["dinkes/primary"]
    assert targets(ledger, is_open=False) == ["dinkes/backup"]


def test_an_outage_is_given_with_its_seconds_and_all_that_holds_of_it(ledger: Ledger) -> None:
    broke(ledger, "dinkes/primary", EARLY, cause=Cause.POWER)
    word = said(ledger, "dinkes/primary", EARLY, cause=Cause.LINK, excluded="banjir")
    verdict = Verdict(Cause.POWER, EARLY, Evidence(EARLY, EARLY + 900, DEVICE))
    expected = FoundOutage(
        "dinkes/primary", Outage(EARLY, EARLY + 10, EARLY + 900), 900, 0, verdict, Cause.LINK, True, (word,)
    )
    found = find(ledger, INVENTORY, Wanted(), 10).outages
    assert found == (expected,)
    assert one(ledger, "dinkes/primary@20260131T165000Z") == expected
    assert (found[0].id, found[0].word.excluded) == ("dinkes/primary@20260131T165000Z", "banjir")


def test_what_nobody_measured_of_an_outage_is_told(ledger: Ledger) -> None:
    batch = Batch()
    spans = [Span(EARLY, EARLY + 100, State.DOWN), Span(EARLY + 140, EARLY + 200, State.DOWN)]
    batch.add("dinkes/primary", spans, Outage(EARLY, EARLY + 10))
    ledger.write(batch)
    (found,) = find(ledger, INVENTORY, Wanted(), 10).outages
    assert (found.down_seconds, found.unmeasured_seconds, found.cause) == (160, 40, None)


@pytest.mark.parametrize(
    "identifier",
    ["", "x", "dinkes/primary", "dinkes/primary@20260131T165001Z", "dinkes/primary@20269931T165000Z",
     "@20260131T165000Z", "dinkes/backup@20260131T165000Z", "dinkes/primary@20260131T165000Z ", "\0", "é" * 900,
     "a@" + "9" * 99],
)  # fmt: skip
def test_an_id_that_names_none_finds_none(ledger: Ledger, identifier: str) -> None:
    broke(ledger, "dinkes/primary", EARLY)
    assert one(ledger, identifier) is None


def test_what_is_known_so_far_shows_until_the_cause_is_final(ledger: Ledger) -> None:
    broke(ledger, "dinkes/primary", EARLY)
    broke(ledger, "pop", EARLY)
    link, node = (one(ledger, f"{target}@20260131T165000Z") for target in ("dinkes/primary", "pop"))
    assert link is not None
    assert node is not None
    assert (evidence(ledger, link), evidence(ledger, node)) == (None, None)
    batch = Batch()
    batch.add_case("dinkes/primary", EARLY, Known(DEVICE, 3))
    ledger.write(batch)
    assert evidence(ledger, link) == Evidence(EARLY, EARLY + 900, DEVICE)
    final = Evidence(EARLY, EARLY + 900, replace(DEVICE, boot_at=EARLY + 890))
    batch = Batch()
    batch.add_verdict("dinkes/primary", Verdict(Cause.POWER, EARLY + 950, final))
    ledger.write(batch)
    assert evidence(ledger, link) == final


async def lived(path: Path, *steps: tuple[Span, Outage | None]) -> None:
    """Let a monitor live on a ledger: settle steps, and end in order."""
    writer = LedgerWriter(Ledger.create(path), FakeClock())
    for span, outage in steps:
        writer.add("dinkes/primary", [span], outage)
    await writer.close()


async def test_an_outage_that_is_open_over_a_restart_is_one_with_one_id(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite3"
    opened = Outage(EARLY, EARLY + 10)
    await lived(path, (Span(EARLY - 60, EARLY, State.UP), None), (Span(EARLY, EARLY + 100, State.DOWN), opened))
    with Ledger.existing(path) as ledger:
        (before,) = find(ledger, INVENTORY, Wanted(is_open=True), 10).outages
    again, ended = EARLY + 400, EARLY + 500
    await lived(
        path,
        (Span(again, ended, State.DOWN), replace(opened, ended_at=ended)),
        (Span(ended, ended + 60, State.UP), None),
    )
    with Ledger.existing(path) as ledger:
        (after,) = find(ledger, INVENTORY, Wanted(), 10).outages
        assert one(ledger, before.id) == after
    assert after.id == before.id
    assert (after.outage.ended_at, after.down_seconds, after.unmeasured_seconds) == (ended, 200, 300)


def pages(ledger: Ledger, limit: int, wanted: Wanted = Wanted()) -> list[list[str]]:  # noqa: B008 -- it is frozen
    found, after = [], None
    while True:
        page = find(ledger, INVENTORY, wanted, limit, after)
        found.append([of.id for of in page.outages])
        if (after := page.after) is None:
            return found


def test_pages_hold_each_outage_once_and_end(ledger: Ledger) -> None:
    for number in range(5):
        for target in ("dinkes/primary", "dinkes/backup", "pop"):
            broke(ledger, target, EARLY + number * 1_000)
    whole = [found.id for found in find(ledger, INVENTORY, Wanted(), 1000).outages]
    for limit in (1, 2, 4, 15, 16):
        split = pages(ledger, limit)
        assert [identifier for page in split for identifier in page] == whole
        assert {len(page) for page in split[:-1]} <= {limit}
        assert split[-1]


def test_new_outages_do_not_move_the_place_of_a_page(ledger: Ledger) -> None:
    for number in range(6):
        broke(ledger, "dinkes/primary", EARLY + number * 1_000)
    first = find(ledger, INVENTORY, Wanted(), 2)
    expected = find(ledger, INVENTORY, Wanted(), 2, first.after)
    broke(ledger, "din/primary", LATE)
    broke(ledger, "disdik/primary", EARLY + 5_000)
    assert find(ledger, INVENTORY, Wanted(), 2, first.after) == expected


@pytest.mark.parametrize(
    "after",
    ["", "x", "é", "\0", "====", "AAAA", "a" * 900, base64.urlsafe_b64encode(b"9" * 40 + b" a/b").decode(),
     base64.urlsafe_b64encode(b"12 a b").decode(), base64.urlsafe_b64encode(b"-1 a/b").decode()],
)  # fmt: skip
def test_a_place_that_is_none_is_refused_in_words(ledger: Ledger, after: str) -> None:
    with pytest.raises(InputError, match="is no place in the list of outages; begin without it"):
        find(ledger, INVENTORY, Wanted(), 2, after)


def test_a_place_is_a_beginning_and_a_target(ledger: Ledger) -> None:
    for start in (EARLY, MIDDLE):
        broke(ledger, "dinkes/primary", start)
    after = find(ledger, INVENTORY, Wanted(), 1).after
    assert after is not None
    assert place(after) == (MIDDLE, "dinkes/primary")


OUTAGES = st.lists(
    st.tuples(
        st.sampled_from(["dinkes/primary", "dinkes/backup", "din/primary", "pop", "core"]),
        st.integers(0, 40),
        st.none() | st.sampled_from(Cause),
        st.none() | st.sampled_from(Cause),
    ),
    max_size=12,
    unique_by=lambda outage: outage[:2],
)
WANTED = st.builds(
    Wanted,
    office=st.none() | st.sampled_from(["dinkes", "din", "disdik"]),
    provider=st.none() | st.sampled_from(["isp", "lain"]),
    cause=st.none() | st.sampled_from(Cause),
    month=st.none() | st.sampled_from([Month(2026, 1), Month(2026, 2)]),
    is_open=st.none() | st.booleans(),
)


@settings(max_examples=40, deadline=None)
@given(OUTAGES, WANTED, st.integers(1, 5))
def test_whatever_is_wanted_is_what_a_look_at_each_outage_says(
    tmp_path_factory: pytest.TempPathFactory,
    made: Sequence[tuple[str, int, Cause | None, Cause | None]],
    wanted: Wanted,
    limit: int,
) -> None:
    with Ledger.create(tmp_path_factory.mktemp("found") / "ledger.sqlite3") as ledger:
        for target, number, cause, confirmed in sorted(made, key=lambda of: of[1]):
            start = EARLY + number * 100
            broke(ledger, target, start, 60, cause if "/" in target else None)
            if confirmed is not None:
                said(ledger, target, start, cause=confirmed)
        whole = find(ledger, INVENTORY, Wanted(), 1000).outages
        expected = [found.id for found in whole if is_wanted(found, wanted)]
        assert [identifier for page in pages(ledger, limit, wanted) for identifier in page] == expected


def is_wanted(found: FoundOutage, wanted: Wanted) -> bool:
    providers = {link.id: link.provider for link in INVENTORY.links()} | {"pop": "lain", "core": None}
    start, end = (0, 2**40) if wanted.month is None else wanted.month.period(INVENTORY.organisation.timezone)
    assert found.outage.ended_at is not None
    return (
        (wanted.office is None or found.target.startswith(f"{wanted.office}/"))
        and (wanted.provider is None or providers[found.target] == wanted.provider)
        and (wanted.cause is None or found.cause is wanted.cause)
        and start <= found.outage.ended_at
        and found.outage.started_at < end
        and wanted.is_open is not True
    )
