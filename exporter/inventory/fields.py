"""Typed reading of nodes: each fault goes to the problems with its place, and reading goes on.

Where a fault was found the default or the stand-in is returned, so that the rest can be read and judged too. Such
values never leave the package: an inventory with a problem raises InventoryError.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, TypeVar

from exporter.inventory.document import Mapping, Node, Refused, Scalar, Sequence, Step, path_of
from exporter.inventory.problems import Problems
from exporter.inventory.wording import closest, guess_or_list, shown

T = TypeVar("T")
D = TypeVar("D")

_KEPT_TEXTS = 256
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


class Fault(Exception):  # noqa: N818  not an error of the program: it never passes `Value.read`
    """A value can't be taken; the message says why, and is empty where the problem was reported already."""


class Value(NamedTuple):
    """A node, where its faults go, and what leads to it: the value around it, and a key or an index in that."""

    node: Node
    problems: Problems
    around: Value | None = None
    step: Step | None = None

    @property
    def path(self) -> str:
        """The path from the root, made up when it is asked for: few values have a fault."""
        steps: list[Step] = []
        value: Value | None = self
        while value is not None:
            if value.step is not None:
                steps.append(value.step)
            value = value.around
        return path_of(reversed(steps))

    def refuse(self, message: str) -> None:
        """Report a fault of this value."""
        self.problems.add(self.node.line, self.node.column, self.path, message)

    def read(self, reader: Reader[T], stand_in: D) -> T | D:
        """Return what the reader makes of the value, or the stand-in after reporting why it can't."""
        try:
            return reader(self)
        except Fault as fault:
            if str(fault):
                self.refuse(str(fault))
            return stand_in

    def text(self) -> str:
        """Return a scalar's text without blanks around it; raise Fault for none, or one that isn't of one line."""
        if not isinstance(self.node, Scalar):
            raise self.mismatch("a text")
        text = self.node.text.strip()
        if not text:
            raise Fault("the value is empty; write one, or leave the key out where it is optional")
        if _CONTROL.search(text):
            raise Fault("expected a text of one line without control characters")
        return text

    def section(self, known: tuple[str, ...]) -> Section:
        """Return a mapping whose keys are known; the unknown ones are reported. Raise Fault for anything else."""
        if not isinstance(self.node, Mapping):
            raise self.mismatch("a mapping of keys and values")
        return Section(self, self.node, known)

    def entries(self) -> list[tuple[Value, Value]]:
        """Return a mapping's keys and values, whatever the keys; raise Fault for anything else."""
        if not isinstance(self.node, Mapping):
            raise self.mismatch("a mapping of codes and their values")
        return [
            (Value(key, self.problems, self), Value(node, self.problems, self, key.text))
            for key, node in self.node.entries.values()
        ]

    def items(self) -> list[Value]:
        """Return a list's items; raise Fault for anything else."""
        if not isinstance(self.node, Sequence):
            raise self.mismatch("a list")
        return [Value(item, self.problems, self, index) for index, item in enumerate(self.node.items)]

    def some_items(self) -> list[Value]:
        """Return the items of a list that isn't empty; raise Fault for anything else."""
        items = self.items()
        if not items:
            raise Fault("the list is empty; write at least one item")
        return items

    def mismatch(self, expected: str) -> Fault:
        """Return the fault of a value that is of another kind; its content isn't repeated, it may be a secret."""
        if isinstance(self.node, Refused):
            return Fault("")
        if isinstance(self.node, Scalar):
            read = "a text" if self.node.text else "nothing"
        else:
            read = "a mapping" if isinstance(self.node, Mapping) else "a list"
        return Fault(f"expected {expected}; read {read}")


Reader = Callable[[Value], T]


def parsed(parse: Callable[[str], T]) -> Reader[T]:
    """Return the reader of a text that `parse` takes, or refuses with ValueError."""

    def reader(value: Value) -> T:
        text = value.text()
        try:
            return parse(text)
        except ValueError as error:
            raise Fault(str(error)) from error

    return reader


def repeated(parse: Callable[[str], T]) -> Reader[T]:
    """Return what `parsed` does for texts that many links share: each is parsed once, whichever link has it."""
    return parsed(lru_cache(maxsize=_KEPT_TEXTS)(parse))


def list_of(reader: Reader[T]) -> Reader[tuple[T, ...]]:
    """Return the reader of a list that may be empty; items with a fault are left out."""

    def read_all(value: Value) -> tuple[T, ...]:
        read = [item.read(reader, None) for item in value.items()]
        return tuple(one for one in read if one is not None)

    return read_all


class Section:
    """A mapping whose keys are known, read key by key."""

    def __init__(self, value: Value, node: Mapping, known: tuple[str, ...]) -> None:
        self.value = value
        self._node = node
        self._meant: set[str] = set()
        for key in node.entries:
            if key not in known:
                self._refuse_unknown(node.entries[key][0], known)

    def _refuse_unknown(self, key: Scalar, known: tuple[str, ...]) -> None:
        word, colon, _ = key.text.partition(":")
        if colon and word in known:  # what follows may be a secret: it isn't repeated
            self._meant.add(word)
            message = f"a blank is missing after '{word}:'"
        else:
            meant = closest(key.text, known)
            self._meant.update([meant] if meant else [])
            message = f"unknown key {shown(key.text)}{guess_or_list(key.text, known)}"
        self.value.problems.add(key.line, key.column, self.value.path, message)

    def has(self, key: str) -> bool:
        """Say whether the key is there, with whatever value."""
        return key in self._node.entries

    def at(self, key: str) -> Value:
        """Return a key's value that is there."""
        return Value(self._node.entries[key][1], self.value.problems, self.value, key)

    def get(self, key: str, reader: Reader[T], default: D) -> T | D:
        """Return a key's value, or the default where it isn't there or has a fault."""
        entry = self._node.entries.get(key)
        return default if entry is None else Value(entry[1], self.value.problems, self.value, key).read(reader, default)

    def need(self, key: str, reader: Reader[T], stand_in: T) -> T:
        """Return a key's value; where it isn't there, report that, unless another key was taken for its misspelling."""
        entry = self._node.entries.get(key)
        if entry is not None:
            return Value(entry[1], self.value.problems, self.value, key).read(reader, stand_in)
        if key not in self._meant:
            self.value.refuse(f"the key {key!r} is missing")
        return stand_in

    def refuse(self, key: str, message: str) -> None:
        """Report a fault at a key's value, or at the section where the key isn't there."""
        (self.at(key) if self.has(key) else self.value).refuse(message)
