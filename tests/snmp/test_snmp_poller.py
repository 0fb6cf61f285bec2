from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from random import Random

import pytest
from fake_time import EPOCH, FakeTime
from polled_world import ADDRESS, SILENT, World, link

from exporter.model import Contract, Family
from exporter.observation import DevicePoll, SnmpFailure, SnmpStatus
from exporter.polling import _period, _phase
from exporter.probes.device import SnmpProblem


async def test_before_the_first_poll_nothing_is_known(world: World) -> None:
    world.poller.start([link()])
    assert world.status() == SnmpStatus()


async def test_a_good_poll_gives_all_it_read(world: World) -> None:
    world.poller.start([link()])
    status = await world.poll()
    polled_at = 1000.0 + _phase("dinkes/primary") * 30
    assert status == SnmpStatus(
        is_up=True,
        duration_seconds=0.0,
        last_success_at=EPOCH + polled_at,
        receive_bytes_total=0,
        transmit_bytes_total=0,
        receive_errors_total=0,
        transmit_errors_total=0,
        receive_discards_total=0,
        transmit_discards_total=0,
        ifOperStatus=1,
        ifAdminStatus=1,
        speed_bytes_per_second=12_500_000,
        boot_at=pytest.approx(EPOCH, abs=0.01),
    )


async def test_a_device_that_tells_no_speed_has_none(world: World) -> None:
    world.device.high_speed = None
    world.poller.start([link()])
    assert (await world.poll()).speed_bytes_per_second is None


async def test_links_are_polled_at_a_phase_of_their_own_each_interval(world: World) -> None:
    world.poller.start([link()])
    await world.poll(4)
    due = 1000.0 + _phase("dinkes/primary") * 30
    assert world.client.polls() == pytest.approx([due, due + 30, due + 60, due + 90])
    assert len(world.client.walks()) == 1


@pytest.mark.parametrize("interval", [45, 60, 300, 3600])
async def test_the_first_poll_comes_within_a_minute_whatever_the_interval(world: World, interval: int) -> None:
    names = [f"link{number}" for number in range(40)]
    world.poller.chance = Random(1)
    world.poller.start(
        [link(name, f"198.18.11.{number}", interval_seconds=interval) for number, name in enumerate(names)]
    )
    await world.time.advance(60.5)
    first = {address: at for at, address, _ in reversed(world.client.asked)}
    assert len(first) == 40
    assert max(first.values()) > 1000.0 + min(interval, 60) * 0.8


async def test_polls_after_the_first_are_an_interval_apart(world: World) -> None:
    world.poller.start([link(interval_seconds=600)])
    await world.time.advance(2000.0)
    first = world.client.polls()[0]
    assert world.client.polls() == pytest.approx([first + 600 * number for number in range(4)])


async def test_phases_are_spread_and_fixed() -> None:
    phases = [_phase(f"office{number}/primary") for number in range(1000)]
    assert _phase("dinkes/primary") == pytest.approx(0.17049324861727655)
    assert all(80 < sum(tenth / 10 <= phase < (tenth + 1) / 10 for phase in phases) < 120 for tenth in range(10))


async def test_receive_is_the_office_s_download(world: World) -> None:
    world.poller.start([link(), link("inverted", invert=True)])
    await world.poll()
    world.device.received += 3_000
    world.device.sent += 200
    await world.poll()
    ours, inverted = world.status(), world.status("inverted")
    assert (ours.receive_bytes_total, ours.transmit_bytes_total) == (3_000, 200)
    assert (inverted.receive_bytes_total, inverted.transmit_bytes_total) == (200, 3_000)


async def test_after_a_failed_poll_totals_are_absent_and_then_go_on_with_the_bytes_missed(world: World) -> None:
    world.poller.start([link()])
    first = await world.poll()
    world.device.problem = SILENT
    world.device.received += 40_000
    failed = await world.poll()
    assert failed == replace(
        first,
        is_up=False,
        reason=SnmpFailure.TIMEOUT,
        text="no answer",
        failures={SnmpFailure.TIMEOUT: 1},
        receive_bytes_total=None,
        transmit_bytes_total=None,
        receive_errors_total=None,
        transmit_errors_total=None,
        receive_discards_total=None,
        transmit_discards_total=None,
        ifOperStatus=None,
        ifAdminStatus=None,
        speed_bytes_per_second=None,
    )
    world.device.problem = None
    world.device.received += 2_000
    again = await world.poll(2)
    assert (again.is_up, again.reason, again.text) == (True, None, None)
    assert again.receive_bytes_total == 42_000
    assert again.failures == {SnmpFailure.TIMEOUT: 1}


async def test_a_reboot_is_counted_and_totals_go_on(world: World, time: FakeTime) -> None:
    world.poller.start([link()])
    world_before = await world.poll()
    world.device.received += 5_000
    await world.poll()
    world.device.reboot(time.now + 5)
    world.device.received = 700
    after = await world.poll()
    assert (after.receive_bytes_total, after.reboots) == (5_700, 1)
    assert after.boot_at == pytest.approx(EPOCH + time.now - 25, abs=0.1)
    assert world_before.reboots == 0


async def test_a_renumbered_interface_is_read_on_after_a_reboot(world: World, time: FakeTime) -> None:
    world.poller.start([link()])
    await world.poll()
    world.device.reboot(time.now)
    world.device.names = {1: "ether2", 7: "ether1-wan"}
    world.device.received = 99
    assert (await world.poll()).receive_bytes_total == 99


async def test_a_boot_time_is_held_while_the_clock_moves_little_and_follows_when_it_steps(
    world: World, time: FakeTime
) -> None:
    world.poller.start([link()])
    first = await world.poll()
    time.step = 4.0
    assert (await world.poll()).boot_at == first.boot_at
    time.step = 60.0
    assert (await world.poll()).boot_at == pytest.approx(first.boot_at + 60)


async def test_a_boot_time_is_held_over_the_uptime_s_wrap(world: World) -> None:
    world.device.booted_at = 1000.0 - 2**32 / 100 + 40
    world.poller.start([link()])
    first = await world.poll()
    later = await world.poll(3)
    assert (later.boot_at, later.reboots) == (first.boot_at, 0)


async def test_a_silent_device_is_asked_ever_more_rarely_to_five_minutes(world: World) -> None:
    world.device.problem = SILENT
    world.poller.start([link()])
    await world.time.advance(1800.0)
    asked = world.client.polls()
    gaps = [round(after - before) for before, after in pairwise(asked)]
    assert gaps == [60, 120, 240, 300, 300, 300, 300]
    world.device.problem = None
    await world.time.advance(300.0)
    before = len(world.client.polls())
    await world.time.advance(60.0)
    assert len(world.client.polls()) == before + 2


async def test_a_device_that_answers_with_an_error_is_asked_as_ever(world: World) -> None:
    world.device.problem = SnmpProblem(SnmpFailure.AUTHENTICATION, "wrong key")
    world.poller.start([link()])
    assert (await world.poll(5)).failures == {SnmpFailure.AUTHENTICATION: 5}


async def test_doubled_interfaces_are_not_walked_at_each_poll(world: World) -> None:
    world.device.names = {2: "ether1-wan", 4: "ether1-wan"}
    world.poller.start([link()])
    status = await world.poll(10)
    assert (status.is_up, status.reason) == (False, SnmpFailure.DOUBLED_INTERFACE)
    assert "2 and 4" in status.text
    assert len(world.client.walks()) < 5


@pytest.mark.parametrize(
    ("interval", "failures", "expected"), [(30, 0, 30), (30, 3, 240), (30, 99, 300), (600, 5, 600), (1, 8, 256)]
)
def test_a_period_doubles_to_five_minutes_and_is_never_shorter_than_the_interval(
    interval: int, failures: int, expected: int
) -> None:
    assert _period(interval, failures) == expected


async def test_requests_to_one_address_never_overlap(world: World) -> None:
    world.device.latency_seconds = 7.0
    names = [f"link{number}" for number in range(5)]
    world.poller.start([link(name) for name in names])
    await world.time.advance(300.0)
    assert all(world.status(name).is_up for name in names)
    assert world.client.most_at_once == {ADDRESS: 1}


async def test_a_device_that_answers_slowly_keeps_the_phase(world: World) -> None:
    world.device.latency_seconds = 12.0
    world.poller.start([link()])
    await world.time.advance(400.0)
    starts = world.client.polls(rest_seconds=15.0)[1:]
    assert {round(after - before, 6) for before, after in pairwise(starts)} == {30}


async def test_silent_devices_hold_up_nobody_else(world: World) -> None:
    world.poller.start([link(), link("dead", address="198.18.99.99")])
    await world.poll(3)
    assert len(world.client.polls()) >= 3
    assert world.status("dead").reason is SnmpFailure.TIMEOUT
    assert world.status("dead").duration_seconds == 4.0


async def test_an_unset_secret_is_told_by_its_reference_and_nothing_is_polled(world: World) -> None:
    world.environment.clear()
    world.poller.start([link()])
    await world.poll(5)
    assert world.client.asked == []
    assert world.status() == SnmpStatus(
        is_up=False,
        reason=SnmpFailure.SECRET_UNSET,
        text="not polled: the secret ${SNMP_COMMUNITY} is unset or can't be read",
        failures={SnmpFailure.SECRET_UNSET: 1},
    )


async def test_a_secret_that_is_set_later_is_taken_at_a_reload(world: World) -> None:
    world.environment.clear()
    world.poller.start([link()])
    world.environment["SNMP_COMMUNITY"] = "hush-hush"
    world.poller.reload([link()])
    status = await world.poll()
    assert (status.is_up, status.failures) == (True, {SnmpFailure.SECRET_UNSET: 1})


async def test_a_reload_with_the_secret_still_unset_counts_nothing(world: World) -> None:
    world.environment.clear()
    for _ in range(3):
        world.poller.reload([link()])
    assert world.status().failures == {SnmpFailure.SECRET_UNSET: 1}


async def test_a_name_without_an_address_yet_is_unreachable(world: World) -> None:
    world.poller.start([link(address="dinkes.example")])
    status = await world.poll()
    assert (status.reason, status.text) == (
        SnmpFailure.UNREACHABLE,
        "the address of dinkes.example isn't known: its name was not found yet",
    )
    assert world.client.asked == []
    world.addresses["dinkes.example"] = ADDRESS
    assert (await world.poll(2)).is_up


async def test_the_device_s_own_address_and_the_link_s_family_are_used(world: World) -> None:
    ours = link(address="ping.example")
    ours = replace(ours, family=Family.IPV6, snmp=replace(ours.snmp, address="router.example"))
    world.addresses["router.example ipv6"] = ADDRESS
    world.poller.start([ours])
    assert (await world.poll()).is_up


async def test_a_link_without_snmp_has_no_status(world: World) -> None:
    world.poller.start([replace(link(), snmp=None)])
    assert world.poller.status() == {}


async def test_a_fault_of_ours_is_logged_once_and_counted_and_the_loop_goes_on(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.device.fault = RuntimeError("our bug")
    world.poller.start([link()])
    with caplog.at_level(logging.ERROR):
        status = await world.poll(3)
    assert (status.is_up, status.reason) == (False, SnmpFailure.OTHER)
    assert world.poller.internal_errors == 3
    logged = [(record.getMessage(), record.exc_info is not None) for record in caplog.records]
    assert logged == [("internal_error part=snmp link=dinkes/primary", True)]
    world.device.fault = None
    assert (await world.poll()).is_up


async def test_transitions_are_logged_and_polls_are_not(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        world.poller.start([link()])
        await world.poll(3)
        world.device.problem = SILENT
        await world.poll(8)
    assert [record.getMessage() for record in caplog.records] == [
        "snmp_up link=dinkes/primary index=1",
        "snmp_down link=dinkes/primary reason=timeout text=no answer",
    ]


async def test_a_reboot_and_a_new_index_are_each_logged_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.poller.start([link()])
    await world.poll(2)
    with caplog.at_level(logging.INFO):
        world.device.reboot(1060.0)
        world.device.names = {1: "ether2", 9: "ether1-wan"}
        await world.poll(3)
    since = datetime.fromtimestamp(EPOCH + 1060.0, UTC).isoformat(timespec="seconds")
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", f"snmp_rebooted link=dinkes/primary since={since}"),
        ("INFO", "snmp_renumbered link=dinkes/primary index=9 was=1"),
    ]


async def test_a_secret_that_is_unset_is_a_warning(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.environment.clear()
    with caplog.at_level(logging.INFO):
        world.poller.start([link()])
    text = "not polled: the secret ${SNMP_COMMUNITY} is unset or can't be read"
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", f"snmp_down link=dinkes/primary reason=secret_unset text={text}")
    ]


async def test_a_reload_keeps_what_is_known_of_unchanged_links(world: World) -> None:
    world.poller.start([link(), link("gone")])
    await world.poll()
    world.device.received += 1_234
    walks = len(world.client.walks())
    world.poller.reload([link(), link("new")])
    status = await world.poll()
    assert status.receive_bytes_total == 1_234
    assert set(world.poller.status()) == {"dinkes/primary", "dinkes/new"}
    assert len(world.client.walks()) == walks + 1


async def test_a_reload_with_another_interval_keeps_the_totals(world: World) -> None:
    world.poller.start([link()])
    await world.poll()
    world.device.received += 50
    world.poller.reload([link(interval_seconds=10)])
    assert world.status().receive_bytes_total == 0
    assert (await world.poll()).receive_bytes_total == 50
    assert len(world.client.walks()) == 1


async def test_a_reload_with_another_interface_begins_anew(world: World) -> None:
    world.poller.start([link()])
    await world.poll()
    world.poller.reload([link(interface="ether2")])
    assert world.status() == SnmpStatus()


async def test_a_changed_community_is_used_from_the_reload_on(world: World) -> None:
    world.poller.start([link()])
    await world.poll()
    world.environment["SNMP_COMMUNITY"] = "new"
    world.poller.reload([link()])
    await world.poll()
    assert world.client.communities[-1] == "new"


async def test_stop_ends_a_poll_that_hangs_and_closes_the_client(time: FakeTime) -> None:
    world = World(time)
    world.device.latency_seconds = 1e6
    world.poller.start([link()])
    await world.poll()
    await world.poller.stop()
    assert world.client.closed


async def test_polls_are_late_by_chance_by_a_twentieth_of_the_interval_at_most(world: World) -> None:
    world.poller.chance = Random(7)
    world.poller.start([link()])
    await world.poll(20)
    late = [(at - 1000.0 - _phase("dinkes/primary") * 30) % 30 for at in world.client.polls()]
    assert len(late) == 20
    assert all(0.0 <= seconds <= 1.5 for seconds in late)
    assert max(late) - min(late) > 0.5


async def test_each_poll_is_told_a_good_one_with_its_totals(world: World) -> None:
    world.poller.start([link()])
    await world.poll()
    world.device.received += 3_000
    world.device.sent += 500
    await world.poll()
    world.device.problem = SILENT
    await world.poll()
    first = EPOCH + 1000.0 + _phase("dinkes/primary") * 30
    assert world.told == [
        ("dinkes/primary", DevicePoll(first, pytest.approx(EPOCH, abs=0.01), 0, 0)),
        ("dinkes/primary", DevicePoll(first + 30, pytest.approx(EPOCH, abs=0.01), 3_000, 500)),
        ("dinkes/primary", None),
    ]


async def test_a_link_is_polled_where_it_has_a_device_whose_secrets_are_set(world: World) -> None:
    world.poller.start([link()])
    assert [world.poller.is_polled("dinkes/primary"), world.poller.is_polled("nobody/x")] == [True, False]
    del world.environment["SNMP_COMMUNITY"]
    world.poller.reload([link()])
    assert not world.poller.is_polled("dinkes/primary")


async def test_a_device_that_is_wanted_soon_is_polled_at_once_and_then_at_its_phase(world: World) -> None:
    world.poller.start([link()])
    await world.poll()
    world.client.asked.clear()
    world.poller.poll_soon("dinkes/primary")
    await world.time.advance(0.0)
    assert world.client.polls() == [1030.0]
    await world.time.advance(60.0)
    due = 1000.0 + _phase("dinkes/primary") * 30
    assert world.client.polls() == pytest.approx([1030.0, due + 30, due + 60])


async def test_a_silent_device_that_is_wanted_soon_is_asked_each_ten_seconds_for_six_minutes(world: World) -> None:
    world.device.problem = SILENT
    world.poller.start([link()])
    await world.time.advance(1200.0)
    world.client.asked.clear()
    world.poller.poll_soon("dinkes/primary")
    await world.time.advance(1000.0)
    gaps = [round(after - before) for before, after in pairwise(world.client.polls())]
    assert gaps[:36] == [10] * 36
    assert gaps[36:] == [275, 300]  # back to its phase


async def test_a_device_that_comes_back_is_hurried_no_longer(world: World) -> None:
    world.device.problem = SILENT
    world.poller.start([link()])
    await world.time.advance(300.0)
    world.poller.poll_soon("dinkes/primary")
    await world.time.advance(25.0)
    world.device.problem = None
    await world.time.advance(10.0)
    assert world.status().is_up
    world.device.problem = SILENT
    world.client.asked.clear()
    await world.time.advance(120.0)
    gaps = [round(after - before) for before, after in pairwise(world.client.polls())]
    assert gaps == [60]


async def test_what_costs_a_walk_is_not_hurried(world: World) -> None:
    world.device.names = {2: "ether1-wan", 4: "ether1-wan"}
    world.poller.start([link()])
    await world.time.advance(300.0)
    world.poller.poll_soon("dinkes/primary")
    walks = len(world.client.walks())
    await world.time.advance(360.0)
    assert len(world.client.walks()) - walks <= 5


async def test_a_link_that_is_not_polled_can_t_be_wanted_soon(world: World) -> None:
    world.environment.clear()
    world.poller.start([link(), replace(link("plain"), snmp=None)])
    for link_id in ("dinkes/primary", "dinkes/plain", "nobody/x"):
        world.poller.poll_soon(link_id)
    await world.poll()
    assert world.client.asked == []


async def test_a_poll_that_is_under_way_is_not_doubled(world: World) -> None:
    world.device.latency_seconds = 4.0
    world.poller.start([link()])
    await world.time.advance(_phase("dinkes/primary") * 30 + 1)
    world.poller.poll_soon("dinkes/primary")
    await world.time.advance(18.0)
    assert world.client.most_at_once == {ADDRESS: 1}
    assert world.status().is_up


async def test_two_devices_behind_one_address_are_polled_at_once(world: World) -> None:
    world.device.latency_seconds = 7.0
    world.poller.start([link(), link("second", port=1161)])
    await world.time.advance(300.0)
    assert world.client.most_at_once == {ADDRESS: 2}


async def test_a_device_of_32_bits_is_refused_at_too_long_an_interval_and_asked_as_ever(world: World) -> None:
    world.device.bits = 32
    fast = replace(link(interval_seconds=600), contracts=(Contract(download_bps=100_000_000, upload_bps=20_000_000),))
    world.poller.start([fast])
    await world.time.advance(1800.0)
    assert (world.status().is_up, world.status().reason) == (False, SnmpFailure.SHORT_COUNTERS)
    assert world.status().text.endswith("226s or less would do")
    assert world.status().failures == {SnmpFailure.SHORT_COUNTERS: 3}
    assert {poll for _, poll in world.told} == {None}


async def test_what_nobody_can_tell_is_logged_as_a_warning(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.device.bits = 32
    fast = replace(link(), contracts=(Contract(download_bps=100_000_000),))
    world.poller.start([fast])
    await world.poll()
    world.device.problem = SILENT
    await world.time.advance(600.0)
    world.device.problem = None
    with caplog.at_level(logging.WARNING):
        await world.time.advance(300.0)
    assert [record.getMessage().split(" text=")[0] for record in caplog.records] == [
        "snmp_counters link=dinkes/primary"
    ] * 2
