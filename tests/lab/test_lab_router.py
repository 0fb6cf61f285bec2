from __future__ import annotations

import pytest
from lab_district import ENVIRONMENT, IF_IN, IF_OUT, SYS_UPTIME, TEXT, Oid, parsed

from exporter.errors import InputError
from exporter.lab import conditions, mib
from exporter.lab.conditions import Condition, Kind
from exporter.lab.lies import Lie
from exporter.lab.mib import Shown
from exporter.lab.router import Router
from exporter.lab.routers import Routers

DINKES, DISDIK, SETDA = "198.18.40.1", "198.18.41.1", "198.18.42.1"
DOWNLOAD_BYTES = 100_000_000 / 8  # a second, of dinkes/primary and of disdik/primary
NEAR_WRAP = 1.5 * 30  # of the interval at which the small district is polled


class Lab:
    """Routers on a clock that the test moves, which stands at 500 when they start."""

    def __init__(self, text: str = TEXT, seed: int = 0) -> None:
        self.now = 0.0
        self.routers = Routers(parsed(text), ENVIRONMENT, seed, lambda: 500.0 + self.now)

    def at(self, address: str) -> Router:
        router = self.routers.at(address)
        assert router is not None
        return router

    def set(self, what: str, condition: Condition) -> None:
        self.routers.set(what, condition, 500.0 + self.now)

    def wan(self, address: str = DINKES, place: int = 1) -> int:
        return self.at(address).interfaces[place].index

    def shown(self, column: Oid, address: str = DINKES, place: int = 1) -> int | bytes:
        return self.value((*column, self.wan(address, place)), address)

    def value(self, oid: Oid, address: str = DINKES) -> int | bytes:
        return self.at(address).table.at(oid, self.now).shown.content

    def ask(self, address: str = DINKES) -> None:
        """Let somebody be told the WAN's counters."""
        for column in (IF_IN, IF_OUT):
            told = self.at(address).table.at((*column, self.wan(address)), self.now).shown.told
            assert told is not None
            told.octets.tell(told.carried, 1_000.0 + self.now)

    def rate(self, column: Oid = IF_IN, address: str = DINKES) -> float:
        """Let ten seconds go by; return the octets a second that a counter counted."""
        before = self.shown(column, address)
        self.now += 10
        after = self.shown(column, address)
        assert isinstance(before, int)
        assert isinstance(after, int)
        return (after - before) / 10

    def carried(self, link: str = "dinkes/primary") -> dict[str, int]:
        return self.routers.carried(link)


@pytest.fixture
def lab() -> Lab:
    return Lab()


def everything(lab: Lab, address: str = DINKES) -> dict[Oid, Shown]:
    table = lab.at(address).table
    return {oid: table.at(oid, lab.now).shown for oid in table}


def test_the_same_seed_shows_the_same_and_another_seed_other_traffic() -> None:
    first, again, other = ({oid: shown[:2] for oid, shown in everything(Lab(seed=seed)).items()} for seed in (4, 4, 5))
    assert first == again != other


def test_a_table_is_in_the_order_of_oids(lab: Lab) -> None:
    assert list(lab.at(DINKES).table) == sorted(lab.at(DINKES).table)


def test_invert_swaps_the_directions_of_the_interface_and_none_of_what_the_office_received() -> None:
    plain, inverted = Lab(), Lab(TEXT.replace("interface: ether1-wan", "interface: ether1-wan, invert: true"))
    assert (inverted.shown(IF_IN), inverted.shown(IF_OUT)) == (plain.shown(IF_OUT), plain.shown(IF_IN))
    plain.now = inverted.now = 60
    assert inverted.carried()["receive_bytes"] == plain.carried()["receive_bytes"]
    assert plain.shown(IF_IN) != plain.shown(IF_OUT)


@pytest.mark.parametrize("seed", range(20))
def test_no_link_is_on_the_first_index(seed: int) -> None:
    links = [face for router in Lab(seed=seed).routers for face in router.interfaces[1:]]
    assert [face.name for face in links] == [b"ether1-wan", b"ether1", b"ether2", b"wan"]
    assert all(face.index > 1 for face in links)


def test_the_uptime_overflows_as_a_devices_does(lab: Lab) -> None:
    lab.now = 2**32 / 100 + lab.at(DINKES).booted_at + 1.005
    assert lab.value(SYS_UPTIME) == 100


def test_the_narrow_counter_is_the_wide_ones_end(lab: Lab) -> None:
    high, low = lab.shown(mib.IF_HC_IN_OCTETS), lab.shown(mib.IF_IN_OCTETS)
    assert isinstance(high, int)
    assert low == high % 2**32 != high


def test_a_router_whose_secrets_are_unset_knows_nobody() -> None:
    for router in Routers(parsed(TEXT), {}):
        assert (router.communities, router.users) == (set(), {})


def test_links_without_snmp_have_no_router() -> None:
    lab = Lab(TEXT.replace(", snmp: {interface: wan}", ""))
    assert lab.routers.at(DISDIK) is None
    with pytest.raises(
        InputError, match="no router in the lab has a link 'disdik/primary'; name a link that is polled"
    ):
        lab.carried("disdik/primary")


def test_a_boot_begins_the_clocks_and_the_counters_anew(lab: Lab) -> None:
    lab.now = 100
    boots = lab.value(mib.ENGINE_BOOTS)
    assert isinstance(boots, int)
    lab.set("dinkes/primary", conditions.Reboot())
    assert (lab.value(SYS_UPTIME), lab.value(mib.ENGINE_TIME), lab.value(mib.ENGINE_BOOTS)) == (0, 0, boots + 1)
    counters = (IF_IN, IF_OUT, mib.IF_IN_OCTETS, mib.IF_OUT_OCTETS)
    assert [lab.shown(column) for column in counters] == [0, 0, 0, 0]
    lab.now += 10.5
    assert (lab.value(SYS_UPTIME), lab.value(mib.ENGINE_TIME)) == (1050, 10)
    assert lab.shown(IF_IN) != 0


def test_some_boots_give_other_indexes_and_some_do_not() -> None:
    moved = set()
    for seed in range(20):
        lab = Lab(seed=seed)
        before = lab.wan()
        lab.set("dinkes", conditions.Reboot())
        moved.add(lab.wan() != before)
    assert moved == {True, False}


def test_a_boot_of_one_link_is_of_its_router_alone(lab: Lab) -> None:
    lab.now = 100
    lab.set("setda/backup", conditions.Reboot())
    assert (lab.value(SYS_UPTIME, SETDA), lab.shown(IF_IN, SETDA, place=1)) == (0, 0)
    assert lab.value(SYS_UPTIME) != 0


def test_renumbering_moves_every_interface_and_leaves_its_counters_and_the_clock() -> None:
    stolen = set()
    for seed in range(20):
        lab = Lab(seed=seed)
        wan, lan, octets, uptime = lab.wan(), lab.at(DINKES).interfaces[0], lab.shown(IF_IN), lab.value(SYS_UPTIME)
        lab.set("dinkes/primary", conditions.Renumber())
        assert lab.wan() != wan
        assert (lab.shown(IF_IN), lab.value(SYS_UPTIME)) == (octets, uptime)
        assert len({face.index for face in lab.at(DINKES).interfaces}) == 2
        stolen.add(lan.index == wan)
    assert stolen == {True, False}, "sometimes another interface stands where the link's was"


def test_counters_near_their_wrap_jump_there_visibly_and_wrap_between_the_next_two_polls(lab: Lab) -> None:
    assert lab.shown(mib.IF_COUNTER_DISCONTINUITY_TIME) == 0
    lab.now = 100
    lab.set("dinkes/primary", conditions.Wrap())
    assert lab.shown(mib.IF_COUNTER_DISCONTINUITY_TIME) == lab.value(SYS_UPTIME)
    lab.now += NEAR_WRAP - 0.1
    for column, wrap in ((IF_IN, 2**64), (IF_OUT, 2**64), (mib.IF_IN_OCTETS, 2**32), (mib.IF_OUT_OCTETS, 2**32)):
        shown = lab.shown(column)
        assert isinstance(shown, int)
        assert wrap - DOWNLOAD_BYTES < shown < wrap
    lab.now += 0.2
    for column in (IF_IN, IF_OUT, mib.IF_IN_OCTETS, mib.IF_OUT_OCTETS):
        shown = lab.shown(column)
        assert isinstance(shown, int)
        assert shown < DOWNLOAD_BYTES


def test_a_boot_after_a_jump_leaves_no_discontinuity(lab: Lab) -> None:
    lab.set("dinkes/primary", conditions.Wrap())
    lab.now = 5
    lab.set("dinkes/primary", conditions.Reboot())
    assert lab.shown(mib.IF_COUNTER_DISCONTINUITY_TIME) == 0


def test_without_power_a_router_is_gone_and_then_has_just_booted(lab: Lab) -> None:
    lab.now = 100
    router = lab.at(DINKES)
    boots = router.boots
    lab.set("dinkes", conditions.PowerOff())
    lab.set("dinkes", conditions.PowerOff())
    assert lab.routers.at(DINKES) is None
    assert lab.at(DISDIK)
    carried = lab.carried()["receive_bytes"]
    lab.now = 200
    lab.set("dinkes/primary", conditions.Reboot())
    assert (router.boots, lab.carried()["receive_bytes"]) == (boots, carried)
    lab.routers.clear("dinkes", Kind.POWER_OFF)
    assert (lab.value(SYS_UPTIME), lab.value(mib.ENGINE_BOOTS), lab.shown(IF_IN)) == (0, boots + 1, 0)
    assert lab.rate() > 0


@pytest.mark.parametrize(
    ("what", "condition", "is_up"),
    [
        ("disdik/primary", conditions.Cut(), mib.DOWN),
        (DISDIK, conditions.Unreachable(), mib.DOWN),
        ("pop", conditions.Cut(), mib.UP),
        ("isp", conditions.Unreachable(), mib.UP),
        ("pop", conditions.PowerOff(), mib.UP),
    ],
)
def test_while_a_link_can_pass_nothing_its_counters_stand_still_and_its_router_runs(
    what: str, condition: Condition, is_up: int
) -> None:
    lab = Lab(TEXT.replace("address: 198.18.41.1, provider: isp", "address: 198.18.41.1, provider: isp, parent: pop"))
    lab.now = 10
    boots = lab.at(DISDIK).boots
    lab.set(what, condition)
    assert (lab.rate(IF_IN, DISDIK), lab.rate(IF_OUT, DISDIK)) == (0, 0)
    assert lab.shown(mib.IF_OPER_STATUS, DISDIK) == is_up
    local = lab.value((*IF_IN, 1), DISDIK)
    lab.now += 10
    assert lab.value((*IF_IN, 1), DISDIK) != local, "the office's own network goes on"
    lab.routers.clear(what, conditions.kind_of(condition))
    assert lab.rate(IF_IN, DISDIK) > 0
    assert (lab.at(DISDIK).boots, lab.shown(mib.IF_OPER_STATUS, DISDIK)) == (boots, mib.UP)


@pytest.mark.parametrize("what", ["setda/primary", "monitor", "198.19.255.1", "198.18.1.1", "198.18.200.200"])
def test_what_befalls_others_stops_no_traffic(lab: Lab, what: str) -> None:
    lab.set(what, conditions.Cut())
    assert lab.rate() > 0


def test_a_cut_that_holds_twice_is_over_with_the_last(lab: Lab) -> None:
    lab.set("dinkes/primary", conditions.Cut())
    lab.set("pop", conditions.Cut())
    lab.routers.clear("dinkes/primary", Kind.CUT)
    assert lab.rate() == 0
    lab.routers.clear("pop", Kind.CUT)
    assert lab.rate() > 0


def test_a_full_link_receives_the_contracts_whole_rate_and_sends_as_ever() -> None:
    lab, usual = Lab(), Lab()
    lab.set("dinkes/primary", conditions.Full(1.1, 0.4))
    assert lab.rate() == pytest.approx(DOWNLOAD_BYTES)
    usual.now = lab.now
    assert lab.rate(IF_OUT) == usual.rate(IF_OUT)
    lab.routers.clear("dinkes/primary", Kind.FULL)
    assert lab.rate() < 0.9 * DOWNLOAD_BYTES


def test_what_concerns_echoes_alone_changes_nothing() -> None:
    lab, usual = Lab(), Lab()
    lab.set("dinkes/primary", conditions.Loss(0.5))
    lab.set("pop", conditions.Delay(0.1))
    lab.now = usual.now = 60
    assert lab.carried()["receive_bytes"] == usual.carried()["receive_bytes"]


def test_what_was_carried_is_told_whatever_the_counters_show(lab: Lab) -> None:
    start = lab.shown(IF_IN)
    lab.now = 60
    lab.ask()
    at_answer = lab.carried()["receive_bytes"]
    seen = lab.shown(IF_IN)
    assert isinstance(seen, int)
    assert isinstance(start, int)
    assert seen - start == at_answer
    lab.now = 70
    before_boot = lab.carried()["receive_bytes"]
    lab.set("dinkes/primary", conditions.Reboot())
    lab.now = 80
    told = lab.carried()
    assert told["receive_bytes"] == before_boot + int(str(lab.shown(IF_IN)))
    assert told["forgotten_receive_bytes"] == before_boot - at_answer > 0
    assert told["asked_at"] == 1_060.0
    assert told["at_last_answer"] == {"receive_bytes": at_answer, "transmit_bytes": lab_transmit(60)}


def lab_transmit(seconds: float) -> int:
    lab = Lab()
    lab.now = seconds
    return lab.carried()["transmit_bytes"]


def test_before_the_first_answer_nobody_has_asked(lab: Lab) -> None:
    lab.now = 10
    told = lab.carried()
    assert (told["asked_at"], told["forgotten_receive_bytes"]) == (None, 0)
    assert told["at_last_answer"] == {"receive_bytes": None, "transmit_bytes": None}


def test_a_mute_router_runs_on(lab: Lab) -> None:
    lab.set("setda", conditions.Mute())
    assert [router.is_mute for router in lab.routers] == [False, True, False]
    lab.routers.clear("setda", Kind.MUTE)
    assert not any(router.is_mute for router in lab.routers)


def test_lies_are_of_the_links_interface_until_they_are_cleared(lab: Lab) -> None:
    lab.set("setda/backup", conditions.Lies((Lie.SPEED_TEN, Lie.GBK)))
    speeds = [lab.shown(mib.IF_HIGH_SPEED, SETDA, place) for place in (1, 2)]
    assert speeds == [1000, 10]
    lab.set("setda/backup", conditions.Lies((Lie.GBK,)))
    assert lab.shown(mib.IF_HIGH_SPEED, SETDA, 2) == 1000
    lab.routers.clear("setda/backup", Kind.LIE)
    assert lab.shown(mib.IF_ALIAS, SETDA, 2) == b"WAN setda/backup"


@pytest.mark.parametrize("kind", [Kind.CUT, Kind.REBOOT, Kind.LIE])
def test_what_does_not_hold_cannot_be_cleared(lab: Lab, kind: Kind) -> None:
    with pytest.raises(InputError, match=rf"^dinkes has no condition '{kind.value}' to clear$"):
        lab.routers.clear("dinkes", kind)


def test_what_the_lab_has_not_is_refused(lab: Lab) -> None:
    with pytest.raises(InputError, match=r"^nothing in the lab is called 'dinke'; name a link \(OFFICE/LINK\), "):
        lab.set("dinke", conditions.Reboot())


def test_a_named_links_router_moves_with_its_name_and_comes_home() -> None:
    lab = Lab(TEXT.replace("address: 198.18.40.1", "address: Wan.Dinkes.example"))
    home, away = "198.19.128.1", "198.19.200.7"
    router = lab.at(home)
    lab.set(away, conditions.Cut())
    lab.set("dinkes/primary", conditions.parse({"kind": "move", "to": away}))
    assert (lab.routers.at(home), lab.at(away)) == (None, router)
    assert lab.rate(address=away) == 0
    lab.routers.clear("dinkes/primary", Kind.MOVE)
    lab.routers.clear("dinkes/primary", Kind.MOVE)
    assert (lab.routers.at(away), lab.at(home)) == (None, router)
    assert lab.rate(address=home) > 0
