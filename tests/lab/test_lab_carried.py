"""What a poller can know by a router's answers is what was carried, but for what the lab calls forgotten."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lab_district import ENVIRONMENT, SYS_UPTIME, TEXT, Oid, parsed

from exporter.lab import conditions, mib
from exporter.lab.conditions import Condition, Kind
from exporter.lab.routers import Routers

ADDRESS, LINK = "198.18.40.1", "dinkes/primary"
CONDITIONS: dict[str, Condition] = {
    "reboot": conditions.Reboot(),
    "renumber": conditions.Renumber(),
    "wrap": conditions.Wrap(),
    "cut": conditions.Cut(),
    "power_off": conditions.PowerOff(),
    "full": conditions.Full(1.1, 0.4),
}
deeds = st.one_of(
    st.sampled_from([*CONDITIONS, "poll"]),
    st.floats(1, 400).map(lambda seconds: round(seconds, 2)),
)


@dataclass
class Poller:
    """Adds up what the counters show, as one may who sees when they are others."""

    routers: Routers
    total: int = 0
    last: tuple[int, int, int] | None = None
    first: dict[str, int] = field(default_factory=dict)

    def poll(self, at_seconds: float, now: float) -> None:
        router = self.routers.at(ADDRESS)
        if router is None:
            return
        index = router.interfaces[1].index

        def ask(*oid: int) -> int:
            shown = router.table.at(oid, at_seconds).shown
            if shown.told is not None:
                shown.told.octets.tell(shown.told.carried, now)
            assert isinstance(shown.content, int)
            return shown.content

        boots, jumped = ask(*mib.ENGINE_BOOTS), ask(*mib.IF_COUNTER_DISCONTINUITY_TIME, index)
        octets = ask(*mib.IF_HC_IN_OCTETS, index)
        if self.last is None:
            told = self.routers.carried(LINK)
            self.first = {name: told[name] for name in ("receive_bytes", "forgotten_receive_bytes")}
        elif boots == self.last[0] and jumped == self.last[1]:
            self.total += (octets - self.last[2]) % 2**64
        elif boots != self.last[0] and jumped == 0:
            self.total += octets
        self.last = boots, jumped, octets


@given(st.lists(deeds, max_size=40), st.integers(0, 50))
def test_what_a_poller_adds_up_is_what_was_carried_but_for_what_is_forgotten(
    turns: list[str | float], seed: int
) -> None:
    now = 0.0
    routers = Routers(parsed(TEXT), ENVIRONMENT, seed, lambda: now)
    poller = Poller(routers)
    poller.poll(now, now)
    for turn in turns:
        if isinstance(turn, float):
            now += turn
        elif turn == "poll":
            poller.poll(now, now)
        elif isinstance(CONDITIONS[turn], conditions.Moment) or not holds(routers, turn):
            routers.set(LINK, CONDITIONS[turn], now)
        else:
            routers.clear(LINK, Kind(turn))
        now += 1.0
    if holds(routers, "power_off"):
        routers.clear(LINK, Kind.POWER_OFF)
    now += 30.0
    poller.poll(now, now)
    told = routers.carried(LINK)
    assert told["at_last_answer"]["receive_bytes"] == told["receive_bytes"]
    forgotten = told["forgotten_receive_bytes"] - poller.first["forgotten_receive_bytes"]
    assert poller.total == told["receive_bytes"] - poller.first["receive_bytes"] - forgotten


def holds(routers: Routers, kind: str) -> bool:
    return Kind(kind) in routers._standing[LINK]


@pytest.mark.parametrize("seed", range(5))
def test_an_uninterrupted_link_forgets_nothing_and_its_office_gets_what_the_contract_allows(seed: int) -> None:
    now = 0.0
    routers = Routers(parsed(TEXT), ENVIRONMENT, seed, lambda: now)
    now = 3600.0
    told = routers.carried(LINK)
    assert told["forgotten_receive_bytes"] == told["forgotten_transmit_bytes"] == 0
    assert 0.05 < told["receive_bytes"] / (100e6 / 8 * now) < 0.85
    assert 0.05 < told["transmit_bytes"] / (20e6 / 8 * now) < 0.85


def test_the_uptime_of_a_router_that_has_jumped_at_once_is_not_taken_for_none() -> None:
    routers = Routers(parsed(TEXT), ENVIRONMENT, 0, lambda: 0.0)
    for kind in ("reboot", "wrap"):
        routers.set(LINK, CONDITIONS[kind], 0.0)
    router = routers.at(ADDRESS)
    assert router is not None
    jumped: Oid = (*mib.IF_COUNTER_DISCONTINUITY_TIME, router.interfaces[1].index)
    assert [router.table.at(oid, 0.0).shown.content for oid in (SYS_UPTIME, jumped)] == [0, 1]
