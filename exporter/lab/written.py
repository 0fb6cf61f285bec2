"""The values in a scenario's file: text in, or a ValueError that says what was expected."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from exporter import units
from exporter.inventory import scalars
from exporter.inventory.wording import guess_or_list, shown
from exporter.lab.topology import NETWORKS, Address, read_address

SHORTEST_EVERY_SECONDS = 1.0
MOST_LOSS = Fraction(40, 100)
LONGEST_BURST_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Lasting:
    """A length in seconds between two, both included; equal where it was written as one."""

    shortest: float
    longest: float


def duration(text: str) -> Lasting:
    """Return the one length of `30s`, or the two of `30s..2m`."""
    first, dots, second = text.partition("..")
    shortest = units.seconds(first)
    longest = units.seconds(second) if dots else shortest
    if longest < shortest:
        raise ValueError(f"expected the shorter length first, for instance '30s..2m'; read {shown(text)}")
    return Lasting(shortest, longest)


def positive(text: str) -> Lasting:
    """Return a duration above zero."""
    length = duration(text)
    if length.shortest <= 0:
        raise ValueError(f"expected a length above zero; read {shown(text)}")
    return length


def pause(text: str) -> Lasting:
    """Return a duration of at least a second."""
    length = duration(text)
    if length.shortest < SHORTEST_EVERY_SECONDS:
        raise ValueError(f"expected at least 1s; read {shown(text)}")
    return length


def long_seconds(text: str) -> float:
    """Return at least a second."""
    seconds = units.seconds(text)
    if seconds < SHORTEST_EVERY_SECONDS:
        raise ValueError(f"expected at least 1s; read {shown(text)}")
    return seconds


def loss(text: str) -> Fraction:
    """Return a share that makes no outage by itself."""
    ratio = scalars.share(text)
    if ratio > MOST_LOSS:
        raise ValueError(f"expected at most {float(MOST_LOSS):.0%}: more makes outages by itself; read {shown(text)}")
    return ratio


def burst_seconds(text: str) -> float:
    """Return how long losses last together."""
    seconds = units.seconds(text)
    if not 1 <= seconds <= LONGEST_BURST_SECONDS:
        raise ValueError(f"expected 1s to {LONGEST_BURST_SECONDS}s: more makes outages by itself; read {shown(text)}")
    return seconds


def part(text: str) -> Fraction:
    """Return a share that is neither nothing nor all."""
    ratio = scalars.share(text)
    if not 0 < ratio < 1:
        raise ValueError(f"expected more than 0% and less than 100%; read {shown(text)}")
    return ratio


def is_unreachable(text: str) -> bool:
    """Return whether somebody says that it is unreachable; else there is silence."""
    words = ("silence", "unreachable")
    if text not in words:
        raise ValueError(f"unknown word {shown(text)}{guess_or_list(text, words)}")
    return text == "unreachable"


def destination(text: str) -> Address:
    """Return an address of the lab's networks."""
    address = read_address(scalars.address(text))
    if address is None or address not in NETWORKS[address.version]:
        networks = " or ".join(map(str, NETWORKS.values()))
        raise ValueError(f"expected an address of {networks}, where the name then leads; read {shown(text)}")
    return address
