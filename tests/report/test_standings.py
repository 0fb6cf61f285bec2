"""The running month as gauges: at each settled second what a report of that second says."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from monitor_fakes import make_inventory, make_link
from months import at

from exporter.amendment import Amendment
from exporter.cause import DeviceSeen, Evidence, Verdict
from exporter.ledger import Batch, Ledger
from exporter.maintenance import Window
from exporter.model import (
    Cause,
    Contract,
    Credit,
    CreditFormula,
    CreditTier,
    Inventory,
    Maintenance,
    Provider,
)
from exporter.report import Standings, summarise
from exporter.sla import Month
from exporter.snapshot import Standing
from exporter.timeline import Outage, Span, State

START = at("2026-02-01T00:00")
FORMULAS = [Credit(formula, min_outage_seconds=60) for formula in CreditFormula]
TIERS = Credit(tiers=(CreditTier(Fraction(995, 1000), Fraction(5, 100)), CreditTier(Fraction(1, 2), Fraction(1, 4))))


def district(rule: Credit, *, exclude_unconfirmed: bool = False) -> Inventory:
    isp = Provider("isp", "PT", None, Fraction(995, 1000), rule, (Cause.POWER,), exclude_unconfirmed)
    changed = (
        Contract(availability=Fraction(99, 100), monthly_fee=3_000_000),
        Contract(starts_on=date(2026, 2, 2), monthly_fee=4_000_000),
    )
    links = (
        make_link(contracts=changed),
        make_link(name="backup", contracts=(Contract(monthly_fee=1_000_000),), valid_from=date(2026, 2, 2)),
        make_link("disdik", contracts=(Contract(monthly_fee=2_000_000),), valid_to=date(2026, 2, 2)),
    )
    window = Maintenance(
        datetime.fromtimestamp(START + 86_400 + 300, UTC),
        datetime.fromtimestamp(START + 86_400 + 900, UTC),
        ("isp",),
        "r",
    )
    return make_inventory(*links, provider=isp, maintenance=(window,))


@dataclass
class Tape:
    """One link's random course, told to the ledger in steps; what is open is told as open."""

    link: str
    random: random.Random
    position: int
    end: int
    longest: int = 200
    held: list[tuple[int, State]] = field(default_factory=list)
    outage: Outage | None = None

    def advance(self, until: int, batch: Batch) -> None:
        """Settle up to an instant: spans, and the outages that begin or end."""
        while self.position < min(until, self.end):
            if not self.held:
                state = self.random.choice([State.UP, State.UP, State.DEGRADED, State.DOWN, State.UNMEASURED])
                self.held.append((self.random.randint(1, self.longest), state))
            length, state = self.held.pop()
            stop = min(self.position + length, until, self.end)
            if stop < self.position + length:
                self.held.append((self.position + length - stop, state))
            batch.add(self.link, [Span(self.position, stop, state)], self._turned(state))
            self.position = stop

    def _turned(self, state: State) -> Outage | None:
        if state is State.DOWN and self.outage is None:
            self.outage = Outage(self.position, self.position + 1)
            return self.outage
        if state in {State.UP, State.DEGRADED} and self.outage is not None:
            ended, self.outage = replace(self.outage, ended_at=self.position), None
            return ended
        return None


def expected(ledger: Ledger, inventory: Inventory, month: Month) -> tuple[dict[str, Standing], dict[str, object]]:
    """What a report of this moment says."""
    summary = summarise([ledger], inventory, month)
    links = {
        of.link.id: Standing(
            of.figures.availability,
            of.budget_remaining_seconds,
            None if of.credit is None else of.credit.amount,
            None,
            None if of.budget_remaining_seconds is None else of.budget_remaining_seconds + of.figures.down,
        )
        for of in summary.links
    }
    return links, {of.office.code: of.figures.availability for of in summary.offices}


def said(standings: Standings, ledger: Ledger, inventory: Inventory) -> tuple[dict[str, Standing], dict[str, object]]:
    so_far = standings.refresh(ledger, inventory)
    return {link: replace(of, last_month=None) for link, of in so_far.links.items()}, dict(so_far.offices)


def tapes(seed: int, begin: int, longest: int) -> list[Tape]:
    chance = random.Random(seed)
    return [
        Tape("dinkes/primary", chance, begin, START + 5 * 86_400, longest),
        Tape("dinkes/backup", chance, max(begin, START + 86_400), START + 5 * 86_400, longest),
        Tape("disdik/primary", chance, begin, START + 2 * 86_400, longest),
    ]


def test_the_gauges_are_the_reports_figures_second_by_second(tmp_path: Path) -> None:
    begin = START + 86_400 - 200  # over the change of contract, and where the second link's validity begins
    inventory, standings, played = district(FORMULAS[0]), Standings(), tapes(7, begin, 120)
    with Ledger.create(tmp_path / "ledger.sqlite3") as ledger:
        ledger.record_windows(inventory.maintenance, begin)
        for second in range(begin + 1, begin + 700):
            batch = Batch()
            for tape in played:
                tape.advance(second - (tape.link == "dinkes/backup"), batch)
            ledger.write(batch)
            assert said(standings, ledger, inventory) == expected(ledger, inventory, Month(2026, 2)), second


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([*FORMULAS, TIERS]), st.booleans())
def test_whatever_comes_between_the_gauges_are_the_reports_figures(
    seed: int,
    rule: Credit,
    unconfirmed: bool,  # noqa: FBT001
) -> None:
    chance = random.Random(seed)
    begin = START - chance.choice([0, 3_000])
    inventory, standings = district(rule, exclude_unconfirmed=unconfirmed), Standings()
    played, position = tapes(seed, begin, 9_000), begin
    with tempfile.TemporaryDirectory() as folder, Ledger.create(Path(folder) / "ledger.sqlite3") as ledger:
        ledger.record_windows(inventory.maintenance, begin)
        while position < START + 3 * 86_400:
            batch = Batch()
            position += chance.choice([1, 60, 600, 7_200, 40_000])
            for tape in played:
                tape.advance(position - chance.choice([0, 0, 50]), batch)
            ledger.write(batch)
            interfere(ledger, chance, position)
            if position > START + 50:
                assert said(standings, ledger, inventory) == expected(ledger, inventory, Month(2026, 2))


def interfere(ledger: Ledger, chance: random.Random, now: int) -> None:
    """Let causes be decided, persons amend outages, and windows come and be ended."""
    for link, outage, _ in ledger.undecided():
        if outage.ended_at is not None and chance.random() < 0.5:
            batch = Batch()
            seen = Evidence(outage.started_at, outage.ended_at, DeviceSeen(is_polled=False))
            batch.add_verdict(link, Verdict(chance.choice([Cause.POWER, Cause.LINK]), now, seen))
            ledger.write(batch)
    if chance.random() < 0.2:
        link, outage = chance.choice(ledger.all_outages(5) or ((None, None),))
        if link is not None and outage is not None:
            word = chance.choice([{"excluded": "banjir"}, {"charged": "keliru"}, {"cause": Cause.POWER}])
            ledger.add_amendment(Amendment(link, outage.started_at, now, "Bidang", **word))  # type: ignore[arg-type]
    if chance.random() < 0.2:
        start = now + chance.choice([-100, 100])
        window = Window(("dinkes",), start, start + 900, "kerja", first_seen_at=now, added_by="Bidang")
        if (window.starts_at, window.ends_at) not in {(of.starts_at, of.ends_at) for of in ledger.windows()}:
            added = ledger.add_window(window)
            if chance.random() < 0.5:
                ledger.cut_window(added.number, now, "Bidang")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.create(tmp_path / "ledger.sqlite3") as made:
        yield made


def test_last_months_availability_is_the_reports(ledger: Ledger) -> None:
    inventory, batch = district(TIERS), Batch()
    for tape in tapes(3, START - 40_000, 2_000):
        tape.advance(START + 10_000, batch)
    ledger.write(batch)
    january = {of.link.id: of.figures.availability for of in summarise([ledger], inventory, Month(2026, 1)).links}
    found = {link: of.last_month for link, of in Standings().refresh(ledger, inventory).links.items()}
    assert found == {**january, "dinkes/backup": None}  # it began in February


def test_a_new_month_begins_with_its_first_settled_second(ledger: Ledger) -> None:
    inventory, standings = district(TIERS), Standings()
    batch = Batch()
    batch.add("dinkes/primary", [Span(START - 500, START, State.DOWN)], Outage(START - 500, START - 490))
    ledger.write(batch)
    assert standings.refresh(ledger, inventory).links["dinkes/primary"].availability == 0
    more = Batch()
    more.add("dinkes/primary", [Span(START, START + 10, State.UP)], Outage(START - 500, START - 490, START))
    ledger.write(more)
    link = standings.refresh(ledger, inventory).links["dinkes/primary"]
    assert (link.availability, link.last_month, link.credit_rupiah) == (1, 0, 0)
