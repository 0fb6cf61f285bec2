"""YAML text -> a tree of nodes with their places; scalars are texts as written.

Only the plain part of YAML is taken: no anchors, aliases, merges or tags, one document, each key once. The tree is
built from the parser's events with a stack of its own, so that no nesting reaches Python's recursion limit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml
from yaml import events

from exporter.inventory.problems import Problems
from exporter.inventory.wording import shown

DEEPEST = 32

# libyaml's parser is thirty times as fast as the one in Python, which stands in where PyYAML was built without it.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PLAIN_STEP = re.compile(r"[A-Za-z0-9_.-]{1,60}")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text as written; `line` and `column` count from 1."""

    line: int
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the order of the file; each key's text is there once."""

    line: int
    column: int
    entries: dict[str, tuple[Scalar, Node]]


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list's items."""

    line: int
    column: int
    items: list[Node]


@dataclass(frozen=True, slots=True)
class Refused:
    """What stands where a node was refused already: nothing more is said of it."""

    line: int
    column: int


Node = Scalar | Mapping | Sequence | Refused


def compose(text: str, problems: Problems) -> Node | None:
    """Return the document's root, or None where there is none to read: what is wrong goes to `problems`."""
    composer = _Composer(problems)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            if not composer.take(event):
                return None
    except yaml.MarkedYAMLError as error:
        line, column, message = _broken(error)
        problems.add(line, column, "", message)
        return None
    if composer.root is None:
        problems.add(1, 1, "", "the file is empty; the sample inventory.yaml shows what an inventory holds")
    return composer.root


def step(path: str, key: str) -> str:
    """Return the path of a key's value; a key that would be no plain word in it is shown as `?`."""
    word = key if _PLAIN_STEP.fullmatch(key) else "?"
    return f"{path}.{word}" if path else word


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end hasn't come yet; `key` is the one that waits for its value."""

    node: Mapping | Sequence
    path: str
    key: Scalar | None = None
    is_key_due: bool = True


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
        if isinstance(event, events.DocumentStartEvent) and self.root is not None:
            self._problems.add(line, column, "", "a second YAML document begins here; one file holds one inventory")
            return False
        if isinstance(event, events.NodeEvent):
            return self._take_node(event, line, column)
        if isinstance(event, events.CollectionEndEvent):
            self._open.pop()
        return True

    def _take_node(self, event: events.NodeEvent, line: int, column: int) -> bool:
        path = self._path()
        self._refuse_sharing(event, line, column, path)
        node = _node(event, line, column)
        self._place(node, path)
        if isinstance(node, Mapping | Sequence):
            if len(self._open) == DEEPEST:
                self._problems.add(line, column, "", f"nested deeper than {DEEPEST} levels; an inventory needs eight")
                return False
            self._open.append(_Open(node, path))
        return True

    def _refuse_sharing(self, event: events.NodeEvent, line: int, column: int, path: str) -> None:
        """Refuse alias, anchor and tag; their names aren't repeated, a secret may begin with `*`, `&` or `!`."""
        if isinstance(event, events.AliasEvent):
            what = "an alias ('*') isn't accepted"
        elif event.anchor is not None:
            what = "an anchor ('&') isn't accepted"
        elif getattr(event, "tag", None) is not None:
            what = "a tag ('!') isn't accepted"
        else:
            return
        self._problems.add(line, column, path, f"{what}; write the value itself, in quotes if it begins so")

    def _path(self) -> str:
        if not self._open:
            return ""
        top = self._open[-1]
        if isinstance(top.node, Sequence):
            return f"{top.path}[{len(top.node.items)}]"
        return top.path if top.key is None else step(top.path, top.key.text)

    def _place(self, node: Node, path: str) -> None:
        """Put a node where it belongs: into the open list, as a key, as a key's value, or as the root."""
        if not self._open:
            self.root = node
            return
        top = self._open[-1]
        if isinstance(top.node, Sequence):
            top.node.items.append(node)
        elif top.is_key_due:
            top.key, top.is_key_due = self._key(top.node, node, path), False
        else:
            if top.key is not None:
                top.node.entries[top.key.text] = (top.key, node)
            top.key, top.is_key_due = None, True

    def _key(self, mapping: Mapping, node: Node, path: str) -> Scalar | None:
        """Return a usable key, or None where the key was refused and its value goes with it."""
        if isinstance(node, Refused):
            return None
        if not isinstance(node, Scalar):
            message = "a key must be a text; a value that begins with '{' or '[' needs quotes"
        elif node.text == "<<":
            message = "a merge ('<<') isn't accepted; write the keys out"
        elif node.text in mapping.entries:
            first = mapping.entries[node.text][0]
            message = f"duplicate key {shown(node.text)}; the first is on line {first.line}"
        else:
            return node
        self._problems.add(node.line, node.column, path, message)
        return None


def _node(event: events.NodeEvent, line: int, column: int) -> Node:
    if isinstance(event, events.ScalarEvent):
        return Scalar(line, column, event.value)
    if isinstance(event, events.MappingStartEvent):
        return Mapping(line, column, {})
    if isinstance(event, events.SequenceStartEvent):
        return Sequence(line, column, [])
    return Refused(line, column)


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
