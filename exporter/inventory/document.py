"""YAML text -> a tree of nodes with their places; scalars are texts as written.

Only the plain part of YAML is taken: no anchors, aliases, merges or tags, one document, each key once. The tree is
built from the parser's events with a stack of its own, so that no nesting reaches Python's recursion limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml
from yaml import events

from exporter.inventory.problems import Problems
from exporter.inventory.wording import shown
from exporter.pacing import rest

DEEPEST = 32
LONGEST_TEXT = 4096  # characters
MOST_EVENTS = 2_000_000  # keys, values and brackets
EVENTS_AT_ONCE = 128  # half a millisecond of work

# libyaml's parser is thirty times as fast as the one in Python, which stands in where PyYAML was built without it.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN_STEP = re.compile(r"[A-Za-z0-9_.-]{1,60}")


class Scalar(NamedTuple):
    """A text as written; `line` and `column` count from 1."""

    line: int
    column: int
    text: str


class Mapping(NamedTuple):
    """Keys and values in the order of the file; each key's text is there once."""

    line: int
    column: int
    entries: dict[str, tuple[Scalar, Node]]


class Sequence(NamedTuple):
    """A list's items."""

    line: int
    column: int
    items: list[Node]


class Refused(NamedTuple):
    """What stands where a node was refused already: nothing more is said of it."""

    line: int
    column: int


Node = Scalar | Mapping | Sequence | Refused
Step = str | int  # a key or an index


def compose(text: str, problems: Problems) -> Node | None:
    """Return the document's root, or None where there is none to read: what is wrong goes to `problems`."""
    composer = _Composer(problems)
    try:
        for number, event in enumerate(iter(_LOADER(text).get_event, None)):
            if number % EVENTS_AT_ONCE == 0:
                rest()
            if number == MOST_EVENTS:
                composer.refuse_the_rest(event)
                return None
            if not composer.take(event):
                return None
    except yaml.MarkedYAMLError as error:
        line, column, message = _broken(error)
        problems.add(line, column, "", message)
        return None
    if composer.root is None:
        problems.add(1, 1, "", "the file is empty; the sample inventory.yaml shows what an inventory holds")
    return composer.root


def path_of(steps: Iterable[Step]) -> str:
    """Return a path as messages show it; a key that would be no plain word in it is shown as `?`."""
    path = ""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            word = step if _PLAIN_STEP.fullmatch(step) else "?"
            path += f".{word}" if path else word
    return path


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end hasn't come yet; `key` is the one that waits for its value.

    `steps` leads here from the mapping or list around it: one step, or none at the root and under a refused key.
    """

    node: Mapping | Sequence
    steps: tuple[Step, ...]
    key: Scalar | None = None
    is_key_due: bool = True

    def next_steps(self) -> tuple[Step, ...]:
        """Return what leads from here to the node that comes next."""
        if isinstance(self.node, Sequence):
            return (len(self.node.items),)
        return () if self.key is None else (self.key.text,)


class _Composer:
    """Takes the parser's events one by one and holds what is open."""

    def __init__(self, problems: Problems) -> None:
        self.root: Node | None = None
        self._problems = problems
        self._open: list[_Open] = []

    def take(self, event: events.Event) -> bool:
        """Take the next event; False means that the rest of the file is of no use."""
        mark: Any = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        if isinstance(event, events.ScalarEvent):
            self._put(self._scalar(event, line, column))
        elif isinstance(event, events.CollectionEndEvent):
            self._open.pop()
        elif isinstance(event, events.CollectionStartEvent):
            self._refuse_sharing(event, line, column)
            is_mapping = isinstance(event, events.MappingStartEvent)
            return self._begin(Mapping(line, column, {}) if is_mapping else Sequence(line, column, []))
        elif isinstance(event, events.AliasEvent):
            self._refuse(line, column, "an alias ('*') isn't accepted")
            self._put(Refused(line, column))
        elif isinstance(event, events.DocumentStartEvent) and self.root is not None:
            self._problems.add(line, column, "", "a second YAML document begins here; one file holds one inventory")
            return False
        return True

    def refuse_the_rest(self, event: events.Event) -> None:
        """Say that the file holds too much, at the first event of what isn't read."""
        mark: Any = event.start_mark
        message = f"more than {MOST_EVENTS:,} keys and values; an inventory of 10,000 links has 700,000"
        self._problems.add(mark.line + 1, mark.column + 1, "", message)

    def _scalar(self, event: events.ScalarEvent, line: int, column: int) -> Node:
        text: str = event.value
        if event.anchor is not None or event.tag is not None:
            self._refuse_sharing(event, line, column)
        if len(text) > LONGEST_TEXT:
            message = f"the text is longer than {LONGEST_TEXT} characters; shorten it, or close the quote before it"
            self._problems.add(line, column, self._path(), message)
            return Refused(line, column)
        return Scalar(line, column, text)

    def _begin(self, node: Mapping | Sequence) -> bool:
        steps = self._open[-1].next_steps() if self._open else ()
        self._put(node)
        if len(self._open) == DEEPEST:
            message = f"nested deeper than {DEEPEST} levels; an inventory needs eight"
            self._problems.add(node.line, node.column, "", message)
            return False
        self._open.append(_Open(node, steps))
        return True

    def _refuse_sharing(self, event: events.ScalarEvent | events.CollectionStartEvent, line: int, column: int) -> None:
        """Refuse an anchor or tag; its name isn't repeated, a secret may begin with `&` or `!`."""
        if event.anchor is not None:
            self._refuse(line, column, "an anchor ('&') isn't accepted")
        elif event.tag is not None:
            self._refuse(line, column, "a tag ('!') isn't accepted")

    def _refuse(self, line: int, column: int, what: str) -> None:
        message = f"{what}; write the value itself, in quotes if it begins so"
        self._problems.add(line, column, self._path(), message)

    def _path(self) -> str:
        """Return the path of the node that comes next."""
        steps = [step for held in self._open for step in held.steps]
        return path_of([*steps, *(self._open[-1].next_steps() if self._open else ())])

    def _put(self, node: Node) -> None:
        """Put a node where it belongs: into the open list, as a key, as a key's value, or as the root."""
        if not self._open:
            self.root = node
            return
        top = self._open[-1]
        into = top.node
        if isinstance(into, Sequence):
            into.items.append(node)
        elif top.is_key_due:
            top.key = self._key(into, node)
            top.is_key_due = False
        else:
            if top.key is not None:
                into.entries[top.key.text] = (top.key, node)
                top.key = None
            top.is_key_due = True

    def _key(self, mapping: Mapping, node: Node) -> Scalar | None:
        """Return a usable key, or None where the key was refused and its value goes with it."""
        if isinstance(node, Scalar):
            if node.text not in mapping.entries and node.text != "<<":
                return node
            if node.text == "<<":
                message = "a merge ('<<') isn't accepted; write the keys out"
            else:
                first = mapping.entries[node.text][0]
                message = f"duplicate key {shown(node.text)}; the first is on line {first.line}"
        elif isinstance(node, Refused):
            return None
        else:
            message = "a key must be a text; a value that begins with '{' or '[' needs quotes"
        self._problems.add(node.line, node.column, self._path(), message)
        return None


_TAG = "a tag ('!') isn't accepted; put a text that begins with '!' in quotes"
_IN_WORDS = (
    ("maximum nesting depth", f"nested deeper than {DEEPEST} levels; an inventory needs eight"),
    (
        "mapping values are not allowed",
        "a ': ' too many, or a line indented unlike its neighbours; put texts with ': ' in quotes",
    ),
    ("cannot start any token", "a value can't begin with this character; put the text in quotes"),
    ("tab character", "a tab stands in the indentation; indent with blanks"),
    ("undefined tag handle", _TAG),
    ("scanning a tag", _TAG),
    ("scanning an anchor", "an anchor ('&') isn't accepted; put a text that begins with '&' in quotes"),
    ("scanning an alias", "an alias ('*') isn't accepted; put a text that begins with '*' in quotes"),
    ("end of stream", "the quote that opens here is never closed"),
    ("unknown escape character", "a backslash has a meaning in double quotes; use single quotes"),
    (
        "',' or '}'",
        "a ',' or '}' is missing before this, in the '{' of line {opened}, or a text with '{' or ',' has no quotes",
    ),
    (
        "',' or ']'",
        "a ',' or ']' is missing before this, in the '[' of line {opened}, or a text with '[' or ',' has no quotes",
    ),
    ("parsing a flow node", """a value is missing here, or one that begins with ':' has no quotes; write "::1\""""),
    ("could not find expected ':'", "the ':' after the key of line {opened} is missing"),
    (
        "parsing a block mapping",
        "expected a key: the line is indented unlike its neighbours, or this stands after a closing quote or bracket",
    ),
    (
        "parsing a block collection",
        "expected a '- ' as in line {opened}: the line is indented unlike its neighbours, or its '- ' is missing",
    ),
)


def _broken(error: yaml.MarkedYAMLError) -> tuple[int, int, str]:
    """Return the place of a syntax error and what is wrong in words."""
    problem = error.problem or "no more is known"
    here, opened = error.problem_mark or error.context_mark, error.context_mark or error.problem_mark
    if here is None or opened is None:
        return 1, 1, f"this isn't YAML: {problem}"
    if "end of stream" in problem:
        here = opened
    whole = f"{error.context or ''} {problem}".strip()
    for sign, words in _IN_WORDS:
        if sign in whole:
            return here.line + 1, here.column + 1, words.replace("{opened}", str(opened.line + 1))
    return here.line + 1, here.column + 1, f"this isn't YAML: {whole}"
