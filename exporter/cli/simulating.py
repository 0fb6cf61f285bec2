"""Commands of the simulated district: show it, and hold what was seen against what was so."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from exporter import scoring
from exporter.cli.arguments import DEFAULT, DEFAULT_LISTEN, Commands, kept_inventory
from exporter.errors import InputError
from exporter.lab import demo, scenario, screen, truth
from exporter.ledger import Ledger


def add(commands: Commands) -> None:
    """Add `terpadu demo` and `terpadu lab`."""
    shown = commands.add_parser("demo", help="the sample district on a network of its own, with Prometheus")
    shown.add_argument("--offices", type=int, metavar="N", help="a district of N; default: the sample's 31")
    shown.add_argument(
        "--scenario", default="bad-day", metavar="NAME", help=f"{', '.join(scenario.shipped())}, or a file; {DEFAULT}"
    )
    shown.add_argument("--seed", type=int, default=0, metavar="N", help=f"what is random comes from it; {DEFAULT}")
    shown.add_argument("--duration", type=float, metavar="SECONDS", help="end by itself")
    shown.add_argument("--listen", default=DEFAULT_LISTEN, metavar="HOST:PORT", help=f"the exporter's; {DEFAULT}")
    shown.add_argument(
        "--in-container", action="store_true", help="in a container's own network, for Prometheus in another one"
    )
    shown.set_defaults(command=_demo)

    of_lab = commands.add_parser("lab", help="the simulated district")
    actions = of_lab.add_subparsers(required=True, metavar="ACTION")
    scored = actions.add_parser("score", help="what the monitor saw against what was so")
    scored.add_argument("truth", type=Path, metavar="TRUTH", help="as the demo writes it: truth.jsonl")
    scored.add_argument("ledger", type=Path, metavar="LEDGER", help="a running monitor's too")
    scored.add_argument("--format", choices=("text", "json"), default="text", help=DEFAULT)
    scored.set_defaults(command=_score)


def _demo(options: argparse.Namespace) -> int:
    if options.duration is not None and options.duration <= 0:
        raise InputError(f"--duration {options.duration:g}: name the seconds to run, for instance 60")
    asked = demo.DemoOptions(
        offices=options.offices,
        scenario=options.scenario,
        seed=options.seed,
        duration_seconds=options.duration,
        listen=options.listen,
        in_container=options.in_container,
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
        return scoring.score(so, ledger, kept_inventory(ledger)[1], of_ledger)
