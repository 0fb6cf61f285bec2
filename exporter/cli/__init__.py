"""Arguments in, exit status out, and the only place that prints.

0 is done, 1 failed, 2 the input or the arguments are wrong; `status` has its own. Each module adds its commands.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version

from exporter.cli import keeping, reporting, simulating, watching
from exporter.errors import InventoryError, TerpaduError


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
    except (OSError, UnicodeEncodeError) as error:
        print(f"terpadu: {_told(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _told(error: OSError | UnicodeEncodeError) -> str:
    """Return what kept a command's words from being written, or a file from being read."""
    if isinstance(error, UnicodeEncodeError):
        return f"the output takes no {error.object[error.start]!a}; set PYTHONUTF8=1, or write to a file"
    return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="terpadu", description="Watches a district's integrated internet.")
    parser.add_argument("--version", action="version", version=f"terpadu {version('terpadu-exporter')}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    watching.add_run(commands)
    watching.add_inventory_commands(commands)
    reporting.add(commands)
    keeping.add(commands)
    watching.add_status(commands)
    simulating.add(commands)
    return parser
