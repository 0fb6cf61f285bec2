"""A letter in short as GitHub-flavoured Markdown, without columns of prose, the chart and details.

Every text is escaped: whatever a name holds, it comes out as it is, and a row stays a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from exporter.report.characters import legal
from exporter.report.letter.values import Block, Cell, Facts, Heading, Kind, Letter, Points, Section, Table
from exporter.report.letter.values import Text as Paragraph

RIGHT = {Kind.SHARE, Kind.LENGTH, Kind.PARTS, Kind.MONEY, Kind.COUNT, Kind.NUMBER}
SPECIAL = re.compile(r"[\\`*_{}\[\]<>#~$]|&(?=#?\w+;)")
PIPE = "&#124;"  # a backslash before it would be read by the table and by the text, not alike everywhere
LIKE_A_LIST = re.compile(r"^(\d{0,9})([-+=.)])(?=[-+=\s]|$)")
LINE_END = re.compile(r"\r\n?|\n")
LOST_BLANK = re.compile(r"^ | $|\t")


def render(letter: Letter) -> str:
    """Return the document, ending in a line end; the same letter gives the same text."""
    return "\n\n".join(_parts(letter)) + "\n"


def escaped(text: str) -> str:
    """Return a text as Markdown that shows just it, in a line of its own or in a table; a line end shows as a break."""
    told = SPECIAL.sub(lambda found: f"\\{found[0]}", legal(text)).replace("|", PIPE)
    blanks = LOST_BLANK.sub(lambda found: f"&#{ord(found[0])};", LIKE_A_LIST.sub(r"\1\\\2", told))
    return LINE_END.sub("<br>", blanks)


def _parts(written: Letter) -> Iterator[str]:
    yield f"# {escaped(f'{written.title} {written.subtitle}')}"
    under = (written.organisation, written.addressee, written.period, written.standing)
    yield "<br>\n".join(f"**{escaped(of)}**" if of == written.organisation else escaped(of) for of in under if of)
    for warning in written.warnings:
        yield f"> **{escaped(warning)}**"
    if written.answers:
        yield "\n".join(_answers(written))
    yield from _blocks(written.summary, 2)
    for section in written.sections:
        if not section.is_detail:
            yield from _section(section)
    if written.hash is not None:
        label, inputs_hash = written.hash
        yield f"{escaped(label)}: `{inputs_hash}`"


def _answers(written: Letter) -> Iterator[str]:
    for of in written.answers:
        more = f" ({escaped(of.more)})" if of.more else ""
        yield f"- {escaped(of.question)}: **{escaped(of.answer)}**{more}"


def _section(section: Section) -> Iterator[str]:
    yield f"## {escaped(section.title)}"
    yield from _blocks(section.blocks, 3)


def _blocks(blocks: Iterable[Block], level: int) -> Iterator[str]:
    for block in blocks:
        match block:
            case Heading(text):
                yield f"{'#' * level} {escaped(text)}"
            case Paragraph(text):
                yield escaped(text)
            case Points(texts):
                yield "\n".join(f"- {escaped(of)}" for of in texts)
            case Facts(pairs):
                yield "\n".join(f"- {escaped(name)}: {_cell(cell, ', ')}" for name, cell in pairs)
            case Table():
                yield "\n".join(_table(block))


def _table(table: Table) -> Iterator[str]:
    """Yield a table's lines; columns of prose are too much for it."""
    shown = [number for number, column in enumerate(table.columns) if column.kind is not Kind.PROSE]
    yield _row(escaped(table.columns[number].head) for number in shown)
    yield _row("---:" if table.columns[number].kind in RIGHT else "---" for number in shown)
    for row in table.rows:
        yield _row(_cell(row[number]) for number in shown)
    if table.total is not None:
        yield _row(f"**{cell}**" if (cell := _cell(table.total[number])) else "" for number in shown)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell, between: str = "<br>") -> str:
    return between.join(escaped(of) for of in ((cell,) if isinstance(cell, str) else cell))
