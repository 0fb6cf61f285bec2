"""YAML with line numbers -> Inventory; every problem at once.

`load` reads a file and `parse` a text; both raise InventoryError with every problem and its place. `load_placed` also
tells where things stand, which `warnings` uses to show what is accepted and yet worth a look.

encoding (bytes -> text) > document (text -> nodes) > names (who is who) > district (nodes -> Inventory)
"""

from __future__ import annotations

from exporter.inventory.cautions import unset_secrets, warnings
from exporter.inventory.loading import Placed, load, load_placed, parse, parse_placed
from exporter.inventory.places import Places
from exporter.inventory.scoping import moment_of, scope_of
from exporter.inventory.wording import guess

__all__ = [
    "Placed", "Places", "guess", "load", "load_placed", "moment_of", "parse", "parse_placed", "scope_of",
    "unset_secrets", "warnings",
]  # fmt: skip
