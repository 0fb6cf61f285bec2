"""Commands of the running monitor: run it, look at it, check its inventory."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
from pathlib import Path

from exporter import app, inventory, logs, status
from exporter.cli.arguments import DEFAULT, DEFAULT_INVENTORY, DEFAULT_LEDGER, DEFAULT_LISTEN, DEFAULT_REPORTS, Commands
from exporter.errors import InputError, TerpaduError
from exporter.inventory import json_schema

DEFAULT_URL = f"http://{DEFAULT_LISTEN}"


def add_run(commands: Commands) -> None:
    """Add `terpadu run`."""
    run = commands.add_parser("run", help="probe every link, serve /metrics, keep the ledger")
    run.add_argument("--inventory", type=Path, default=DEFAULT_INVENTORY, metavar="FILE", help=DEFAULT)
    run.add_argument(
        "--listen", default=DEFAULT_LISTEN, metavar="HOST:PORT", help=f"or fd://N for an open socket; {DEFAULT}"
    )
    run.add_argument(
        "--web.public",
        dest="public_listen",
        metavar="HOST:PORT",
        help="the page for citizens there too, without addresses, providers, costs or paths",
    )
    run.add_argument("--ledger", type=Path, default=DEFAULT_LEDGER, metavar="FILE", help=f"made at first; {DEFAULT}")
    run.add_argument(
        "--reports", type=Path, default=DEFAULT_REPORTS, metavar="DIR", help=f"the monthly reports' folder; {DEFAULT}"
    )
    run.add_argument("--record", type=Path, metavar="DIR", help="write every observation there, for replay")
    run.add_argument("--log-format", choices=("text", "json"), default="text", help=DEFAULT)
    run.add_argument("--enable-lifecycle", action="store_true", help="let POST /-/reload read the inventory again")
    run.add_argument("--prometheus-url", metavar="URL", help="the Prometheus that gives the offices' pages 30 days")
    run.set_defaults(command=_run)


def add_status(commands: Commands) -> None:
    """Add `terpadu status`."""
    shown = commands.add_parser(
        "status",
        help="every link of a running monitor, or every website",
        epilog="exit status: 0 no link is down, or every website that is measured is active; 1 one is down outside"
        " maintenance, or isn't active; 3 the monitor can't be asked, or nothing is measured",
    )
    shown.add_argument("--url", default=DEFAULT_URL, metavar="URL", help=f"the monitor's; {DEFAULT}")
    shown.add_argument("--watch", action="store_true", help="again every 2 s, until Ctrl-C")
    shown.add_argument("--websites", action="store_true", help="the offices' websites in place of the links")
    shown.set_defaults(command=_status)


def add_inventory_commands(commands: Commands) -> None:
    """Add what is done with an inventory alone."""
    check = commands.add_parser("check", help="validate an inventory: every problem with its place")
    check.add_argument("file", type=Path, nargs="?", default=DEFAULT_INVENTORY, metavar="FILE", help=DEFAULT)
    check.add_argument("--secrets", action="store_true", help="an unset secret is an error")
    check.set_defaults(command=_check)

    schema = commands.add_parser("schema", help="the inventory's JSON Schema, for editors")
    schema.set_defaults(command=_schema)


def _run(options: argparse.Namespace) -> int:
    logs.configure(options.log_format)
    asked = app.RunOptions(
        options.inventory,
        options.listen,
        options.ledger,
        options.reports,
        options.record,
        lifecycle_enabled=options.enable_lifecycle,
        prometheus_url=options.prometheus_url,
        public_listen=options.public_listen,
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
    asked = status.StatusOptions(options.url, watch=options.watch, websites=options.websites)
    return status.run(asked, sys.stdout)


def _schema(_: argparse.Namespace) -> int:
    print(json.dumps(json_schema.document(), ensure_ascii=False, indent=2))
    return 0


def _check(options: argparse.Namespace) -> int:
    placed = inventory.load_placed(options.file)
    for warning in inventory.warnings(placed.inventory, os.environ, placed.places):
        print(f"warning: {warning}", file=sys.stderr)
    if options.secrets and any(inventory.unset_secrets(placed.inventory, os.environ, placed.places)):
        raise InputError("an unset secret is an error with --secrets: set the ones above")
    links = sum(1 for _ in placed.inventory.links())
    websites = sum(office.website is not None for office in placed.inventory.offices.values())
    counted = f"{len(placed.inventory.offices)} offices, {links} links"
    print(f"{options.file}: good: {counted}, {websites} websites" if websites else f"{options.file}: good: {counted}")
    return 0
