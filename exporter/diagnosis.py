"""Gathers the evidence around links' outages, and gives each outage its final cause once. Purely; see exporter.cause.

What is told comes in any order: outages that begin and end, polls, traced paths. A cause is final with the first good
poll after the outage's end, once no other outage that would change it can begin any more; at the latest six minutes
after the end.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import takewhile

from exporter.cause import (
    GIVEN_UP_SECONDS,
    TOGETHER_SECONDS,
    TRACING_SECONDS,
    UPSTREAM_LATEST_SECONDS,
    Above,
    DeviceSeen,
    Evidence,
    Known,
    Together,
    Trail,
    Verdict,
    is_upstream,
    judge,
)
from exporter.model import Inventory, Link
from exporter.observation import DevicePoll, Path, last_hop
from exporter.timeline import Outage

FRESH_INTERVALS = 2  # the last poll before an outage is too old to speak for it where it lies further back
CONFIRMING_SECONDS = 3  # beside the slots and the timeout, until an outage is known
FORGETTING_SECONDS = 60.0  # how often outages are looked through that nothing can be seen beside any more
KEPT_SECONDS = 600.0
POLLS_KEPT = 4
_NEVER = 2**62


@dataclass(slots=True)
class _Case:
    """An outage of a link that has no final cause yet."""

    outage: Outage
    known: Known
    is_told: bool = False


@dataclass(frozen=True, slots=True)
class _Asked:
    """A poll that ended at an instant; `boot_at` is None where it failed."""

    at: float
    boot_at: float | None


class Diagnosis:
    """The open cases of a district; `is_measured(link_id)` says whether a link is measured now.

    `is_polled(link_id)` says whether its device is asked at all. Targets with a slash are links, the others nodes.
    """

    def __init__(
        self, inventory: Inventory, is_measured: Callable[[str], bool], is_polled: Callable[[str], bool]
    ) -> None:
        self._is_measured = is_measured
        self._is_polled = is_polled
        self._asked: dict[str, deque[_Asked]] = {}
        self._paths: dict[str, Path] = {}
        self._cases: dict[str, dict[int, _Case]] = {}
        self._decided: list[tuple[str, Verdict]] = []  # of links that are gone
        self._outages: dict[str, dict[int, Outage]] = {}
        self._traces: dict[str, Trail] = {}  # the last that ended before a node, by its code
        self._silences: dict[tuple[str, int], list[int]] = {}  # of a provider beside an instant, see _beside
        self._measured: dict[str, int] = {}
        self._forget_at = 0.0
        self._links: dict[str, Link] = {}
        self._take(inventory)

    def _take(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._links = {link.id: link for link in inventory.links()}
        self._of_provider: dict[str, list[str]] = {}
        for link in self._links.values():
            self._of_provider.setdefault(link.provider, []).append(link.id)
        self._silences.clear()
        self._measured.clear()
        self._traces.clear()
        rules = [of.icmp for of in self._links.values()] + [of.icmp for of in inventory.nodes.values()]
        self._confirming_seconds = CONFIRMING_SECONDS + max(
            (rule.down_after * rule.interval_seconds + rule.timeout_seconds for rule in rules), default=0.0
        )

    def reload(self, inventory: Inventory, now: float) -> None:
        """Take an inventory; what links that are gone left undecided is decided as it stands.

        Of a link that leads elsewhere now, or to another device, what was known of the former is forgotten.
        """
        after = {link.id: link for link in inventory.links()}
        for name in self._cases.keys() - after.keys():
            for case in self._cases.pop(name).values():
                self._decided.append((name, self._verdict(name, case, now)))
        for name, link in self._links.items():
            other = after.get(name)
            if other is None or _device_of(other) != _device_of(link):
                self._asked.pop(name, None)
            if other is None or (other.address, other.family) != (link.address, link.family):
                self._paths.pop(name, None)
        self._take(inventory)

    def restore(
        self,
        undecided: Iterable[tuple[str, Outage, Known | None]],
        beside: Iterable[tuple[str, Outage]],
        polls: Mapping[str, DevicePoll],
        paths: Mapping[str, Path],
    ) -> None:
        """Go on where the ledger left it: links' outages without a cause, other outages, last polls, good paths."""
        for link, poll in polls.items():
            self._note(link, _Asked(poll.at, poll.boot_at))
        self._paths.update(paths)
        for target, outage in beside:
            self._outages.setdefault(target, {})[outage.started_at] = outage
        for link, outage, known in undecided:
            self._outages.setdefault(link, {})[outage.started_at] = outage
            seen = known or Known(self._seen_before(link, outage.started_at), None)
            self._cases.setdefault(link, {})[outage.started_at] = _Case(outage, seen, is_told=known is not None)
            self._look_at(link)

    def take_outage(self, target: str, outage: Outage) -> None:
        """Take an outage of a link or node that has begun, or ended."""
        self._silences.clear()
        self._outages.setdefault(target, {})[outage.started_at] = outage
        if "/" not in target:
            return
        cases = self._cases.setdefault(target, {})
        case = cases.get(outage.started_at)
        if case is None:
            known = Known(self._seen_before(target, outage.started_at), self._measured_links(target))
            cases[outage.started_at] = _Case(outage, known)
        else:
            case.outage = outage
        self._look_at(target)

    def _seen_before(self, link: str, started_at: int) -> DeviceSeen:
        """Return what is known of a device as its link's outage begins, somewhere in its first slot."""
        of = self._links.get(link)
        if of is None or of.snmp is None:
            return DeviceSeen(is_polled=False)
        slot_ends_at = started_at + of.icmp.interval_seconds
        before = [asked for asked in self._asked.get(link, ()) if asked.at <= slot_ends_at]
        most_seconds = FRESH_INTERVALS * of.snmp.interval_seconds + of.snmp.timeout_seconds
        is_good = bool(before) and before[-1].boot_at is not None and started_at - before[-1].at <= most_seconds
        good_before = int(before[-1].at) if is_good else None
        return DeviceSeen(is_polled=True, is_providers=of.snmp.invert, good_before=good_before)

    def _measured_links(self, link: str) -> int:
        """Return how many links of a link's provider are measured now, itself included."""
        of = self._links.get(link)
        if of is None:
            return 1
        if of.provider not in self._measured:
            self._measured[of.provider] = sum(map(self._is_measured, self._of_provider[of.provider]))
        return max(1, self._measured[of.provider])

    def take_poll(self, link: str, poll: DevicePoll) -> None:
        """Take a good poll."""
        self._note(link, _Asked(poll.at, poll.boot_at))
        self._look_at(link)

    def take_failure(self, link: str, at: float) -> None:
        """Take a poll that gave nothing, which ended at an instant."""
        self._note(link, _Asked(at, None))

    def _note(self, link: str, asked: _Asked) -> None:
        self._asked.setdefault(link, deque(maxlen=POLLS_KEPT)).append(asked)

    def _look_at(self, link: str) -> None:
        """Let the last poll speak for the outages that began before it; what the first after an end says stays."""
        asked = self._asked.get(link)
        if not asked or asked[-1].boot_at is None:
            return
        last, boot_at = asked[-1].at, round(asked[-1].boot_at)
        for case in self._cases.get(link, {}).values():
            device, ended_at = case.known.device, case.outage.ended_at
            is_open = device.asked_at is None or ended_at is None or device.asked_at < ended_at
            if last > case.outage.started_at and is_open:
                self._learn(case, replace(case.known, device=replace(device, asked_at=int(last), boot_at=boot_at)))

    @staticmethod
    def _learn(case: _Case, known: Known) -> None:
        case.known, case.is_told = known, False

    def take_path(self, link: str, path: Path, names: Mapping[str, str]) -> bool:
        """Take a traced path, with nodes' codes by their addresses; return whether it is a good one, to be kept.

        One that reached the link while it was down says nothing, nor does one that didn't while it was up, nor one that
        was begun before the outage was known.
        """
        case = self._open_case(link)
        if case is None:
            is_good = path.is_whole and link in self._links
            if is_good:
                self._paths[link] = path
            return is_good
        has_one = case.known.trail is not None and case.known.trail.last_hop is not None
        if path.is_whole or has_one or path.at < case.outage.confirmed_at:
            return False
        nodes = tuple(names[hop] for hop in path.hops if hop is not None and hop in names)
        trail = self._beside_good_path(link, Trail(int(path.at), path.hops, last_hop(path, names), nodes))
        self._learn(case, replace(case.known, trail=trail))
        for code in takewhile(lambda code: code not in trail.nodes, self._nodes_above(link)):
            self._traces[code] = replace(trail, traced_link=link)
        return False

    def good_paths(self) -> Mapping[str, Path]:
        """Return the last path on record that reached each link, by the link's id."""
        return self._paths

    def open_cases(self) -> list[tuple[str, Outage]]:
        """Return the outages that have no final cause yet, ended ones too, each with its link."""
        return [(link, case.outage) for link, cases in self._cases.items() for case in cases.values()]

    def news(self) -> Iterator[tuple[str, int, Known]]:
        """Yield what is known of open cases and wasn't yielded before: each link, its outage's start, and that."""
        for link, cases in self._cases.items():
            for started_at, case in cases.items():
                if not case.is_told:
                    case.is_told = True
                    yield link, started_at, case.known

    def _open_case(self, link: str) -> _Case | None:
        return next((case for case in self._cases.get(link, {}).values() if case.outage.ended_at is None), None)

    def provisional(self, link: str, now: float) -> Verdict | None:
        """Return what a link's open outage looks like so far; None where there is none."""
        case = self._open_case(link)
        return None if case is None else self._verdict(link, case, now)

    def has_trail(self, link: str) -> bool:
        """Say whether a trace tells of a link's open outage by now, its own or that of another link."""
        case = self._open_case(link)
        return case is not None and (case.known.trail or self._neighbours_trail(link, case.outage)) is not None

    def ready(self, now: float) -> list[tuple[str, int]]:
        """Return the outages whose cause can be final at an instant, each as its link and start."""
        self._measured.clear()
        if now >= self._forget_at:
            self._forget_at = now + FORGETTING_SECONDS
            self._forget(now)
        return [
            (link, started_at)
            for link, cases in self._cases.items()
            for started_at, case in cases.items()
            if self._is_final(link, case, now)
        ]

    def decide(self, link: str, started_at: int, now: float) -> Verdict:
        """Give an outage that is ready its final cause; it is no case any more."""
        verdict = self._verdict(link, self._cases[link][started_at], now)
        del self._cases[link][started_at]
        if not self._cases[link]:
            del self._cases[link]
        return verdict

    def decided(self) -> Iterator[tuple[str, Verdict]]:
        """Yield the verdicts on links that have left the inventory, once."""
        while self._decided:
            yield self._decided.pop()

    @property
    def quiet_until(self) -> float:
        """Before this instant `advance` does nothing, where nothing is told meanwhile."""
        waits = all(outage.ended_at is None and link in self._links for link, outage in self.open_cases())
        return self._forget_at if waits and not (self._decided or self._measured) else 0.0

    def advance(self, now: float) -> Iterator[tuple[str, Verdict]]:
        """Yield the verdicts that have become final by an instant, each with its link."""
        yield from self.decided()
        for link, started_at in self.ready(now):
            yield link, self.decide(link, started_at, now)

    def _is_final(self, link: str, case: _Case, now: float) -> bool:
        outage, known = case.outage, case.known
        if link not in self._links:
            return True
        if outage.ended_at is None:
            return False
        if now >= outage.ended_at + GIVEN_UP_SECONDS:
            return True
        asked_at = known.device.asked_at
        if known.device.is_polled and self._is_polled(link) and (asked_at is None or asked_at < outage.ended_at):
            return False
        last_onset = min(outage.ended_at, outage.started_at + TOGETHER_SECONDS)
        is_over = now >= last_onset + self._confirming_seconds
        return is_over or is_upstream(self._above(link, outage), known.trail)

    def _verdict(self, link: str, case: _Case, now: float) -> Verdict:
        device = case.known.device
        if device.asked_at is None and link in self._links and not self._is_polled(link):
            device = replace(device, is_polled=False)
        evidence = Evidence(
            started_at=case.outage.started_at,
            ended_at=case.outage.ended_at,
            device=device,
            above=self._above(link, case.outage),
            together=self._together(link, case.outage, case.known.measured or self._measured_links(link)),
            trail=self._trail(link, case),
        )
        return Verdict(judge(evidence), int(now), evidence)

    def _nodes_above(self, link: str) -> Iterator[str]:
        of = self._links.get(link)
        return self._inventory.upward(None if of is None else of.parent)

    def _above(self, link: str, outage: Outage) -> Above | None:
        """Return the nearest node above whose outage lets the link's one follow from it."""
        for code in self._nodes_above(link):
            for other in self._outages.get(code, {}).values():
                if other.started_at <= outage.started_at + UPSTREAM_LATEST_SECONDS and other.overlaps(outage):
                    return Above(code, other.started_at, other.ended_at)
        return None

    def _trail(self, link: str, case: _Case) -> Trail | None:
        traced = None if case.known.trail else self._neighbours_trail(link, case.outage)
        return case.known.trail if traced is None else self._beside_good_path(link, traced)

    def _neighbours_trail(self, link: str, outage: Outage) -> Trail | None:
        """Return another link's trace of the same time that ended before a node which both hang from, if there is one.

        There are more links than may be traced in a minute.
        """
        until = _NEVER if outage.ended_at is None else outage.ended_at
        for code in self._nodes_above(link):
            trail = self._traces.get(code)
            if (
                trail is not None
                and trail.traced_link != link
                and outage.started_at <= trail.traced_at < until - TRACING_SECONDS
            ):
                return trail
        return None

    def _beside_good_path(self, link: str, trail: Trail) -> Trail:
        good = self._paths.get(link)
        good_at, good_hops = (None, None) if good is None else (int(good.at), good.hops)
        return replace(trail, good_at=good_at, good_hops=good_hops)

    def _together(self, link: str, outage: Outage, measured: int) -> Together | None:
        """Return how many of the provider's links fell silent with this one; None where it was alone."""
        of = self._links.get(link)
        if of is None:
            return None
        until = _NEVER if outage.ended_at is None else outage.ended_at
        onsets = bisect_left(self._beside(of.provider, outage.started_at), until)
        return Together(of.provider, onsets, max(onsets, measured)) if onsets > 1 else None

    def _beside(self, provider: str, started_at: int) -> list[int]:
        """Return when each of a provider's links began to be silent beside an instant, in order.

        These are the links with an outage that began within a minute of it and lasted beyond it; of a link with several
        the first.
        """
        key = (provider, started_at)
        found = self._silences.get(key)
        if found is None:
            firsts = (self._first_beside(link, started_at) for link in self._of_provider[provider])
            found = self._silences[key] = sorted(first for first in firsts if first is not None)
        return found

    def _first_beside(self, link: str, at: int) -> int | None:
        outages = self._outages.get(link)
        if outages is None:
            return None
        return min(
            (
                one.started_at
                for one in outages.values()
                if abs(one.started_at - at) <= TOGETHER_SECONDS and (one.ended_at is None or one.ended_at > at)
            ),
            default=None,
        )

    def _forget(self, now: float) -> None:
        """Forget ended outages that no open case can be seen beside any more."""
        starts = sorted(started_at for cases in self._cases.values() for started_at in cases)
        for target, outages in list(self._outages.items()):
            for started_at, outage in list(outages.items()):
                ended_at = outage.ended_at
                if ended_at is None or ended_at >= now - KEPT_SECONDS:
                    continue
                # A node's outage reaches up to its end, a link's a minute to either side.
                latest = max(ended_at, started_at + TOGETHER_SECONDS)
                first = bisect_left(starts, started_at - TOGETHER_SECONDS)
                if first == bisect_right(starts, latest):
                    del outages[started_at]
            if not outages:
                del self._outages[target]


def _device_of(link: Link) -> tuple[object, ...] | None:
    """Return what says which device is asked for a link; None where none is."""
    snmp = link.snmp
    return None if snmp is None else (snmp.address or link.address, link.family, snmp.port, snmp.invert)
