"""What persons say beside a running monitor: words on outages, windows of maintenance; with author and time."""

from __future__ import annotations

import argparse
import getpass
import os
import unicodedata
from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from exporter.amendment import Amendment
from exporter.cli.arguments import Commands, kept_inventory, ledger_option
from exporter.clock import SystemClock
from exporter.errors import InputError
from exporter.inventory import moment_of, scope_of
from exporter.ledger import Ledger
from exporter.maintenance import Standing, Window
from exporter.model import Cause, Language
from exporter.report import outages
from exporter.report.words import Words

HEADS = ("NUMBER", "START", "END", "STANDING", "SCOPE", "BY", "REASON")
STANDINGS = {
    Standing.APPLIED: "applies",
    Standing.LATE: "late, not applied",
    Standing.CHANGED: "changed, not applied",
}


def add_amend(actions: Commands) -> None:
    """Add `terpadu outages amend`."""
    amend = actions.add_parser(
        "amend",
        parents=[ledger_option()],
        help="a person's word on a link's outage",
        epilog="Nothing is overwritten: the latest word holds, and a month that was closed gets a new revision.",
    )
    amend.add_argument("id", metavar="ID", help="for instance dinkes/primary@20260210T153000Z")
    amend.add_argument("--by", required=True, metavar="NAME", help="who says it")
    amend.add_argument("--cause", choices=[cause.value for cause in Cause], help="confirm the cause, or correct it")
    counts = amend.add_mutually_exclusive_group()
    counts.add_argument("--exclude", metavar="REASON", help="take its down time out of the SLA figures")
    counts.add_argument("--include", metavar="REASON", help="let it count again after --exclude")
    amend.add_argument("--note", metavar="TEXT")
    amend.set_defaults(command=_amend)


def add_maintenance(commands: Commands) -> None:
    """Add `terpadu maintenance`."""
    kept = ledger_option()
    of_windows = commands.add_parser("maintenance", help="windows of announced work, beside those of the inventory")
    actions = of_windows.add_subparsers(required=True, metavar="ACTION")
    added = actions.add_parser("add", parents=[kept], help="announce a window; a running monitor sees it within 5 s")
    added.add_argument("--start", required=True, metavar="TIME", help="local, for instance 2026-02-10T23:00")
    added.add_argument("--end", required=True, metavar="TIME")
    added.add_argument("--scope", required=True, nargs="+", metavar="NAME", help="links, offices, nodes, providers")
    added.add_argument("--reason", required=True, metavar="TEXT")
    added.add_argument("--by", required=True, metavar="NAME", help="who announces it")
    added.set_defaults(command=_add_window)
    ended = actions.add_parser("end", parents=[kept], help="end a window now; what has passed of it stays excluded")
    ended.add_argument("number", type=int, metavar="NUMBER", help="as the list has it")
    ended.add_argument("--by", default=_user(), metavar="NAME", help="who ends it; default: the user %(default)s")
    ended.set_defaults(command=_end_window)
    listed = actions.add_parser("list", parents=[kept], help="every window that the ledger knows")
    listed.set_defaults(command=_list_windows)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return f"user {os.getuid()}"


def _amend(options: argparse.Namespace) -> int:
    texts = {name: _said(options, name) for name in ("by", "exclude", "include", "note")}
    if options.cause is None and not any(texts[name] for name in ("exclude", "include", "note")):
        raise InputError("amend: say something of it: --cause, --exclude, --include or --note")
    with Ledger.beside(options.ledger) as ledger:
        target, outage = outages.find(ledger, options.id)
        if "/" not in target:
            raise InputError(f"{options.id}: this is a node's outage; amend those of the links under it")
        cause = None if options.cause is None else Cause(options.cause)
        by = texts["by"] or ""
        at = int(SystemClock.time())
        ledger.add_amendment(
            Amendment(target, outage.started_at, at, by, cause, texts["exclude"], texts["include"], texts["note"])
        )
    print(f"{options.id}: amended by {by}")
    return 0


def _said(options: argparse.Namespace, name: str) -> str | None:
    """Return what was said, without blanks around it; InputError where that is nothing, or no text."""
    text: str | None = getattr(options, name)
    if text is None:
        return None
    if not text.strip():
        raise InputError(f"--{name}: there is nothing in it")
    if odd := [c for c in text if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"}]:
        raise InputError(f"--{name}: {odd[0]!a} in it is no letter or sign of a line of text")
    return text.strip()


def _add_window(options: argparse.Namespace) -> int:
    with Ledger.beside(options.ledger) as ledger:
        _, district = kept_inventory(ledger)
        scope = scope_of(district, [name for part in options.scope for name in part.split(",") if name])
        start, end = (
            int(moment_of(district, text, option).timestamp())
            for text, option in ((options.start, "--start"), (options.end, "--end"))
        )
        if end <= start:
            raise InputError("--end: the window ends before it starts, or as it does")
        window = ledger.add_window(
            Window(
                scope=scope,
                starts_at=start,
                ends_at=end,
                reason=_said(options, "reason") or "",
                first_seen_at=int(SystemClock.time()),
                added_by=_said(options, "by"),
            )
        )
        others = [of.number for of in ledger.windows() if of.number != window.number and _overlap(of, window)]
    what = (
        ""
        if window.standing is Standing.APPLIED
        else "; it was announced late: it excludes nothing, and silences pages while it lasts"
    )
    also = f"; it overlaps {', '.join(map(str, others))}, and no second counts twice" if others else ""
    length = Words(Language.ENGLISH).duration(window.ends_at - window.starts_at)
    print(f"window {window.number}: added, for {length}{what}{also}")
    return 0


def _overlap(one: Window, other: Window) -> bool:
    return one.starts_at < other.until and other.starts_at < one.until and not set(one.scope).isdisjoint(other.scope)


def _end_window(options: argparse.Namespace) -> int:
    by = _said(options, "by") or ""
    with Ledger.beside(options.ledger) as ledger:
        window = ledger.cut_window(options.number, int(SystemClock.time()), by)
    how = "before it began" if window.until <= window.starts_at else "now; what has passed of it stays as it is"
    print(f"window {window.number}: ended {how}")
    return 0


def _list_windows(options: argparse.Namespace) -> int:
    with Ledger.existing(options.ledger) as ledger:
        zone = kept_inventory(ledger)[1].organisation.timezone
        rows = [HEADS, *_rows(ledger.windows(), zone)]
    for line in outages.aligned(rows, len(HEADS)):
        print(line)
    return 0


def _rows(windows: Sequence[Window], zone: ZoneInfo) -> Iterator[tuple[str, ...]]:
    for of in windows:
        by = of.added_by or of.approved_by or "inventory"
        ended = "" if of.cut_at is None else f" (ended early by {of.cut_by})"
        standing = STANDINGS[of.standing] if of.until > of.starts_at else "ended before it began"
        yield (
            str(of.number), outages.local(of.starts_at, zone), f"{outages.local(of.until, zone)}{ended}", standing,
            ",".join(of.scope), by, of.reason,
        )  # fmt: skip
