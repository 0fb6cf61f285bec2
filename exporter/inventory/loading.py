"""A file or a text -> an Inventory, whole and typed, or every problem."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from exporter.errors import InputError
from exporter.inventory.district import district
from exporter.inventory.document import compose
from exporter.inventory.encoding import LARGEST_BYTES, decode
from exporter.inventory.fields import Value
from exporter.inventory.places import Places
from exporter.inventory.problems import Problems
from exporter.model import Inventory


@dataclass(frozen=True, slots=True)
class Placed:
    """An inventory, its text, and where in its file stands what warnings speak of."""

    inventory: Inventory
    text: str
    places: Places


def load(path: Path) -> Inventory:
    """Return the inventory of a file; raise InventoryError with every problem, InputError where it can't be read."""
    return load_placed(path).inventory


def parse(text: str | bytes, name: str) -> Inventory:
    """Return the inventory of a text that problems call `name`; raise InventoryError with every problem."""
    return parse_placed(text, name).inventory


def load_placed(path: Path) -> Placed:
    """Return what `load` does, with places."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError as error:
        raise InputError(f"{path}: there is no such file; name the inventory's file, or run where it stands") from error
    except IsADirectoryError as error:
        raise InputError(
            f"{path}: this is a folder; name the inventory's file, for instance {path / 'inventory.yaml'}"
        ) from error
    except PermissionError as error:
        raise InputError(f"{path}: no permission to read it; let the user that runs terpadu read the file") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path!s}: can't be read ({error}); name the inventory's file") from error
    return parse_placed(raw, str(path))


def parse_placed(text: str | bytes, name: str) -> Placed:
    """Return what `parse` does, with places."""
    problems, places = Problems(name), Places()
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    decoded = decode(raw, problems)
    with _collector_at_rest():
        inventory = None if decoded is None else _read(decoded, problems, places)
    problems.raise_any()
    if inventory is None or decoded is None:
        raise AssertionError("no inventory and no problem")
    return Placed(inventory, decoded, places)


def _read(text: str, problems: Problems, places: Places) -> Inventory | None:
    """Return the inventory, or None where there is a problem; the file's tree goes at the end."""
    root = compose(text, problems)
    return None if root is None else Value(root, problems).read(lambda value: district(value, places), None)


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keep the collector from going through the growing tree again and again: it would hold up the echoes.

    Nothing in the tree is garbage while it is read; it was half of the time that a large file took.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
