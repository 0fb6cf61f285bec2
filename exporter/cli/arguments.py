"""What several commands ask for in one way."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TypeAlias

from exporter import inventory
from exporter.errors import InputError
from exporter.ledger import Ledger
from exporter.model import Inventory

DEFAULT_INVENTORY = Path("inventory.yaml")
DEFAULT_LEDGER = Path("terpadu.sqlite3")
DEFAULT_LISTEN = "127.0.0.1:9877"
DEFAULT_REPORTS = Path("reports")
DEFAULT = "default: %(default)s"
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 -- it has no other name


def ledger_option() -> argparse.ArgumentParser:
    """Return what adds the choice of a ledger to a command."""
    kept = argparse.ArgumentParser(add_help=False)
    kept.add_argument("--ledger", type=Path, default=DEFAULT_LEDGER, metavar="FILE", help=DEFAULT)
    return kept


def kept_inventory(ledger: Ledger) -> tuple[str, Inventory]:
    """Return the text and the inventory that the monitor last ran with; InputError where there is none."""
    document = ledger.latest_inventory()
    if document is None:
        raise InputError(f"ledger {ledger.path}: it holds no inventory; name the file with --inventory")
    return document, inventory.parse(document, f"{ledger.path} (inventory)")
