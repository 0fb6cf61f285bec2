"""What was measured: rows with units in their names, shown as tables and kept as one JSON file beside the machine."""

from __future__ import annotations

import json
import math
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from exporter.errors import TerpaduError
from exporter.lab import packages

Row = Mapping[str, float | int | str | None]
Tables = dict[str, Sequence[Row]]
_SIGNIFICANT = 3
_MIB = 2**20


def machine() -> dict[str, str | int]:
    """Return what the figures stand on: cores, CPU model, memory, kernel, system, Python, version and date."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": len(os.sched_getaffinity(0)),
        "cpu": _first("/proc/cpuinfo", "model name"),
        "memory_mib": int(_first("/proc/meminfo", "MemTotal").split()[0]) // 1024,
        "kernel": platform.release(),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", "unknown"),
        "python": platform.python_version(),
        "terpadu": version("terpadu-exporter"),
    }


def _first(file: str, key: str) -> str:
    for line in Path(file).read_text(encoding="ascii", errors="replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return "unknown"


def new_file() -> Path:
    """Return the file for the results of a run that begins now, below the cache."""
    return _folder() / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"


def save(file: Path, tables: Tables, settings: Mapping[str, object]) -> None:
    """Write the tables so far, with the machine and how they were made."""
    document = {"machine": machine(), "settings": dict(settings), "tables": tables}
    file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder for the time of one measurement, on the disk where the cache is: /tmp may be memory alone."""
    with tempfile.TemporaryDirectory(prefix="run-", dir=_folder()) as name:
        yield Path(name)


def _folder() -> Path:
    folder = packages.cache_folder().parent / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def print_score(play: Callable[[], dict[str, object]]) -> int:
    """Print what a playing comes to as a line of JSON; return the exit status, with the error told."""
    try:
        score = play()
    except TerpaduError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    sys.stdout.write(f"{json.dumps(score)}\n")
    return 0


def show(title: str, rows: Sequence[Row]) -> None:
    """Write a table: a line a figure, a column a row, so that many figures fit a terminal."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [[name, *(_text(row.get(name)) for row in rows)] for name in names]
    widths = [max(len(line[column]) for line in lines) for column in range(len(rows) + 1)]
    tell(f"\n== {title}")
    for first, *others in lines:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        tell("  ".join(cells).rstrip())


def tell(line: str) -> None:
    """Write a line to standard output at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _text(value: float | str | None) -> str:
    """Return a value with three significant digits, whole numbers in full, `-` for what isn't known."""
    if value is None:
        return "-"
    if isinstance(value, str):
        return value
    if value == int(value):
        return f"{int(value):,}"
    digits = _SIGNIFICANT - 1 - math.floor(math.log10(abs(value)))
    return f"{value:,.{max(digits, 0)}f}"


def mib(size_bytes: float) -> float:
    """Return bytes as MiB."""
    return size_bytes / _MIB


def milliseconds(seconds: float | None) -> float | None:
    """Return seconds as milliseconds; None stays None."""
    return None if seconds is None else seconds * 1000


def nearest_rank(ordered: Sequence[float], share: float) -> float | None:
    """Return a quantile of values in ascending order by nearest rank; None where there are none."""
    if not ordered:
        return None
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
