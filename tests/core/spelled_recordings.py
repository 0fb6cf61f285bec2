"""Recordings of small districts as hypothesis draws them: all that may befall a link, around midnight and at work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

ZONE = ZoneInfo("America/New_York")
MIDNIGHTS = [int(datetime(2026, 3, day, tzinfo=ZONE).timestamp()) for day in (8, 9, 10)]
"""The clock is changed on the 8th of March."""
CLOCK_CHANGES_AT = int(datetime(2026, 3, 8, 7, tzinfo=UTC).timestamp())
HEAD = """\
organisation: {{name: "Uji", timezone: America/New_York}}
{references}
providers:
  isp: {{name: "PT Penyedia", availability: 99.5%}}
{nodes}
offices:
"""
OFFICE = """\
  - code: {office}
    name: "Kantor"
    district: Ciruas
    links:
      - name: primary
        address: 192.0.2.1
        provider: isp
        contract: {{download: 10Mbps, upload: 10Mbps}}
        icmp: {{interval: {interval}s, timeout: 1s, down_after: {down_after}, up_after: 3, bridge: 2}}
        degraded: {{window: 20, loss: 25%, rtt: 150ms}}
        {more}
"""
NODE = "  pop: {name: POP, address: 192.0.2.9, icmp: {interval: 2s, timeout: 1s, down_after: 3}}"
POLLED = 'snmp: {interface: wan, community: "${SNMP_COMMUNITY}", interval: 30s}'
SLOTS: dict[str, list[tuple[int, str, float | None]]] = {
    ".": [(0, "reply", 0)],
    "p": [(0, "reply", 0)],
    "f": [(-1, "reply", 0)],
    "s": [(0, "reply", 150.001)],
    "t": [(0, "reply", 150)],
    "u": [(0, "reply", None)],
    "d": [(0, "lost", None), (0, "reply", 0)],
    "l": [(0, "reply", 0), (0, "lost", None)],
    "r": [(0, "reply", 0), (0, "reply", 9.5)],
    "F": [(0, "lost", None)],
    "!": [(0, "error", None)],
    "?": [],
}
"""What is told of a slot: how late in it, what became of the echo, its milliseconds, 0 for any. `p` brings a poll."""
LETTERS = "........" + "".join(SLOTS)


@dataclass(frozen=True)
class Recording:
    document: str
    lines: tuple[str, ...]


def respelled(line: str) -> str:
    """Return a line that says the same, but not as a recorder spells it."""
    return json.dumps(dict(reversed(json.loads(line).items())))


@dataclass(frozen=True)
class Told:
    kind: str
    name: str
    interval: int
    offset: int
    letters: str

    def lines(self, begin: int) -> Iterator[tuple[int, str]]:
        """Yield lines of its slots from an instant on, each with its place in the recording."""
        start = -(-begin // self.interval) * self.interval
        for number, letter in enumerate(self.letters):
            at = start + number * self.interval
            for line in self._of(letter, at, 5 + number % 7):
                yield at + self.offset, line

    def _of(self, letter: str, at: int, rtt: float) -> Iterator[str]:
        for later, outcome, rtt_ms in SLOTS[letter]:
            rtt_told = {} if rtt_ms is None else {"rtt_ms": rtt_ms or rtt + at % 3 / 8}
            yield json.dumps({"at": at + later % self.interval, self.kind: self.name, "outcome": outcome, **rtt_told})
        if letter == "p" and self.kind == "link":
            carried = {"receive_bytes": at % 10_000, "transmit_bytes": at % 9_000}
            yield json.dumps({"at": at + 0.5, "link": self.name, "boot_at": at - at % 100, **carried})


def letters() -> st.SearchStrategy[str]:
    """Give what befell a target: it answers for a while, and then this or that happens."""
    runs = st.lists(st.tuples(st.sampled_from(LETTERS), st.integers(1, 40)), min_size=1, max_size=12)
    answered = st.integers(0, 60).map(lambda number: "." * number)
    return st.tuples(answered, runs.map(lambda of: "".join(letter * number for letter, number in of))).map("".join)


@st.composite
def told(draw: st.DrawFn, kind: str, name: str, intervals: tuple[int, ...]) -> Told:
    befell = draw(letters()) if kind == "link" else draw(st.just("") | letters())
    return Told(kind, name, draw(st.sampled_from(intervals)), draw(st.integers(0, 3)), befell)


@st.composite
def recordings(draw: st.DrawFn) -> Recording:
    """Draw an inventory, and what was seen of it."""
    begin = draw(st.sampled_from([*MIDNIGHTS, CLOCK_CHANGES_AT])) - draw(st.integers(0, 120))
    links = [draw(told("link", f"{office}/primary", (1, 1, 2, 5, 20))) for office in "abc"[: draw(st.integers(1, 3))]]
    others = [draw(told("node", "pop", (2,)))] if draw(st.booleans()) else []
    others += [draw(told("reference", f"r{number}", (1,))) for number in range(draw(st.integers(0, 3)))]
    lines = [pair for of in (*links, *others) for pair in of.lines(begin)]
    spelled = draw(st.lists(st.sampled_from([str, str, str, respelled]), min_size=1, max_size=5))
    ordered = [line for _, line in sorted(lines, key=lambda pair: pair[0])]
    for place, by in draw(st.lists(st.tuples(st.integers(0, 500), st.integers(-9, 9)), max_size=1)):
        moved = ordered[place : place + 1]
        del ordered[place : place + 1]
        ordered[max(0, place + by) : max(0, place + by)] = moved
    mixed = tuple(spelled[number // 30 % len(spelled)](line) for number, line in enumerate(ordered))
    return Recording(_document(draw, links, others, begin), mixed)


def _document(draw: st.DrawFn, links: list[Told], others: list[Told], begin: int) -> str:
    references = "".join(f"  - {{name: {of.name}, address: 192.0.2.250}}\n" for of in others if of.kind == "reference")
    nodes = f"nodes:\n{NODE}" if any(of.kind == "node" for of in others) else ""
    head = HEAD.format(references=references and f"references:\n{references}", nodes=nodes)
    more = st.sampled_from(["", POLLED, "valid_from: 2026-03-09", "valid_to: 2026-03-08", "valid_to: 2026-03-09"])
    offices = "".join(
        OFFICE.format(
            office=of.name.split("/")[0], interval=of.interval, down_after=draw(st.integers(1, 6)), more=draw(more)
        )
        for of in links
    )
    low = begin + draw(st.integers(-60, 200))
    edges = (low, low + 60 * draw(st.integers(1, 3)))
    start, end = (f"{datetime.fromtimestamp(edge, ZONE):%Y-%m-%dT%H:%M}" for edge in edges)
    window = f"maintenance:\n  - {{start: {start}, end: {end}, scope: [a], reason: kerja}}\n"
    return head + offices + (window if draw(st.booleans()) else "")
