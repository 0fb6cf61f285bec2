"""Columns of cells as lines of a width."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

GAP = "  "
ANY_WIDTH = 10**6


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A column: its cells, and how much has to be left for the columns that can shrink, if it is to be shown."""

    head: str
    cells: Sequence[Text]
    leaves_at_least: int = 0
    is_number: bool = False
    width: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "width", max(cell_len(self.head), *(cell.cell_len for cell in self.cells)))

    def lines(self, width: int, more: str) -> Iterator[Text]:
        """Yield the head and the cells, each as wide as the column."""
        for cell in (Text(self.head, "head"), *self.cells):
            yield _fitted(cell, width, more, is_number=self.is_number)


def table(shown: Sequence[tuple[Column, int]], more: str, width: int | None) -> list[Text]:
    """Return the head's line and a line for each row, none wider than `width`; a column comes with its own width."""
    columns = [column.lines(wide, more) for column, wide in shown]
    lines = [_joined(cells) for cells in zip(*columns, strict=True)]
    for line in lines:
        line.truncate(ANY_WIDTH if width is None else width, overflow="crop")
    return lines


def wrapped(text: Text, width: int | None) -> list[Text]:
    """Return a text in lines of a width, broken between words where that can be."""
    if width is None or text.cell_len <= width:
        return [text]
    lines = list(text.wrap(Console(width=width), width))
    for line in lines:
        line.rstrip()
    return lines


def _fitted(cell: Text, width: int, more: str, *, is_number: bool) -> Text:
    missing = width - cell.cell_len
    if missing >= 0:
        return Text.assemble(" " * missing, cell) if is_number else Text.assemble(cell, " " * missing)
    return Text(set_cell_size(set_cell_size(cell.plain, width - cell_len(more)) + more, width), cell.style)


def _joined(cells: Sequence[Text]) -> Text:
    line = Text(GAP).join(cells)
    line.rstrip()
    return line
