"""Arguments in, exit status out, and the only place that prints.

0 is done, 1 failed, 2 the input or the arguments are wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from exporter import app, inventory
from exporter.errors import InputError, InventoryError, TerpaduError
from exporter.lab import demo
from exporter.ledger import Ledger
from exporter.model import Inventory, Language
from exporter.report import Summary, csv_form, json_form, summarise
from exporter.sla import Month

DEFAULT_INVENTORY = Path("inventory.yaml")
DEFAULT_LEDGER = Path("terpadu.sqlite3")
DEFAULT_LISTEN = "127.0.0.1:9877"
FORMATS = ("json", "csv")
BYTE_ORDER_MARK = "\ufeff"
_DEFAULT = "default: %(default)s"


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except InventoryError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return error.exit_status
    except TerpaduError as error:
        print(f"terpadu: {error}", file=sys.stderr)
        return error.exit_status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads: nothing to flush at the exit
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="terpadu", description="Watches a district's integrated internet.")
    parser.add_argument("--version", action="version", version=f"terpadu {version('terpadu-exporter')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="probe every link, serve /metrics, keep the ledger")
    run.add_argument("--inventory", type=Path, default=DEFAULT_INVENTORY, metavar="FILE", help=_DEFAULT)
    run.add_argument(
        "--listen", default=DEFAULT_LISTEN, metavar="HOST:PORT", help=f"or fd://N for an open socket; {_DEFAULT}"
    )
    run.add_argument("--ledger", type=Path, default=DEFAULT_LEDGER, metavar="FILE", help=f"made at first; {_DEFAULT}")
    run.set_defaults(command=_run)

    check = commands.add_parser("check", help="validate an inventory: every problem with its place")
    check.add_argument("file", type=Path, nargs="?", default=DEFAULT_INVENTORY, metavar="FILE", help=_DEFAULT)
    check.add_argument("--secrets", action="store_true", help="an unset secret is an error")
    check.set_defaults(command=_check)

    report = commands.add_parser("report", help="reports from the ledger")
    kinds = report.add_subparsers(required=True, metavar="KIND")
    sla = kinds.add_parser("sla", help="the monthly SLA summary")
    sla.add_argument("--month", required=True, metavar="YYYY-MM")
    sla.add_argument("--inventory", type=Path, metavar="FILE", help="default: the ledger's latest")
    sla.add_argument("--ledger", type=Path, default=DEFAULT_LEDGER, metavar="FILE", help=_DEFAULT)
    sla.add_argument(
        "--format",
        default="json",
        metavar="json,csv",
        help=f"one, or several with --out; {_DEFAULT}; the incidents' table comes with --out alone",
    )
    sla.add_argument("--lang", choices=[language.value for language in Language], help="of the CSV")
    sla.add_argument("--out", type=Path, metavar="DIR", help="write files there; default: standard output")
    sla.set_defaults(command=_report_sla)

    shown = commands.add_parser("demo", help="the sample district on a network of its own, with Prometheus")
    shown.add_argument("--offices", type=int, metavar="N", help="the first N offices of the sample")
    shown.add_argument("--duration", type=float, metavar="SECONDS", help="end by itself")
    shown.add_argument("--listen", default=DEFAULT_LISTEN, metavar="HOST:PORT", help=f"the exporter's; {_DEFAULT}")
    shown.set_defaults(command=_demo)
    return parser


def _run(options: argparse.Namespace) -> int:
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="time=%(asctime)s level=%(levelname)s event=%(message)s"
    )
    asyncio.run(app.run(app.RunOptions(options.inventory, options.listen, options.ledger), os.environ))
    return 0


def _check(options: argparse.Namespace) -> int:
    placed = inventory.load_placed(options.file)
    for warning in inventory.warnings(placed.inventory, os.environ, placed.places):
        print(f"warning: {warning}", file=sys.stderr)
    if options.secrets and any(inventory.unset_secrets(placed.inventory, os.environ, placed.places)):
        raise InputError("an unset secret is an error with --secrets: set the ones above")
    links = sum(1 for _ in placed.inventory.links())
    print(f"{options.file}: good: {len(placed.inventory.offices)} offices, {links} links")
    return 0


def _report_sla(options: argparse.Namespace) -> int:
    try:
        month = Month.parse(options.month)
    except ValueError as error:
        raise InputError(f"--month: {error}") from error
    formats = options.format.split(",")
    if unknown := [name for name in formats if name not in FORMATS]:
        raise InputError(f"--format: {unknown[0]!r} is none of {', '.join(FORMATS)}")
    if len(formats) > 1 and options.out is None:
        raise InputError("--format: several formats need a folder for their files; name it with --out")
    with Ledger.existing(options.ledger) as ledger:
        district = _district(options.inventory, ledger)
        summary = summarise(ledger, district, month)
        known = {item.link.id for item in summary.links}
        forgotten = [link for link in ledger.links(summary.start, summary.end) if link not in known]
    language = district.organisation.language if options.lang is None else Language(options.lang)
    _warn_of_what_is_left_out(district, forgotten)
    if options.out is None:
        print(json_form.render(summary) if formats == ["json"] else csv_form.links(summary, language), end="")
        return 0
    _write_files(summary, formats, language, options.out)
    return 0


def _district(path: Path | None, ledger: Ledger) -> Inventory:
    """Read the inventory that a report is for: a file, else what the monitor last ran with."""
    if path is not None:
        return inventory.load(path)
    document = ledger.latest_inventory()
    if document is None:
        raise InputError(f"ledger {ledger.path}: it holds no inventory; name the file with --inventory")
    return inventory.parse(document, f"{ledger.path} (inventory)")


def _warn_of_what_is_left_out(district: Inventory, forgotten: Sequence[str]) -> None:
    if forgotten:
        print(
            f"warning: measured in this month and not in the inventory, so not in the report: {', '.join(forgotten)}",
            file=sys.stderr,
        )
    if district.maintenance:
        windows = len(district.maintenance)
        print(f"warning: {windows} window(s) of maintenance are not subtracted by this version", file=sys.stderr)


def _write_files(summary: Summary, formats: Sequence[str], language: Language, folder: Path) -> None:
    """Write the files under their contract's names, each whole or not at all."""
    stem, tongue = f"sla-{summary.month}", language.value
    files: dict[str, str] = {}
    if "json" in formats:
        files[f"{stem}.json"] = json_form.render(summary)
    if "csv" in formats:
        files[f"{stem}.{tongue}.csv"] = BYTE_ORDER_MARK + csv_form.links(summary, language)
        files[f"{stem}-incidents.{tongue}.csv"] = BYTE_ORDER_MARK + csv_form.incidents(summary, language)
    try:
        folder.mkdir(exist_ok=True)
        for name, text in files.items():
            partial = folder / f".{name}.partial"
            partial.write_text(text, encoding="utf-8", newline="")
            partial.replace(folder / name)
            print(folder / name)
    except OSError as error:
        raise TerpaduError(f"--out {folder}: {error.strerror or error}; name a folder that can be written") from error


def _demo(options: argparse.Namespace) -> int:
    if options.duration is not None and options.duration <= 0:
        raise InputError(f"--duration {options.duration:g}: name the seconds to run, for instance 60")
    return demo.run(
        demo.DemoOptions(offices=options.offices, duration_seconds=options.duration, listen=options.listen),
        write=lambda line: print(line, flush=True),
    )
