"""What can go wrong, each with the exit status that the command ends with.

TerpaduError            something failed (exit 1)
├── InputError          the input or the arguments are wrong (exit 2)
│   └── InventoryError  the inventory has problems, each with its place
├── LedgerError         the ledger can't be opened, read or written
├── ProbeError          the monitor itself can't probe: no permission, no socket
└── NoStatusError       a monitor can't be asked, or measures nothing (exit 3)
"""

from __future__ import annotations

from dataclasses import dataclass


class TerpaduError(Exception):
    """Something failed; the message says who, what, and what to do."""

    exit_status = 1


class InputError(TerpaduError):
    """The input or the arguments are wrong."""

    exit_status = 2


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One fault of an input file; `line` and `column` count from 1, columns in characters."""

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}"
        return f"{place}: {self.path}: {self.message}" if self.path else f"{place}: {self.message}"


class InventoryError(InputError):
    """The inventory has problems; all of them are in `problems`, in the order of the file."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class LedgerError(TerpaduError):
    """The ledger can't be opened, read or written."""


class ProbeError(TerpaduError):
    """The monitor itself can't probe: no permission, no socket."""


class NoStatusError(TerpaduError):
    """A monitor can't be asked, or it measures nothing."""

    exit_status = 3
