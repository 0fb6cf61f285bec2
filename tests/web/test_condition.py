from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from metrics_snapshots import make_snapshot
from web_statuses import NOW, link_status

from exporter import office
from exporter.model import Office
from exporter.snapshot import LinkStatus, OfficeStatus
from exporter.timeline import Outage, State
from exporter.web.condition import Condition, is_in_force, link_since, of_link, of_office, since, standings

UP, DEGRADED, DOWN, UNMEASURED = State.UP, State.DEGRADED, State.DOWN, State.UNMEASURED


def link(state: State, *, in_maintenance: bool = False, is_open: bool | None = None) -> LinkStatus:
    """Return a link; its outage is open while it is down, or as said."""
    open_ = state is State.DOWN if is_open is None else is_open
    return link_status(state=state, since=NOW if open_ else None, in_maintenance=in_maintenance)


def worked_on(state: State) -> LinkStatus:
    return link(state, in_maintenance=True)


LOST_FROM_SIGHT = link(UNMEASURED, is_open=True)


def shown(*links: LinkStatus, was_open: bool = False) -> Condition:
    """Return the condition of an office with some links, as the monitor judges it."""
    states = [of.state for of in links]
    is_open = any(of.outage_is_open for of in links) and office.outage_is_open(states, was_open=was_open)
    item = Office("dinkes", "Dinas Kesehatan", "Ciruas", tuple(of.link for of in links))
    return of_office(OfficeStatus(item, office.state(states), is_open, Fraction(1)), links)


@pytest.mark.parametrize(
    ("status", "condition"),
    [
        (link(UP), Condition.UP),
        (link(DEGRADED), Condition.DEGRADED),
        (link(DOWN), Condition.DOWN),
        (link(UNMEASURED), Condition.UNMEASURED),
        (LOST_FROM_SIGHT, Condition.DOWN),
        (worked_on(UP), Condition.MAINTENANCE),
        (worked_on(DOWN), Condition.MAINTENANCE),
        (worked_on(UNMEASURED), Condition.MAINTENANCE),
    ],
)
def test_a_link_is_shown_by_its_work_then_its_outage_then_its_state(status: LinkStatus, condition: Condition) -> None:
    assert of_link(status) is condition


@pytest.mark.parametrize(
    ("links", "condition"),
    [
        ((), Condition.UNMEASURED),
        ((link(UP),), Condition.UP),
        ((link(UP), link(UNMEASURED)), Condition.UP),
        ((link(UP), link(DEGRADED)), Condition.DEGRADED),
        ((link(DEGRADED), link(DOWN)), Condition.PARTLY),
        ((link(UP), LOST_FROM_SIGHT), Condition.PARTLY),
        ((link(DOWN), link(DOWN)), Condition.DOWN),
        ((link(DOWN), link(UNMEASURED)), Condition.DOWN),
        ((link(UNMEASURED), link(UNMEASURED)), Condition.UNMEASURED),
    ],
)
def test_an_office_is_shown_by_whether_it_is_connected_and_by_the_worst_of_its_links(
    links: tuple[LinkStatus, ...], condition: Condition
) -> None:
    assert shown(*links) is condition


@pytest.mark.parametrize(
    ("links", "condition"),
    [
        ((worked_on(DOWN),), Condition.MAINTENANCE),
        ((worked_on(DOWN), worked_on(UP)), Condition.MAINTENANCE),
        ((worked_on(DOWN), link(UP)), Condition.UP),
        ((worked_on(UP), link(DEGRADED)), Condition.DEGRADED),
        ((worked_on(UP), link(DOWN)), Condition.PARTLY),
        ((worked_on(DOWN), link(DOWN)), Condition.DOWN),
        ((worked_on(UNMEASURED), link(DOWN)), Condition.DOWN),
        ((worked_on(DOWN), link(UNMEASURED)), Condition.MAINTENANCE),
        ((worked_on(UNMEASURED), link(UNMEASURED)), Condition.UNMEASURED),
    ],
)
def test_announced_work_hides_what_it_explains_of_an_office_and_no_more(
    links: tuple[LinkStatus, ...], condition: Condition
) -> None:
    assert shown(*links) is condition


def test_an_outage_that_was_open_stays_down_while_nobody_can_see_the_office() -> None:
    assert shown(LOST_FROM_SIGHT, link(UNMEASURED), was_open=True) is Condition.DOWN
    assert shown(LOST_FROM_SIGHT, link(UNMEASURED), was_open=False) is Condition.UNMEASURED


LINKS = st.builds(link, st.sampled_from(State), in_maintenance=st.booleans())


@given(st.lists(LINKS, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_the_order_of_an_offices_links_changes_nothing(links: list[LinkStatus], random: object) -> None:
    mixed = list(links)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert shown(*links) is shown(*mixed)


@given(LINKS)
def test_an_office_of_one_link_is_shown_as_its_link(only: LinkStatus) -> None:
    assert shown(only) is of_link(only)


EARLY, LATE = NOW - 60_000, NOW - 300


def changed(state: State, at: int | None, **more: object) -> LinkStatus:
    """Return a link that came to its state at an instant; its outage is open where it is down."""
    found = replace(link(state), state_since=at, **more)  # type: ignore[arg-type]
    return replace(found, outage=Outage(at, at + 10)) if state is DOWN and at is not None else found


def back(at: int) -> LinkStatus:
    """Return a link that came back from an outage."""
    return changed(UP, at, outage=Outage(at - 900, at - 890, at))


@pytest.mark.parametrize(
    ("condition", "links", "told"),
    [
        (Condition.UP, [changed(UP, EARLY)], EARLY),
        (Condition.UP, [changed(UP, EARLY), back(LATE)], LATE),
        (Condition.UP, [changed(UP, EARLY), changed(UNMEASURED, LATE)], EARLY),
        (Condition.UP, [changed(UP, None)], None),
        (Condition.DOWN, [changed(DOWN, EARLY), changed(DOWN, LATE)], LATE),
        (Condition.DOWN, [changed(DOWN, EARLY), changed(UNMEASURED, LATE)], LATE),
        (Condition.DOWN, [changed(DOWN, EARLY), changed(UNMEASURED, None)], EARLY),
        (Condition.PARTLY, [changed(DOWN, LATE), changed(UP, EARLY)], LATE),
        (Condition.PARTLY, [changed(DOWN, EARLY), back(LATE)], LATE),
        (Condition.PARTLY, [changed(DOWN, EARLY), changed(DOWN, LATE), changed(UP, EARLY - 9)], EARLY),
        (Condition.DEGRADED, [changed(DEGRADED, LATE), changed(DEGRADED, EARLY)], EARLY),
        (Condition.DEGRADED, [changed(DEGRADED, EARLY), back(LATE)], LATE),
        (Condition.UNMEASURED, [changed(UNMEASURED, EARLY), changed(UNMEASURED, LATE)], LATE),
        (Condition.UNMEASURED, [], None),
        (Condition.MAINTENANCE, [changed(UP, EARLY, in_maintenance=True)], None),
    ],
)
def test_an_office_is_as_it_is_since_its_links_made_it_so(
    condition: Condition, links: list[LinkStatus], told: int | None
) -> None:
    assert since(condition, links) == told
    assert since(condition, links[::-1]) == told


def test_a_link_in_announced_work_says_no_time_since_its_state_leaves_the_work_aside() -> None:
    assert link_since(changed(DOWN, EARLY, in_maintenance=True)) is None
    assert link_since(replace(changed(DOWN, EARLY), state=UNMEASURED, state_since=LATE)) == EARLY


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "told"),
    [
        (None, None, True),
        (date(2026, 2, 2), date(2026, 2, 2), True),
        (date(2026, 2, 3), None, False),
        (None, date(2026, 2, 1), False),
    ],
)
def test_a_contract_is_in_force_on_both_its_days(valid_from: date | None, valid_to: date | None, told: bool) -> None:  # noqa: FBT001
    assert is_in_force(replace(link(UP).link, valid_from=valid_from, valid_to=valid_to), date(2026, 2, 2)) is told


def test_a_link_whose_contract_is_over_makes_no_office_unmeasured() -> None:
    moment = make_snapshot()
    over = replace(moment.links[0].link, name="lama", valid_to=date(2026, 1, 31))
    gone = replace(moment.links[0], link=over, state=UNMEASURED)
    assert [of.condition for of in standings(replace(moment, links=(*moment.links, gone)))] == [Condition.UP]
    offices = (replace(moment.offices[0], state=UNMEASURED),)
    assert [of.condition for of in standings(replace(moment, links=(gone,), offices=offices))] == [Condition.UNMEASURED]
