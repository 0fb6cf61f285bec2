"""Where in the file stands what warnings speak of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from exporter.errors import Problem
from exporter.inventory import scalars
from exporter.inventory.fields import Value, parsed
from exporter.secret import SecretRef


class Place(NamedTuple):
    """Where a value stands; it holds nothing of the file's tree, so that the tree can go."""

    file: str
    line: int
    column: int
    path: str


def place_of(value: Value) -> Place:
    """Return where a value stands."""
    return Place(value.problems.file, value.node.line, value.node.column, value.path)


@dataclass(frozen=True, slots=True)
class Places:
    """What warnings point at.

    `addresses` and `icmp` are a link's, by its id, `icmp` its own alone; `secrets` is where each is first named;
    `parts` is other parts by their path, with the whole file in the place of one that isn't there.
    """

    addresses: dict[str, Place] = field(default_factory=dict)
    icmp: dict[str, Place] = field(default_factory=dict)
    secrets: dict[SecretRef, Place] = field(default_factory=dict)
    parts: dict[str, Place] = field(default_factory=dict)

    def secret(self, value: Value) -> SecretRef:
        """Read where a secret stands, and remember where that is first named."""
        reference = parsed(scalars.secret)(value)
        if reference not in self.secrets:
            self.secrets[reference] = place_of(value)
        return reference

    @staticmethod
    def say(place: Place | None, message: str) -> str:
        """Return a message as problems are shown, or the message alone where its place isn't known."""
        return message if place is None else str(Problem(*place, message))
