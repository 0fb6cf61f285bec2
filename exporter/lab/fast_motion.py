"""A plan as a recording: what a monitor would have seen of it, without waiting, and the truth beside it.

The recording is what `terpadu replay` reads. One echo a slot leaves at each link's own moment in it, and is answered if
the link is then; the references are asked each second around the times in which they don't answer, and else not at all.
No router is asked, so that what befalls routers alone is left out.
"""

from __future__ import annotations

import heapq
import json
import math
from collections.abc import Iterator, Sequence
from itertools import takewhile
from random import Random
from typing import Any, TextIO

import yaml

from exporter.errors import InputError
from exporter.lab.plan import FULL_LOAD, QUEUE_SECONDS, Episode
from exporter.lab.scenario import Kind
from exporter.lab.topology import ROUND_TRIP_SECONDS
from exporter.lab.truth import Fact, Header, Situation, Stretch, Truth, TruthWriter, fact_of, stretches
from exporter.model import Icmp, Inventory, Medium

_OF_ROUTERS_ALONE = frozenset({Kind.REBOOT, Kind.RENUMBER, Kind.WRAP, Kind.MUTE})  # no echo tells of it
_BESIDE_SECONDS = 5
_SLOWEST_SECONDS = 3600
_END, _BEGINNING, _MOMENTS_END = range(3)  # the order of a truth's lines at one moment


def slowed(text: str, interval_seconds: int, down_after: int, up_after: int) -> str:
    """Return an inventory's text with every target pinged so seldom, and judged by so many slots. Nothing is validated.

    InputError where the interval is none from 1 s to an hour.
    """
    if not 1 <= interval_seconds <= _SLOWEST_SECONDS:
        raise InputError(f"interval {interval_seconds}: name 1 to {_SLOWEST_SECONDS} seconds")
    district = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes nothing but texts
    own = {"interval": f"{interval_seconds}s", "down_after": str(down_after), "up_after": str(up_after)}
    district.setdefault("defaults", {})["icmp"] = district.get("defaults", {}).get("icmp", {}) | own
    owners: list[dict[str, Any]] = list(district.get("nodes", {}).values())
    owners += [link for office in district["offices"] for link in office["links"]]
    for owner in owners:
        if "icmp" in owner:
            owner["icmp"] |= own
    return str(yaml.safe_dump(district, sort_keys=False, allow_unicode=True))


def record(
    plan: Iterator[Episode],
    inventory: Inventory,
    header: Header,
    duration_seconds: int,
    observations: TextIO,
    truth: TextIO,
) -> Truth:
    """Write so much of a plan as observations in order of time, and its truth; return the truth.

    `header.starts_at` is the moment of the plan's second 0.
    """
    happened = [
        episode
        for episode in takewhile(lambda episode: episode.from_seconds < duration_seconds, plan)
        if episode.kind not in _OF_ROUTERS_ALONE
    ]
    start, end = header.starts_at, header.starts_at + duration_seconds
    told = Truth(header, tuple(fact_of(episode, start) for episode in happened), end)
    _write_truth(happened, told, truth)
    background = max((_number(fact, "loss") for fact in told.facts if fact.kind is Kind.BACKGROUND), default=0.0)
    by_target, monitor = told.by_target(), told.of_monitor()
    streams: list[Iterator[tuple[int, str]]] = []
    for kind, name, icmp, medium in _targets(inventory):
        found = list(stretches((*by_target.get(name, ()), *monitor), start, end))
        chance = Random(f"{header.seed}/{name}")  # noqa: S311 -- a game, no secret
        lossy = background if kind == "link" else 0.0
        streams.append(_slots(found, json.dumps(name), kind, icmp, _Line(chance, medium, lossy)))
    for reference in inventory.references:
        own = [
            fact for fact in told.facts if fact.kind is Kind.CUT and fact.what == reference.name and not fact.affects
        ]
        streams.append(_reference_slots(own, monitor, json.dumps(reference.name), start, end))
    observations.writelines(line for _, line in heapq.merge(*streams))
    return told


def _targets(inventory: Inventory) -> Iterator[tuple[str, str, Icmp, Medium]]:
    for link in inventory.links():
        yield "link", link.id, link.icmp, link.medium
    for node in inventory.nodes.values():
        yield "node", node.code, node.icmp, Medium.FIBRE


def _write_truth(happened: Sequence[Episode], told: Truth, file: TextIO) -> None:
    """Write beginnings and ends as one who plays them does, in order of time."""
    start = told.header.starts_at
    writer = TruthWriter(file, told.header)
    lines = [(episode.from_seconds, _BEGINNING, place) for place, episode in enumerate(happened)]
    lines += [
        (episode.to_seconds, _END if episode.to_seconds > episode.from_seconds else _MOMENTS_END, place)
        for place, episode in enumerate(happened)
        if episode.to_seconds is not None and start + episode.to_seconds <= told.ends_at
    ]
    for at, order, place in sorted(lines):
        episode = happened[place]
        if order == _BEGINNING:
            writer.begin(episode, start + at)
        else:
            writer.end(episode, start + episode.from_seconds, start + at)
    writer.close(told.ends_at)


class _Line:
    """What becomes of the echoes on one line while it isn't silent, by chance."""

    def __init__(self, chance: Random, medium: Medium, lossy: float) -> None:
        self.phase = chance.random()
        self._chance = chance
        self._least, self._greatest = ROUND_TRIP_SECONDS[medium]
        self._lossy = lossy

    def rtt_seconds(self, facts: Sequence[Fact]) -> float | None:
        """Return an echo's round trip while some facts are so, None where it is lost."""
        kept, delay = 1 - self._lossy, 0.0
        for fact in facts:
            kept *= 1 - _number(fact, "loss")
            delay += _number(fact, "delay_seconds")
            if fact.kind is Kind.SATURATE:
                kept /= FULL_LOAD
                delay += QUEUE_SECONDS
        if self._chance.random() >= kept:
            return None
        return self._chance.uniform(self._least, self._greatest) + delay


def _number(fact: Fact, name: str) -> float:
    value = fact.parameters.get(name, 0.0)
    return float(value) if isinstance(value, int | float) else 0.0


def _slots(found: Sequence[Stretch], name: str, kind: str, icmp: Icmp, line: _Line) -> Iterator[tuple[int, str]]:
    """Yield a target's slots: when each begins, and its line."""
    interval = icmp.interval_seconds
    place = 0
    start, end = found[0].start, found[-1].end
    for slot in range(math.floor(start / interval) * interval, math.ceil(end), interval):
        moment = slot + line.phase * interval
        if not start <= moment < end:
            continue
        while found[place].end <= moment:
            place += 1
        now = found[place]
        if now.situation is Situation.NOT_RUNNING:
            continue
        is_silent = now.situation in {Situation.DOWN, Situation.CUT_OFF}
        rtt = None if is_silent else line.rtt_seconds(now.facts)
        if rtt is None or rtt > icmp.timeout_seconds:
            yield slot, f'{{"at": {slot}, "{kind}": {name}, "outcome": "lost"}}\n'
        else:
            yield slot, f'{{"at": {slot}, "{kind}": {name}, "outcome": "reply", "rtt_ms": {rtt * 1000:.3f}}}\n'


def _reference_slots(
    own: Sequence[Fact], monitor: Sequence[Fact], name: str, start: float, end: float
) -> Iterator[tuple[int, str]]:
    """Yield a reference's slots of 1 s from a little before it falls silent to a little after it answers again."""
    silent = [
        (fact.from_, end if fact.to is None else fact.to) for fact in (*own, *monitor) if fact.kind is not Kind.KILL
    ]
    asleep = [(fact.from_, end if fact.to is None else fact.to) for fact in monitor if fact.kind is Kind.KILL]
    seconds = {
        second
        for low, high in silent
        for second in range(math.floor(low) - _BESIDE_SECONDS, math.ceil(high) + _BESIDE_SECONDS)
        if start <= second < end
    }
    for second in sorted(seconds):
        if any(low <= second < high for low, high in asleep):
            continue
        is_silent = any(low <= second < high for low, high in silent)
        yield second, f'{{"at": {second}, "reference": {name}, "outcome": "{"lost" if is_silent else "reply"}"}}\n'
