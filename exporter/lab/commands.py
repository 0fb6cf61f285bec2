"""Commands to the district, as exporter.lab.wire, .agent and exporter.simulated take them on their standard input.

{"set": "dinkes/primary", "condition": {"kind": "loss", "ratio": 0.02}}     see exporter.lab.conditions
{"clear": "dinkes/primary", "kind": "loss"}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

from exporter.errors import InputError
from exporter.lab import conditions
from exporter.lab.conditions import Condition, Kind


class District(Protocol):
    """What commands change."""

    def set(self, what: str, condition: Condition, at_seconds: float, /) -> None:
        """Let a condition hold from a monotonic instant on, or raise InputError."""

    def clear(self, what: str, kind: Kind, /) -> None:
        """Let it hold no more, or raise InputError."""


def read(written: str | bytes) -> Mapping[str, Any]:
    """Return the command on a line, or raise InputError."""
    try:
        command = json.loads(written)
    except ValueError as error:
        raise InputError(f"a command is a JSON object on a line: {error}") from error
    if not isinstance(command, dict):
        raise InputError(f"a command is a JSON object; read {command!r}")
    return command


def carry_out(command: Mapping[str, Any], district: District, at_seconds: float) -> None:
    """Carry out a command at a monotonic instant; InputError where it isn't understood, and nothing has changed."""
    match command:
        case {"set": str(what), "condition": written, **others} if not others:
            district.set(what, conditions.parse(written), at_seconds)
        case {"clear": str(what), "kind": written, **others} if not others:
            district.clear(what, conditions.parse_kind(written))
        case _:
            raise InputError(
                f"not understood: {json.dumps(command)}; "
                'expected {"set": NAME, "condition": {...}} or {"clear": NAME, "kind": KIND}'
            )
