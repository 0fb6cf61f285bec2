"""What befalls an office's power or its routers, as echoes see it."""

from __future__ import annotations

from ipaddress import ip_address

import pytest
from lab_district import parsed

from exporter.errors import InputError
from exporter.lab import conditions
from exporter.lab.conditions import Condition, Kind
from exporter.lab.fate import LOST, Answered, Fate, Fates, Unreachable
from exporter.lab.lies import Lie
from exporter.lab.topology import Topology

DINKES, SETDA, BACKUP = "198.18.40.1", "198.18.42.1", "198.18.43.1"


def fates() -> Fates:
    return Fates(Topology(parsed()))


def fate(of: Fates, address: str) -> Fate:
    return of.of(ip_address(address).packed, 64, 0.0)


def test_without_power_an_office_is_silent_on_all_of_its_links_until_it_is_back() -> None:
    of = fates()
    of.set("dinkes", conditions.PowerOff(), 0.0)
    assert fate(of, DINKES) == LOST
    assert of.closed
    of.clear("dinkes", Kind.POWER_OFF)
    assert isinstance(fate(of, DINKES), Answered)
    assert not of.closed


@pytest.mark.parametrize("condition", [conditions.Reboot(), conditions.Renumber(), conditions.Wrap()])
def test_what_befalls_a_router_at_once_costs_no_echo_and_leaves_nothing_to_clear(condition: Condition) -> None:
    of = fates()
    of.set("dinkes/primary", condition, 0.0)
    assert isinstance(fate(of, DINKES), Answered)
    kind = conditions.kind_of(condition)
    with pytest.raises(InputError, match=f"^dinkes/primary has no condition '{kind.value}' to clear$"):
        of.clear("dinkes/primary", kind)


@pytest.mark.parametrize("condition", [conditions.Mute(), conditions.Lies((Lie.GBK,))])
def test_a_router_that_is_mute_or_lies_answers_echoes_as_ever(condition: Condition) -> None:
    of = fates()
    of.set("dinkes/primary", condition, 0.0)
    assert fate(of, DINKES) == fate(fates(), DINKES)
    of.clear("dinkes/primary", conditions.kind_of(condition))


def test_without_power_every_link_of_the_office_is_silent_and_no_other() -> None:
    of = fates()
    of.set("setda", conditions.PowerOff(), 0.0)
    assert [str(address) for address in sorted(of.closed)] == [SETDA, BACKUP]
    assert isinstance(fate(of, DINKES), Answered)


def test_the_router_above_may_say_that_an_office_without_power_cannot_be_reached() -> None:
    of = fates()
    of.set("dinkes", conditions.Unreachable(), 0.0)
    of.set("dinkes", conditions.PowerOff(), 0.0)
    assert isinstance(fate(of, DINKES), Unreachable)
    of.clear("dinkes", Kind.UNREACHABLE)
    assert fate(of, DINKES) == LOST
