"""What links carry, from their devices' polls: five-minute means for the ledger, and how full each link was of late."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from exporter.bandwidth import FULL_RATIO, Mean, Meter
from exporter.model import Inventory, Link
from exporter.observation import DevicePoll


class Sink(Protocol):
    """What keeps means; `exporter.ledger.LedgerWriter` in the product."""

    def add_mean(self, target: str, mean: Mean) -> None:
        """Take a link's bandwidth of five minutes."""


class Metering:
    """Takes each good poll of each link's device, in order of time."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._links: dict[str, Link] = {}
        self._meters: dict[str, Meter] = {}
        self._before: dict[str, DevicePoll] = {}
        self._since: dict[str, float] = {}
        self._full_at: dict[str, float] = {}
        self._zone = ZoneInfo("UTC")

    def reload(self, inventory: Inventory) -> None:
        """Take an inventory; links whose polling is as it was go on."""
        before, self._links = self._links, {link.id: link for link in inventory.links() if link.snmp is not None}
        self._zone = inventory.organisation.timezone
        unchanged = {name for name, link in self._links.items() if name in before and _is_alike(before[name], link)}
        self._meters = {name: meter for name, meter in self._meters.items() if name in unchanged}
        self._before = {name: poll for name, poll in self._before.items() if name in unchanged}
        self._since = {name: at for name, at in self._since.items() if name in unchanged}
        self._full_at = {name: at for name, at in self._full_at.items() if name in unchanged}

    def take(self, link: str, poll: DevicePoll) -> None:
        """Take a good poll; of a link that isn't in the inventory any more it is nothing."""
        of = self._links.get(link)
        if of is None or of.snmp is None:
            return
        if link not in self._meters:
            self._meters[link] = Meter(of.snmp.interval_seconds)
        for mean in self._meters[link].take(poll):
            self._sink.add_mean(link, mean)
        before, self._before[link] = self._before.get(link), poll
        if before is not None and before.at < poll.at and poll.is_whole:
            self._since.setdefault(link, poll.at)
            if self._use(of, before, poll) >= FULL_RATIO:
                self._full_at[link] = poll.at

    def was_full(self, link: str, since: float) -> bool | None:
        """Return whether a link carried nearly all of its contract, either way, between two polls since an instant.

        None where nobody can say: no two polls since, or no contracted rate.
        """
        of, last = self._links.get(link), self._before.get(link)
        if of is None or last is None or link not in self._since or last.at < since:
            return None
        if not any(_rates(of, self._day(last.at))):
            return None
        return self._full_at.get(link, -1.0) >= since

    def _use(self, link: Link, before: DevicePoll, poll: DevicePoll) -> float:
        """Return the larger share of the contract's rates that was used between two polls; 0 without rates."""
        seconds = poll.at - before.at
        carried = (poll.receive_bytes - before.receive_bytes, poll.transmit_bytes - before.transmit_bytes)
        rates = _rates(link, self._day(poll.at))
        return max(
            (gained * 8 / seconds / rate for gained, rate in zip(carried, rates, strict=True) if rate), default=0.0
        )

    def _day(self, at: float) -> date:
        return datetime.fromtimestamp(at, UTC).astimezone(self._zone).date()


def _is_alike(before: Link, now: Link) -> bool:
    """Return whether two descriptions of a link mean the same counters, asked as often."""
    return (before.snmp, before.address, before.family) == (now.snmp, now.address, now.family)


def _rates(link: Link, day: date) -> tuple[int | None, int | None]:
    contract = link.contract_on(day)
    return (None, None) if contract is None else (contract.download_bps, contract.upload_bps)
