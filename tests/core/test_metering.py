"""What links carry: means for the ledger, and how full a link was of late."""

from __future__ import annotations

from dataclasses import replace

from monitor_fakes import make_inventory, make_link

from exporter.bandwidth import Mean
from exporter.metering import Metering
from exporter.model import Contract, Link, Snmp
from exporter.observation import DevicePoll

LINK = "dinkes/primary"
NOW = 1_770_000_000
CONTRACT = Contract(download_bps=80_000_000, upload_bps=8_000_000)  # 10 MB/s and 1 MB/s


class Kept:
    """A ledger for means."""

    def __init__(self) -> None:
        self.means: list[tuple[str, Mean]] = []

    def add_mean(self, target: str, mean: Mean) -> None:
        self.means.append((target, mean))


def link(contract: Contract = CONTRACT, interval_seconds: int = 30) -> Link:
    return make_link(contracts=(contract,), snmp=Snmp("wan", interval_seconds=interval_seconds))


def metering(of: Link) -> tuple[Metering, Kept]:
    kept = Kept()
    meters = Metering(kept)
    meters.reload(make_inventory(of))
    return meters, kept


def feed(meters: Metering, start: int, end: int, receive: int, transmit: int = 0, base: int = 0) -> None:
    """Give polls each 30 s of so many bytes a second."""
    for at in range(start, end + 1, 30):
        meters.take(LINK, DevicePoll(NOW + at, 0.0, base + (at - start) * receive, base + (at - start) * transmit))


def test_means_go_to_the_ledger_as_their_bins_end() -> None:
    meters, kept = metering(link())
    feed(meters, 0, 300, 1000, 10)
    assert kept.means == [(LINK, Mean(NOW, 1000.0, 10.0))]


def test_nine_tenths_of_the_contract_either_way_is_full() -> None:
    for receive, transmit, is_full in ((9_000_000, 0, True), (8_999_000, 0, False), (0, 900_000, True)):
        meters, _ = metering(link())
        feed(meters, 0, 60, receive, transmit)
        assert meters.was_full(LINK, NOW) is is_full


def test_a_link_was_full_while_the_window_still_holds_it() -> None:
    meters, _ = metering(link())
    feed(meters, 0, 60, 9_500_000)
    feed(meters, 90, 300, 0, base=9_500_000 * 60)
    assert meters.was_full(LINK, NOW + 60) is True
    assert meters.was_full(LINK, NOW + 91) is False


def test_without_polls_of_late_or_without_a_contracted_rate_nobody_knows() -> None:
    meters, _ = metering(link())
    assert meters.was_full(LINK, NOW) is None
    feed(meters, 0, 0, 1)
    assert meters.was_full(LINK, NOW) is None
    feed(meters, 30, 60, 1)
    assert meters.was_full(LINK, NOW + 61) is None
    without, _ = metering(link(Contract()))
    feed(without, 0, 60, 9_000_000)
    assert without.was_full(LINK, NOW) is None


def test_one_rate_alone_is_enough_to_judge_by() -> None:
    meters, _ = metering(link(replace(CONTRACT, upload_bps=None)))
    feed(meters, 0, 60, 9_500_000)
    assert meters.was_full(LINK, NOW) is True


def test_bytes_that_came_late_make_no_link_full() -> None:
    meters, _ = metering(link())
    feed(meters, 0, 60, 1_000_000)
    meters.take(LINK, DevicePoll(NOW + 90, 0.0, 600_000_000, 0, is_whole=False))
    assert meters.was_full(LINK, NOW) is False


def test_a_link_that_is_polled_as_before_goes_on_over_a_reload_and_another_begins_anew() -> None:
    for again, means in ((link(), 1), (link(interval_seconds=60), 0)):
        meters, kept = metering(link())
        feed(meters, 0, 150, 1000)
        meters.reload(make_inventory(again))
        feed(meters, 180, 300, 1000, base=180 * 1000)
        assert len(kept.means) == means


def test_a_poll_of_a_link_that_is_gone_is_nothing() -> None:
    meters, kept = metering(link())
    meters.reload(make_inventory(replace(link(), snmp=None)))
    feed(meters, 0, 600, 1000)
    assert kept.means == []
    assert meters.was_full(LINK, NOW) is None
