"""Commands that report a month: the SLA summary, the costs, and the websites."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from exporter import app, inventory
from exporter.cli.arguments import DEFAULT, DEFAULT_LEDGER, Commands, kept_inventory
from exporter.clock import SystemClock
from exporter.errors import InputError
from exporter.ledger import Closing, Ledger
from exporter.model import Inventory, Language
from exporter.report import Summary, closing, files, of_provider, summarise
from exporter.report.cost import forms, reckoning
from exporter.report.csv_file import BYTE_ORDER_MARK
from exporter.report.files import FORMATS
from exporter.report.websites import forms as website_forms
from exporter.report.websites import reckoning as website_reckoning
from exporter.sla import Month

TO_STANDARD_OUTPUT = ("json", "csv", "md")


def add(commands: Commands) -> None:
    """Add `terpadu report`."""
    report = commands.add_parser("report", help="monthly reports from the ledger")
    kinds = report.add_subparsers(required=True, metavar="KIND")
    sla = kinds.add_parser(
        "sla",
        parents=[_month_options()],
        help="the monthly SLA summary",
        epilog="A month is closed once it is over: its report is kept in the ledger as a revision, which nothing"
        " overwrites.",
    )
    sla.add_argument("--provider", metavar="CODE", help="its links alone, to hand to it")
    sla.add_argument("--close", action="store_true", help="keep it in the ledger, as a revision of the month")
    sla.add_argument(
        "--everything",
        action="store_true",
        help="with --out: every format in both languages, and a PDF for each provider, as the monitor serves them",
    )
    sla.set_defaults(command=_sla)
    of_costs = kinds.add_parser(
        "costs", parents=[_month_options()], help="who pays what, for how much, and what is used of it"
    )
    of_costs.set_defaults(command=_costs, everything=False, provider=None)
    of_websites = kinds.add_parser(
        "websites", parents=[_month_options()], help="which websites are active and kept up to date, and why not"
    )
    of_websites.set_defaults(command=_websites, everything=False, provider=None)


def _month_options() -> argparse.ArgumentParser:
    """Return what every monthly report asks for."""
    asked = argparse.ArgumentParser(add_help=False)
    asked.add_argument("--month", required=True, metavar="YYYY-MM")
    asked.add_argument("--inventory", type=Path, metavar="FILE", help="default: the ledger's latest")
    asked.add_argument(
        "--ledger", type=Path, nargs="+", default=[DEFAULT_LEDGER], metavar="FILE", help=f"default: {DEFAULT_LEDGER}"
    )
    asked.add_argument(
        "--format", default="json", metavar=",".join(FORMATS), help=f"one, or several with --out; {DEFAULT}"
    )
    asked.add_argument("--lang", choices=[of.value for of in Language], help="default: the organisation's")
    asked.add_argument("--out", type=Path, metavar="DIR", help="write files there; default: standard output")
    return asked


def _sla(options: argparse.Namespace) -> int:
    month = _month(options.month)
    formats = _formats(options)
    if options.close and len(options.ledger) > 1:
        raise InputError("--close: a revision is kept in one ledger; close the month of each by itself")
    if options.close and options.provider is not None:
        raise InputError("--close: a revision is of the whole month; leave out --provider")
    with _opened(options, month) as (ledgers, district, document):
        summary = summarise(ledgers, district, month)
    kept = None
    if options.close:
        summary, kept = closing.prepared(summary, document, int(SystemClock.time()), app.VERSION)
    shown = summary if options.provider is None else of_provider(summary, district, options.provider)
    languages = [_language(options, district)]
    if options.everything:
        _write_everything(summary, district, options.out)
    elif options.out is not None:
        _write(shown, formats, languages, options.out)
    else:
        _, content = next(files.rendered(shown, formats, languages))
        print(content().decode().removeprefix(BYTE_ORDER_MARK), end="")
    if options.close:
        _keep(options.ledger[0], summary, kept)
    return 0


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except ValueError as error:
        raise InputError(f"--month: {error}") from error


def _formats(options: argparse.Namespace) -> Sequence[str]:
    """Return the formats that are asked for; InputError where that can't be written as it is asked."""
    formats: list[str] = list(dict.fromkeys(name.strip().lower() for name in options.format.split(",")))
    if unknown := [name for name in formats if name not in FORMATS]:
        raise InputError(f"--format: {unknown[0]!r} is none of {', '.join(FORMATS)}")
    if options.everything and (options.provider is not None or options.format != "json"):
        raise InputError("--everything: it is all formats, and every provider; leave out --format and --provider")
    if options.out is None:
        if options.everything:
            raise InputError("--everything: these are many files; name a folder for them with --out")
        if len(formats) > 1:
            raise InputError("--format: several formats need a folder for their files; name it with --out")
        if formats[0] not in TO_STANDARD_OUTPUT:
            raise InputError(f"--format: {formats[0]} is no text; name a folder for the file with --out")
    return formats


@contextmanager
def _named(options: argparse.Namespace) -> Iterator[tuple[list[Ledger], Inventory, str]]:
    """Open the ledgers, with the inventory that is named, else their latest, also as text."""
    gc.disable()  # nothing of a report is garbage before its end
    with ExitStack() as stack:
        ledgers = [stack.enter_context(Ledger.existing(path)) for path in dict.fromkeys(options.ledger)]
        if options.inventory is None:
            kept = [kept_inventory(ledger) for ledger in ledgers]
            document, district = kept[0][0], closing.united([of for _, of in kept])
        else:
            placed = inventory.load_placed(options.inventory)
            document, district = placed.text, placed.inventory
        yield ledgers, district, document


@contextmanager
def _opened(options: argparse.Namespace, month: Month) -> Iterator[tuple[list[Ledger], Inventory, str]]:
    """Open the ledgers, with the inventory that is named and the links of a month that earlier ones tell of.

    What links of the ledgers none of them can tell of is said.
    """
    with _named(options) as (ledgers, district, document):
        start, end = month.period(district.organisation.timezone)
        known = {link.id for link in district.links()}
        forgotten = [link for ledger in ledgers for link in ledger.links(start, end) if link not in known]
        earlier = [text for ledger in ledgers for text in ledger.closed_inventories(str(month))]
        earlier += [text for ledger in ledgers for text in ledger.inventories(start, end)]
        whole, unknown = closing.completed(district, earlier, forgotten)
        if unknown:
            told = "measured in this month and not in the inventory, so not in the report"
            print(f"warning: {told}: {', '.join(unknown)}", file=sys.stderr)
        yield ledgers, whole, document


def _language(options: argparse.Namespace, district: Inventory) -> Language:
    return district.organisation.language if options.lang is None else Language(options.lang)


def _costs(options: argparse.Namespace) -> int:
    month = _month(options.month)
    formats = _formats(options)
    with _opened(options, month) as (ledgers, district, _):
        reckoned = reckoning.reckon(ledgers, district, month)
    _hand_over(forms.files(reckoned, formats, _language(options, district)), options.out)
    return 0


def _websites(options: argparse.Namespace) -> int:
    month = _month(options.month)
    formats = _formats(options)
    with _named(options) as (ledgers, district, _):
        reckoned = website_reckoning.reckon(ledgers, district, month)
    if reckoned.forgotten:
        told = "websites that were measured in this month and aren't in the inventory, so not in the report"
        print(f"warning: {told}: {', '.join(reckoned.forgotten)}", file=sys.stderr)
    _hand_over(website_forms.files(reckoned, formats, _language(options, district)), options.out)
    return 0


def _hand_over(made: Mapping[str, bytes], folder: Path | None) -> None:
    """Write files into a folder, or print the first of them where there is none."""
    if folder is None:
        print(next(iter(made.values())).decode().removeprefix(BYTE_ORDER_MARK), end="")
        return
    for name, content in made.items():
        print(files.write(folder, name, content))


def _keep(path: Path, summary: Summary, kept: Closing | None) -> None:
    """Keep a closing, now that its files are there, and say which revision it is."""
    if kept is not None:
        with Ledger.beside(path) as ledger:
            ledger.add_closing(kept)
    what = "provisional, as something of it may change yet" if summary.is_provisional else "final"
    print(f"{summary.month}: revision {summary.revision}, {what}", file=sys.stderr)


def _write_everything(summary: Summary, district: Inventory, folder: Path) -> None:
    """Write what the monitor serves, the whole last: where that is there, all of it is."""
    for code in district.providers:
        own = of_provider(summary, district, code)
        if own.links:
            _write(own, ["pdf"], list(Language), folder)
    _write(summary, FORMATS, list(Language), folder)


def _write(summary: Summary, formats: Sequence[str], languages: Sequence[Language], folder: Path) -> None:
    for name, content in files.rendered(summary, formats, languages):
        print(files.write(folder, name, content()))
