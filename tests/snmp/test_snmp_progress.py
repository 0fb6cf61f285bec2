"""Minutes of polling, played: a real agent whose counters are moved, and a clock that only the test moves."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fake_agent import FakeAgent, Mib
from fake_time import EPOCH
from pysnmp.proto import rfc1902

from exporter.model import SnmpVersion
from exporter.observation import DevicePoll, SnmpFailure, SnmpStatus
from exporter.probes import ifmib, progress
from exporter.probes.asking import SYS_UP_TIME, Asker
from exporter.probes.device import Device, SnmpProblem
from exporter.probes.progress import Moment, Progress, Terms
from exporter.probes.snmp import PysnmpClient

RATE = 2_500_000
CONTRACT = 12_500_000
UPTIME_SECONDS = 5000.0
Move = Callable[[Mib, float], None]


class Play:
    """One link's polls; `now` is the seconds since the first."""

    def __init__(self, asker: Asker, agent: FakeAgent, device: Device, terms: Terms) -> None:
        self.asker, self.agent, self.device, self.terms = asker, agent, device, terms
        self.progress = Progress()
        self.now = 0.0
        self.booted_at = -UPTIME_SECONDS
        self.notes: list[str] = []
        self.refusal: SnmpProblem | None = None

    async def poll(self, move: Move) -> SnmpStatus:
        """Move the counters to now, and poll."""
        hundredths = round((self.now - self.booted_at) * 100)
        move(self.agent.mib, self.now)
        self.agent.mib.values[SYS_UP_TIME] = rfc1902.TimeTicks(hundredths % 2**32)
        known, is_due = self.progress.known, self.progress.facts_are_due
        answer = await ifmib.read(self.asker, self.device, "ether1-wan", known, facts_are_due=is_due)
        assert isinstance(answer, tuple), answer
        self.refusal = progress.refusal(answer[1], self.terms)
        if self.refusal is None:
            self.notes += self.progress.succeed(*answer, Moment(self.now, EPOCH + self.now, 0.0), self.terms)
        return self.progress.status

    async def run(self, seconds: float, move: Move | None = None) -> list[SnmpStatus]:
        """Poll each interval for some time, and return what was shown."""
        end = self.now + seconds
        shown = []
        while self.now < end:
            self.now += self.terms.interval_seconds
            shown.append(await self.poll(move or carry))
        return shown


def carry(mib: Mib, seconds: float) -> None:
    """Move all counters to where 2.5 MB/s brings them."""
    mib.carry(1, round(RATE * seconds) + 10**9, round(RATE * seconds / 10) + 10**8)


@pytest.fixture
def play(client: PysnmpClient, agent: FakeAgent, device: Device) -> Play:
    agent.mib.add_narrow(1)
    return Play(Asker(client), agent, device, Terms(10.0, 4.0, CONTRACT))


async def test_rates_are_of_the_time_between_the_last_two_good_polls(play: Play) -> None:
    first = await play.poll(carry)
    assert (first.receive_bytes_per_second, first.transmit_bytes_per_second) == (None, None)
    (second,) = await play.run(10)
    assert (second.receive_bytes_per_second, second.transmit_bytes_per_second) == (RATE, RATE / 10)
    assert (second.receive_bytes_total, second.transmit_bytes_total) == (10 * RATE, RATE)


@pytest.mark.parametrize(("gap", "expected"), [(30.0, RATE), (40.0, None)])
async def test_a_rate_is_of_three_intervals_at_most(play: Play, gap: float, expected: float | None) -> None:
    await play.poll(carry)
    play.now += gap
    status = await play.poll(carry)
    assert status.receive_bytes_per_second == expected
    assert status.receive_bytes_total == gap * RATE


async def test_over_a_reboot_there_is_no_rate(play: Play) -> None:
    await play.poll(carry)
    play.now += 10
    play.booted_at = play.now - 5
    status = await play.poll(lambda mib, _now: mib.carry(1, 5 * RATE, 5))
    assert (status.receive_bytes_total, status.receive_bytes_per_second, status.reboots) == (5 * RATE, None, 1)


async def test_a_64_bit_counter_that_is_dead_in_one_direction_is_read_by_32_bits(play: Play) -> None:
    def one_way(mib: Mib, seconds: float) -> None:
        carry(mib, seconds)
        mib.set(ifmib.IF_HC_IN_OCTETS, 1, rfc1902.Counter64(0))

    await play.poll(one_way)
    shown = await play.run(180, one_way)
    assert [status.receive_bytes_total for status in shown] == [0, 0, *(10 * n * RATE for n in range(3, 19))]
    assert [status.receive_bytes_per_second for status in shown] == [None] * 3 + [RATE] * 15
    assert shown[-1].transmit_bytes_total == 180 * RATE / 10
    assert play.notes == [
        "the 64-bit counter of ifInOctets stands still while the 32-bit one moves: the latter is read from now on"
    ]


async def test_a_link_without_traffic_is_doubted_once_and_costs_the_facts_no_oftener(play: Play) -> None:
    def idle(mib: Mib, _seconds: float) -> None:
        mib.carry(1, 77, 66)

    await play.poll(idle)
    shown = await play.run(300, idle)
    assert [status.receive_bytes_per_second for status in shown] == [None, *[0.0] * 29]
    assert play.notes == []
    facts = [oids for _, oids in play.agent.requests if ifmib.SNMP_ENGINE_TIME in oids]
    assert len(facts) == 4  # the first, one in doubt, and each tenth from that one on


async def test_counters_that_a_device_refreshes_each_minute_are_no_silence(play: Play) -> None:
    play.terms = Terms(5.0, 4.0, CONTRACT)

    def cached(mib: Mib, seconds: float) -> None:
        carry(mib, seconds // 60 * 60)

    await play.poll(cached)
    shown = await play.run(360, cached)
    mean = (shown[-1].receive_bytes_total - shown[11].receive_bytes_total) / 300
    assert mean == pytest.approx(RATE, rel=0.2)
    assert play.notes == []


async def test_errors_and_discards_of_both_directions_go_on(play: Play) -> None:
    def faulty(mib: Mib, seconds: float) -> None:
        carry(mib, seconds)
        for number, column in enumerate(ifmib._FRAMES.values(), 1):
            mib.set(column, 1, rfc1902.Counter32((2**32 - 15 + round(seconds) * number) % 2**32))

    await play.poll(faulty)
    status = (await play.run(20, faulty))[-1]
    assert (status.receive_errors_total, status.transmit_errors_total) == (20, 40)
    assert (status.receive_discards_total, status.transmit_discards_total) == (60, 80)


async def test_on_the_provider_s_side_directions_are_turned(play: Play) -> None:
    play.terms = Terms(10.0, 4.0, CONTRACT, is_inverted=True)
    await play.poll(carry)
    (status,) = await play.run(10)
    assert (status.receive_bytes_total, status.transmit_bytes_total) == (RATE, 10 * RATE)
    assert (status.receive_bytes_per_second, status.transmit_bytes_per_second) == (RATE / 10, RATE)
    assert play.progress.latest == DevicePoll(EPOCH + 10, EPOCH - UPTIME_SECONDS, RATE, 10 * RATE)


@pytest.fixture
def old(play: Play) -> Play:
    """Give a device of 32-bit counters alone."""
    play.device = Device(
        play.device.address,
        play.device.port,
        type(play.device.credentials)(SnmpVersion.V1, play.device.credentials.community),
    )
    return play


async def test_32_bits_are_read_over_their_wraps(old: Play) -> None:
    await old.poll(carry)
    status = (await old.run(1800))[-1]
    assert status.receive_bytes_total == 1800 * RATE > 2**32


async def test_32_bits_are_refused_at_an_interval_that_is_too_long_for_the_contract(old: Play) -> None:
    old.terms = Terms(300.0, 4.0, CONTRACT)
    await old.poll(carry)
    assert old.refusal == SnmpProblem(
        SnmpFailure.SHORT_COUNTERS,
        "the device has 32-bit counters only, which wrap each 344s at 100 Mbit/s: the interval of 300s is too long, "
        "226s or less would do",
    )
    assert old.progress.status == SnmpStatus()


async def test_32_bits_that_wrap_too_soon_at_any_interval_are_refused(old: Play) -> None:
    old.terms = Terms(30.0, 4.0, 2_500_000_000.0)
    await old.poll(carry)
    assert old.refusal is not None
    assert old.refusal.text.endswith("too long, no interval is short enough")


async def test_without_a_contract_the_interface_s_speed_decides_about_32_bits(old: Play) -> None:
    old.terms = Terms(300.0, 4.0, None)
    await old.poll(carry)
    assert old.refusal is not None
    old.agent.mib.set(ifmib.IF_HIGH_SPEED, 1, rfc1902.Gauge32(10))
    old.progress = Progress()
    await old.poll(carry)
    assert old.refusal is None


async def test_without_any_rate_32_bits_are_refused(old: Play) -> None:
    old.terms = Terms(10.0, 4.0, None)
    old.agent.mib.set(ifmib.IF_HIGH_SPEED, 1, rfc1902.Gauge32(0))
    await old.poll(carry)
    assert old.refusal == SnmpProblem(
        SnmpFailure.SHORT_COUNTERS,
        "the device has 32-bit counters only, and nothing tells how soon they wrap: write the contract's rates",
    )


async def test_a_gap_that_is_too_long_for_32_bits_adds_nothing_and_is_told(old: Play) -> None:
    await old.poll(carry)
    old.now += 400
    status = await old.poll(carry)
    assert (status.receive_bytes_total, status.receive_bytes_per_second) == (0, None)
    assert old.notes == [
        "nothing is added to the total of ifInOctets for 400s: nobody can tell what it counted",
        "nothing is added to the total of ifOutOctets for 400s: nobody can tell what it counted",
    ]
    assert (await old.run(10))[-1].receive_bytes_total == 10 * RATE


async def test_a_boot_over_497_days_ago_is_told_by_the_engine_s_time(play: Play) -> None:
    days = 600 * 86_400.0

    def aged(mib: Mib, seconds: float) -> None:
        carry(mib, seconds)
        mib.values[ifmib.SNMP_ENGINE_TIME] = rfc1902.Integer32(round(days + seconds) - 40)

    play.booted_at = -days
    assert (await play.poll(aged)).boot_at == pytest.approx(EPOCH - days, abs=0.01)
    shown = await play.run(200, aged)
    assert {status.boot_at for status in shown} == {play.progress.latest.boot_at}
    assert shown[-1].reboots == 0


async def test_the_facts_are_asked_at_each_tenth_poll_and_after_a_change(play: Play) -> None:
    await play.poll(carry)
    play.agent.requests.clear()
    await play.run(100)
    facts = [ifmib.SNMP_ENGINE_TIME in oids for _, oids in play.agent.requests]
    assert [place for place, is_facts in enumerate(facts) if is_facts] == [9]
    await play.run(10)
    play.agent.mib.set(ifmib.IF_OPER_STATUS, 1, rfc1902.Integer32(2))
    play.agent.requests.clear()
    await play.run(20)
    assert [len(oids) for _, oids in play.agent.requests] == [5, 9, 10]


async def test_admin_status_and_speed_are_held_until_the_facts_are_asked_anew(play: Play) -> None:
    play.agent.mib.set(ifmib.IF_ADMIN_STATUS, 1, rfc1902.Integer32(1))
    await play.poll(carry)
    play.agent.mib.set(ifmib.IF_ADMIN_STATUS, 1, rfc1902.Integer32(2))
    shown = await play.run(100)
    assert [status.ifAdminStatus for status in shown] == [1] * 9 + [2]
    assert {status.speed_bytes_per_second for status in shown} == {12_500_000}


async def test_a_renumbered_interface_goes_on_without_a_gap(play: Play) -> None:
    await play.poll(carry)

    def moved(mib: Mib, seconds: float) -> None:
        mib.remove(1)
        mib.add_interface(9, b"ether1-wan", received=round(RATE * seconds) + 10**9, sent=10**8)

    (status,) = await play.run(10, moved)
    assert (status.receive_bytes_total, status.reboots) == (10 * RATE, 0)
    assert play.progress.known.place.index == 9
