from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from ledger_batches import DAY
from writing import TARGETS

from exporter.ledger import Ledger
from exporter.timeline import State

PROGRAM = Path(__file__).with_name("writing.py")


@contextmanager
def writing(ledger: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(PROGRAM), str(ledger)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process


def lines(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def test_a_killed_writer_loses_nothing_that_it_committed_and_leaves_a_whole_ledger(tmp_path: Path) -> None:
    path, told = tmp_path / "ledger.sqlite3", 0
    for number in (1, 7, 2, 23, 4, 11):
        with writing(path) as process:
            for _ in range(number):
                told = int(lines(process.stdout).readline())
            process.kill()
            told = max([told, *map(int, lines(process.stdout))])
        with Ledger.existing(path) as ledger:
            assert ledger.verify() == []
            settled = ledger.settled()
            assert settled is not None
            assert settled[1] in {told, told + 5}
            for target in (f"kantor-{number}/primary" for number in range(TARGETS)):
                counted = ledger.sketch(target, DAY, DAY)
                assert (counted.replies, counted.lost) == (settled[1] // 5, settled[1] // 5 * 4)
                assert sum(span.seconds for span in ledger.spans(target, 0, settled[1])) == settled[1]
    with Ledger.create(path) as ledger:
        assert ledger.seconds("kantor-0/primary")[State.UP] > 0


@pytest.mark.parametrize("rounds", [100])
def test_readers_and_backups_beside_a_writer_never_make_it_fail(tmp_path: Path, rounds: int) -> None:
    path, seen = tmp_path / "ledger.sqlite3", 0
    with writing(path) as process:
        lines(process.stdout).readline()
        for number in range(rounds):
            with Ledger.existing(path) as ledger:
                settled = ledger.settled()
                assert settled is not None
                assert settled[1] >= seen
                seen = settled[1]
                assert {ledger.spans(link, 0, seen)[-1].end for link in ledger.links(0, seen)} == {seen}
                if number % 10 == 0:
                    assert ledger.backup(tmp_path / f"{number}.sqlite3") == []
            lines(process.stdout).readline()
        lines(process.stdin).close()
        last = max(map(int, lines(process.stdout)))
    assert process.returncode == 0
    assert last > 5 * rounds
