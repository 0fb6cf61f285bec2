"""Gathers the evidence around links' outages, and gives each outage its final cause once. Purely; see exporter.cause.

What is told comes in any order: outages that begin and end, good polls, traced paths. A cause is final with the first
good poll after the outage's end, once no other outage that would change it can begin any more; at the latest six
minutes after the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from exporter.cause import (
    GIVEN_UP_SECONDS,
    TOGETHER_SECONDS,
    UPSTREAM_LATEST_SECONDS,
    Above,
    DeviceSeen,
    Evidence,
    Together,
    Trail,
    Verdict,
    is_upstream,
    judge,
)
from exporter.model import Inventory
from exporter.observation import DevicePoll, Path, last_hop
from exporter.timeline import Outage

FRESH_INTERVALS = 2  # the last poll before an outage was good where it lies no further back
CONFIRMING_SECONDS = 3  # beside the slots and the timeout, until an outage is known
FORGOTTEN_SECONDS = 600.0


@dataclass(slots=True)
class _Case:
    """An outage of a link that has no final cause yet."""

    outage: Outage
    device: DeviceSeen
    trail: Trail | None = None


class Diagnosis:
    """The open cases of a district; `is_measured(link_id)` says whether a link is measured now.

    `is_polled(link_id)` says whether its device is asked at all.
    """

    def __init__(
        self, inventory: Inventory, is_measured: Callable[[str], bool], is_polled: Callable[[str], bool]
    ) -> None:
        self._is_measured = is_measured
        self._is_polled = is_polled
        self._polls: dict[str, DevicePoll] = {}
        self._paths: dict[str, Path] = {}
        self._cases: dict[str, dict[int, _Case]] = {}
        self._outages: dict[str, dict[int, Outage]] = {}
        self._counted: dict[tuple[str, Outage], Together] = {}
        self.reload(inventory)

    def reload(self, inventory: Inventory) -> None:
        """Take an inventory; what links that are gone left undecided is decided as it stands."""
        self._inventory = inventory
        self._links = {link.id: link for link in inventory.links()}
        self._of_provider: dict[str, list[str]] = {}
        for link in self._links.values():
            self._of_provider.setdefault(link.provider, []).append(link.id)
        self._counted.clear()
        rules = [of.icmp for of in self._links.values()] + [of.icmp for of in inventory.nodes.values()]
        self._confirming_seconds = CONFIRMING_SECONDS + max(
            (rule.down_after * rule.interval_seconds + rule.timeout_seconds for rule in rules), default=0.0
        )

    def restore(
        self,
        undecided: Iterable[tuple[str, Outage]],
        beside: Iterable[tuple[str, Outage]],
        polls: Mapping[str, DevicePoll],
        paths: Mapping[str, Path],
    ) -> None:
        """Go on where the ledger left it: links' outages without a cause, other outages, last polls, good paths."""
        self._polls.update(polls)
        self._paths.update(paths)
        for target, outage in beside:
            self._outages.setdefault(target, {})[outage.started_at] = outage
        for target, outage in undecided:
            self.take_outage(target, outage)

    def take_outage(self, target: str, outage: Outage) -> None:
        """Take an outage of a link or node that has begun, or ended."""
        self._counted.clear()
        self._outages.setdefault(target, {})[outage.started_at] = outage
        if target in self._inventory.nodes:
            return
        cases = self._cases.setdefault(target, {})
        case = cases.get(outage.started_at)
        if case is None:
            cases[outage.started_at] = _Case(outage, self._seen_before(target, outage.started_at))
        else:
            case.outage = outage
        self._look_at(target)

    def _seen_before(self, link: str, started_at: int) -> DeviceSeen:
        """Return what is known of a device as its link's outage begins."""
        of = self._links.get(link)
        if of is None or of.snmp is None or not self._is_polled(link):
            return DeviceSeen(is_polled=False)
        poll = self._polls.get(link)
        most_seconds = FRESH_INTERVALS * of.snmp.interval_seconds + of.snmp.timeout_seconds
        # The outage began somewhere in its first slot.
        is_fresh = poll is not None and -of.icmp.interval_seconds <= started_at - poll.at <= most_seconds
        return DeviceSeen(is_polled=True, good_before=int(poll.at) if poll is not None and is_fresh else None)

    def take_poll(self, link: str, poll: DevicePoll) -> None:
        """Take a good poll."""
        self._polls[link] = poll
        self._look_at(link)

    def _look_at(self, link: str) -> None:
        """Let the last poll speak for the outages that began before it; what the first after an end says stays."""
        poll = self._polls.get(link)
        for case in self._cases.get(link, {}).values() if poll is not None else ():
            asked_at, ended_at = case.device.asked_at, case.outage.ended_at
            is_open = asked_at is None or ended_at is None or asked_at < ended_at
            if poll is not None and poll.at > case.outage.started_at and is_open:
                case.device = replace(case.device, asked_at=int(poll.at), boot_at=round(poll.boot_at))

    def take_path(self, link: str, path: Path, names: Mapping[str, str]) -> bool:
        """Take a traced path, with nodes' codes by their addresses; return whether it is a good one, to be kept.

        One that reached the link while it was down says nothing, nor does one that didn't while it was up.
        """
        case = self._open_case(link)
        if case is None:
            if path.is_whole:
                self._paths[link] = path
            return path.is_whole
        if path.is_whole or (case.trail is not None and case.trail.last_hop is not None):
            return False
        good = self._paths.get(link)
        case.trail = Trail(
            traced_at=int(path.at),
            hops=path.hops,
            last_hop=last_hop(path, names),
            nodes=tuple(names[hop] for hop in path.hops if hop is not None and hop in names),
            good_at=None if good is None else int(good.at),
            good_hops=None if good is None else good.hops,
        )
        return False

    def good_paths(self) -> Mapping[str, Path]:
        """Return the last path on record that reached each link, by the link's id."""
        return self._paths

    def open_cases(self) -> list[tuple[str, Outage]]:
        """Return the outages that have no final cause yet, ended ones too, each with its link."""
        return [(link, case.outage) for link, cases in self._cases.items() for case in cases.values()]

    def _open_case(self, link: str) -> _Case | None:
        return next((case for case in self._cases.get(link, {}).values() if case.outage.ended_at is None), None)

    def provisional(self, link: str, now: float) -> Verdict | None:
        """Return what a link's open outage looks like so far; None where there is none."""
        case = self._open_case(link)
        return None if case is None else self._verdict(link, case.outage, case, now)

    def advance(self, now: float) -> Iterator[tuple[str, Verdict]]:
        """Yield the verdicts that have become final by an instant, each with its link."""
        self._counted.clear()
        for link, cases in list(self._cases.items()):
            for started_at, case in list(cases.items()):
                if self._is_final(link, case, now):
                    del cases[started_at]
                    yield link, self._verdict(link, case.outage, case, now)
            if not cases:
                del self._cases[link]
        self._forget(now)

    def _is_final(self, link: str, case: _Case, now: float) -> bool:
        outage, device = case.outage, case.device
        if link not in self._links:
            return True
        if outage.ended_at is None:
            return False
        if now >= outage.ended_at + GIVEN_UP_SECONDS:
            return True
        last_onset = min(outage.ended_at, outage.started_at + TOGETHER_SECONDS)
        if now < last_onset + self._confirming_seconds and not is_upstream(self._above(link, outage), case.trail):
            return False
        return not device.is_polled or (device.asked_at is not None and device.asked_at >= outage.ended_at)

    def _verdict(self, link: str, outage: Outage, case: _Case, now: float) -> Verdict:
        evidence = Evidence(
            started_at=outage.started_at,
            ended_at=outage.ended_at,
            device=case.device,
            above=self._above(link, outage),
            together=self._together(link, outage),
            trail=case.trail,
        )
        return Verdict(judge(evidence), int(now), evidence)

    def _above(self, link: str, outage: Outage) -> Above | None:
        """Return the nearest node above whose outage lets the link's one follow from it."""
        of = self._links.get(link)
        code = None if of is None else of.parent
        while code is not None:
            for other in self._outages.get(code, {}).values():
                if other.started_at <= outage.started_at + UPSTREAM_LATEST_SECONDS and _overlap(other, outage):
                    return Above(code, other.started_at)
            code = self._inventory.nodes[code].parent
        return None

    def _together(self, link: str, outage: Outage) -> Together | None:
        """Return how many of the provider's links fell silent with this one; None where it was alone."""
        of = self._links.get(link)
        if of is None:
            return None
        key = (of.provider, outage)
        counted = self._counted.get(key)
        if counted is None:
            counted = self._counted[key] = self._count(of.provider, outage)
        return counted if counted.onsets > 1 else None

    def _count(self, provider: str, outage: Outage) -> Together:
        """Count a provider's links that are measured or have an outage that goes with one of its links' outage."""
        onsets = measured = 0
        for link in self._of_provider[provider]:
            is_with = any(
                abs(one.started_at - outage.started_at) <= TOGETHER_SECONDS and _overlap(one, outage)
                for one in self._outages.get(link, {}).values()
            )
            onsets += is_with
            measured += is_with or self._is_measured(link)
        return Together(provider, onsets, measured)

    def _forget(self, now: float) -> None:
        """Forget outages that no open case can be seen beside any more."""
        oldest = min((case.outage.started_at for cases in self._cases.values() for case in cases.values()), default=now)
        before = min(now, oldest) - FORGOTTEN_SECONDS
        for target, outages in list(self._outages.items()):
            for started_at, outage in list(outages.items()):
                if outage.ended_at is not None and outage.ended_at < before:
                    del outages[started_at]
            if not outages:
                del self._outages[target]


def _overlap(one: Outage, other: Outage) -> bool:
    """Return whether two outages have a second in common; an open one lasts on."""
    return (other.ended_at is None or one.started_at < other.ended_at) and (
        one.ended_at is None or other.started_at < one.ended_at
    )
