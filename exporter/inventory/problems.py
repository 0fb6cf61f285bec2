"""The faults found so far: reading goes on after each, so that one run shows all of them."""

from __future__ import annotations

from exporter.errors import InventoryError, Problem

MOST_PROBLEMS = 1000


class Problems:
    """What is wrong with one file, in the order found."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: set[Problem] = set()

    def add(self, line: int, column: int, path: str, message: str) -> None:
        """Remember a fault; `line` and `column` count from 1, columns in characters.

        Raise InventoryError with all that was found where there are MOST_PROBLEMS: the rest isn't read.
        """
        self._found.add(Problem(self.file, line, column, path, message))
        if len(self._found) == MOST_PROBLEMS:
            rest = f"these are {MOST_PROBLEMS} problems, and the rest wasn't looked for; mend them and check again"
            last = max(self._found)
            raise InventoryError((*sorted(self._found), Problem(self.file, last.line, last.column, "", rest)))

    def count(self) -> int:
        """Return the number of faults so far."""
        return len(self._found)

    def raise_any(self) -> None:
        """Raise InventoryError with every fault in the order of the file, or return where there is none."""
        if self._found:
            raise InventoryError(tuple(sorted(self._found)))
