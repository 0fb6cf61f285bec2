"""Arguments in, exit status out, and the only place that prints.

0 is done, 1 failed, 2 the input or the arguments are wrong; `status` has its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias
from zoneinfo import ZoneInfo

from exporter import app, inventory, logs, scoring, status
from exporter.errors import InputError, InventoryError, TerpaduError
from exporter.inventory import json_schema
from exporter.lab import demo, scenario, screen, truth
from exporter.ledger import Ledger
from exporter.model import Inventory, Language
from exporter.replay import replay
from exporter.report import Summary, csv_form, json_form, outages, summarise
from exporter.sla import Month

DEFAULT_INVENTORY = Path("inventory.yaml")
DEFAULT_LEDGER = Path("terpadu.sqlite3")
DEFAULT_LISTEN = "127.0.0.1:9877"
DEFAULT_URL = f"http://{DEFAULT_LISTEN}"
FORMATS = ("json", "csv")
BYTE_ORDER_MARK = "\ufeff"
_DEFAULT = "default: %(default)s"
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 -- it has no other name


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

    _add_run(commands)
    _add_inventory_commands(commands)
    _add_report(commands)
    _add_ledger_commands(commands)
    _add_status(commands)
    _add_lab(commands)
    return parser


def _add_run(commands: Commands) -> None:
    run = commands.add_parser("run", help="probe every link, serve /metrics, keep the ledger")
    run.add_argument("--inventory", type=Path, default=DEFAULT_INVENTORY, metavar="FILE", help=_DEFAULT)
    run.add_argument(
        "--listen", default=DEFAULT_LISTEN, metavar="HOST:PORT", help=f"or fd://N for an open socket; {_DEFAULT}"
    )
    run.add_argument("--ledger", type=Path, default=DEFAULT_LEDGER, metavar="FILE", help=f"made at first; {_DEFAULT}")
    run.add_argument("--record", type=Path, metavar="DIR", help="write every observation there, for replay")
    run.add_argument("--log-format", choices=("text", "json"), default="text", help=_DEFAULT)
    run.add_argument("--enable-lifecycle", action="store_true", help="let POST /-/reload read the inventory again")
    run.set_defaults(command=_run)


def _add_status(commands: Commands) -> None:
    shown = commands.add_parser(
        "status",
        help="every link of a running monitor",
        epilog="exit status: 0 no link is down; 1 one is, outside maintenance; 3 the monitor can't be asked, or nothing"
        " is measured",
    )
    shown.add_argument("--url", default=DEFAULT_URL, metavar="URL", help=f"the monitor's; {_DEFAULT}")
    shown.add_argument("--watch", action="store_true", help="again every 2 s, until Ctrl-C")
    shown.set_defaults(command=_status)


def _add_inventory_commands(commands: Commands) -> None:
    """Add what is done with an inventory alone."""
    check = commands.add_parser("check", help="validate an inventory: every problem with its place")
    check.add_argument("file", type=Path, nargs="?", default=DEFAULT_INVENTORY, metavar="FILE", help=_DEFAULT)
    check.add_argument("--secrets", action="store_true", help="an unset secret is an error")
    check.set_defaults(command=_check)

    schema = commands.add_parser("schema", help="the inventory's JSON Schema, for editors")
    schema.set_defaults(command=_schema)


def _add_report(commands: Commands) -> None:
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


def _add_lab(commands: Commands) -> None:
    shown = commands.add_parser("demo", help="the sample district on a network of its own, with Prometheus")
    shown.add_argument("--offices", type=int, metavar="N", help="a district of N; default: the sample's 31")
    shown.add_argument(
        "--scenario", default="bad-day", metavar="NAME", help=f"{', '.join(scenario.shipped())}, or a file; {_DEFAULT}"
    )
    shown.add_argument("--seed", type=int, default=0, metavar="N", help=f"what is random comes from it; {_DEFAULT}")
    shown.add_argument("--duration", type=float, metavar="SECONDS", help="end by itself")
    shown.add_argument("--listen", default=DEFAULT_LISTEN, metavar="HOST:PORT", help=f"the exporter's; {_DEFAULT}")
    shown.set_defaults(command=_demo)

    of_lab = commands.add_parser("lab", help="the simulated district")
    actions = of_lab.add_subparsers(required=True, metavar="ACTION")
    scored = actions.add_parser("score", help="what the monitor saw against what was so")
    scored.add_argument("truth", type=Path, metavar="TRUTH", help="as the demo writes it: truth.jsonl")
    scored.add_argument("ledger", type=Path, metavar="LEDGER", help="a running monitor's too")
    scored.add_argument("--format", choices=("text", "json"), default="text", help=_DEFAULT)
    scored.set_defaults(command=_score)


def _add_ledger_commands(commands: Commands) -> None:
    """Add what is done with a ledger, a running monitor's too."""
    replayed = commands.add_parser("replay", help="recorded observations into a new ledger")
    replayed.add_argument("observations", type=Path, metavar="OBSERVATIONS.jsonl")
    replayed.add_argument("--inventory", type=Path, default=DEFAULT_INVENTORY, metavar="FILE", help=_DEFAULT)
    replayed.add_argument("--ledger", type=Path, required=True, metavar="FILE", help="must not exist yet")
    replayed.set_defaults(command=_replay)

    kept = argparse.ArgumentParser(add_help=False)
    kept.add_argument("--ledger", type=Path, default=DEFAULT_LEDGER, metavar="FILE", help=_DEFAULT)

    of_outages = commands.add_parser("outages", help="the outages that the ledger holds")
    actions = of_outages.add_subparsers(required=True, metavar="ACTION")
    listed = actions.add_parser("list", parents=[kept], help="the latest outages")
    listed.add_argument("--limit", type=int, default=50, metavar="N", help=f"how many; {_DEFAULT}")
    listed.set_defaults(command=_list_outages)
    one = actions.add_parser("show", parents=[kept], help="one outage, with its unmeasured parts")
    one.add_argument("id", metavar="ID", help="for instance dinkes/primary@20260210T153000Z")
    one.set_defaults(command=_show_outage)

    of_ledger = commands.add_parser("ledger", help="copy or check the ledger, beside a running monitor too")
    actions = of_ledger.add_subparsers(required=True, metavar="ACTION")
    backup = actions.add_parser("backup", parents=[kept], help="copy it as it is now into a new file")
    backup.add_argument("file", type=Path, metavar="FILE", help="must not exist yet")
    backup.set_defaults(command=_backup)
    verify = actions.add_parser("verify", parents=[kept], help="check the file and its sums")
    verify.set_defaults(command=_verify)


def _run(options: argparse.Namespace) -> int:
    logs.configure(options.log_format)
    asked = app.RunOptions(
        options.inventory, options.listen, options.ledger, options.record, lifecycle_enabled=options.enable_lifecycle
    )
    try:
        asyncio.run(app.run(asked, os.environ))
    except TerpaduError as error:
        if options.log_format != "json":
            raise
        logging.getLogger(__name__).error("ended error=%s", error)  # noqa: TRY400 -- a condition, not a bug of ours
        return error.exit_status
    return 0


def _status(options: argparse.Namespace) -> int:
    return status.run(status.StatusOptions(options.url, watch=options.watch), sys.stdout)


def _schema(_: argparse.Namespace) -> int:
    print(json.dumps(json_schema.document(), ensure_ascii=False, indent=2))
    return 0


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
    return _district(None, ledger).organisation.timezone


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
    _warn_of_what_is_left_out(forgotten)
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


def _warn_of_what_is_left_out(forgotten: Sequence[str]) -> None:
    if forgotten:
        print(
            f"warning: measured in this month and not in the inventory, so not in the report: {', '.join(forgotten)}",
            file=sys.stderr,
        )


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
    asked = demo.DemoOptions(
        offices=options.offices,
        scenario=options.scenario,
        seed=options.seed,
        duration_seconds=options.duration,
        listen=options.listen,
    )
    with screen.display(sys.stdout) as display:
        concluded = demo.run(asked, display, lambda truth, ledger: scoring.as_sentence(_scored(truth, ledger)))
    if concluded is not None:
        print(concluded)
    print("The demo has ended, and nothing of it is left.")
    return 0


def _score(options: argparse.Namespace) -> int:
    scored = _scored(options.truth, options.ledger)
    if options.format == "json":
        print(json.dumps(scoring.as_json(scored), indent=2))
    else:
        print(scoring.as_text(scored), end="")
    return 0


def _scored(truth_file: Path, ledger_file: Path) -> scoring.Score:
    with Ledger.existing(ledger_file) as ledger:
        settled = ledger.settled()
        so = truth.read(truth_file) if settled is None else truth.read(truth_file, until=settled[1])
        document = ledger.latest_inventory()
        of_ledger = None if document is None else truth.fingerprint(document)
        return scoring.score(so, ledger, _district(None, ledger), of_ledger)
