"""Commands on the ledger, beside a running monitor too."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from exporter import app, inventory
from exporter.cli import amending
from exporter.cli.arguments import DEFAULT, DEFAULT_INVENTORY, Commands, kept_inventory, ledger_option
from exporter.errors import InputError, InventoryError
from exporter.ledger import Ledger
from exporter.replay import replay
from exporter.report import outages


def add(commands: Commands) -> None:
    """Add what is done with a ledger, a running monitor's too."""
    replayed = commands.add_parser("replay", help="recorded observations into a new ledger")
    replayed.add_argument("observations", type=Path, metavar="OBSERVATIONS.jsonl")
    replayed.add_argument("--inventory", type=Path, default=DEFAULT_INVENTORY, metavar="FILE", help=DEFAULT)
    replayed.add_argument("--ledger", type=Path, required=True, metavar="FILE", help="must not exist yet")
    replayed.set_defaults(command=_replay)

    kept = ledger_option()

    of_outages = commands.add_parser("outages", help="the outages that the ledger holds")
    actions = of_outages.add_subparsers(required=True, metavar="ACTION")
    listed = actions.add_parser("list", parents=[kept], help="the latest outages")
    listed.add_argument("--limit", type=int, default=50, metavar="N", help=f"how many; {DEFAULT}")
    listed.set_defaults(command=_list_outages)
    one = actions.add_parser("show", parents=[kept], help="one outage, with its unmeasured parts")
    one.add_argument("id", metavar="ID", help="for instance dinkes/primary@20260210T153000Z")
    one.set_defaults(command=_show_outage)

    amending.add_amend(actions)
    amending.add_maintenance(commands)

    of_ledger = commands.add_parser("ledger", help="copy or check the ledger, beside a running monitor too")
    actions = of_ledger.add_subparsers(required=True, metavar="ACTION")
    backup = actions.add_parser("backup", parents=[kept], help="copy it as it is now into a new file")
    backup.add_argument("file", type=Path, metavar="FILE", help="must not exist yet")
    backup.set_defaults(command=_backup)
    verify = actions.add_parser("verify", parents=[kept], help="check the file and its sums")
    verify.set_defaults(command=_verify)


def _replay(options: argparse.Namespace) -> int:
    placed = inventory.load_placed(options.inventory)
    if options.ledger.exists():
        raise InputError(f"ledger {options.ledger}: it exists already; replay writes a new one, name another file")
    try:
        lines = options.observations.open(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{options.observations}: {error.strerror or error}; name a file of observations") from error
    part = options.ledger.with_name(f"{options.ledger.name}.part")  # so that none is ever half a ledger
    _remove_ledger(part)
    try:
        with lines, Ledger.create(part) as ledger:
            done = replay(lines, str(options.observations), placed.inventory, placed.text, ledger, app.VERSION)
        part.rename(options.ledger)
    except UnicodeDecodeError as error:
        raise InputError(f"{options.observations}: this is no UTF-8 text ({error.reason})") from error
    finally:
        _remove_ledger(part)
    polls = f" and {done.polls} polls" if done.polls else ""
    print(f"{options.ledger}: {done.observations} observations{polls} replayed")
    return 0


def _remove_ledger(path: Path) -> None:
    """Remove what a replay began."""
    for beside in ("", "-wal", "-shm", ".lock"):
        path.with_name(f"{path.name}{beside}").unlink(missing_ok=True)


def _list_outages(options: argparse.Namespace) -> int:
    if options.limit < 1:
        raise InputError(f"--limit {options.limit}: name a number from 1 on")
    with Ledger.existing(options.ledger) as ledger:
        for line in outages.table(ledger, _zone(ledger), options.limit):
            print(line)
    return 0


def _show_outage(options: argparse.Namespace) -> int:
    with Ledger.existing(options.ledger) as ledger:
        for line in outages.details(ledger, _zone(ledger), options.id):
            print(line)
    return 0


def _zone(ledger: Ledger) -> ZoneInfo:
    return kept_inventory(ledger)[1].organisation.timezone


def _backup(options: argparse.Namespace) -> int:
    with Ledger.existing(options.ledger) as ledger:
        problems = ledger.backup(options.file)
    return _told(problems, f"{options.file}: a copy of {options.ledger}, whole")


def _verify(options: argparse.Namespace) -> int:
    with Ledger.existing(options.ledger) as ledger:
        problems = ledger.verify() or _inventory_problems(ledger)
    if problems:
        problems.append(f"{options.ledger} isn't whole; stop the monitor, and restore a backup as docs/running.md says")
    return _told(problems, f"{options.ledger}: good")


def _inventory_problems(ledger: Ledger) -> list[str]:
    """Return what is wrong with the inventory that the ledger keeps for its reports."""
    document = ledger.latest_inventory()
    if document is None:
        print(f"warning: {ledger.path} holds no inventory; a report from it needs --inventory", file=sys.stderr)
        return []
    try:
        inventory.parse(document, f"{ledger.path} (inventory)")
    except InventoryError as error:
        return [str(problem) for problem in error.problems]
    return []


def _told(problems: Sequence[str], good: str) -> int:
    for problem in problems:
        print(f"terpadu: {problem}", file=sys.stderr)
    if problems:
        return 1
    print(good)
    return 0
