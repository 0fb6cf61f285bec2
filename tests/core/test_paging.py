from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from benchmarks.paging import Run, main
from exporter import inventory
from exporter.lab import scenario

ROOT = Path(__file__).parents[2]
TRUTH = [
    {"truth": 1, "scenario": "test", "seed": 7, "inventory_sha256": "", "start": 1000.0},
    {
        "what": "dinsos/primary",
        "kind": "cut",
        "from": 1100.0,
        "to": None,
        "cause": "link",
        "affects": ["dinsos/primary"],
    },
    {"what": "dinsos/primary", "kind": "cut", "from": 1100.0, "to": 1200.0},
    {"what": "dlh/primary", "kind": "cut", "from": 1300.0, "to": None, "cause": "link", "affects": ["dlh/primary"]},
    {"what": "dlh/primary", "kind": "cut", "from": 1300.0, "to": 1350.0},
    {"end": 1600.0},
]
PLAYED = {"scenario": "test", "seed": 7, "restart": None, "lateness_p99_ms": 4.25, "evaluations_missed": 0}


def message(at: float, office: str, status: str = "firing") -> dict[str, Any]:
    labels = {"alertname": "OfficeOffline", "opd": office, "severity": "page"}
    alert = {"status": status, "labels": labels, "startsAt": "1970-01-01T00:18:38Z"}  # 1118 s
    return {"at": at, "payload": {"receiver": "webhook", "groupKey": office, "alerts": [alert]}}


def write_lines(file: Path, items: list[dict[str, Any]]) -> None:
    file.write_text("".join(f"{json.dumps(item)}\n" for item in items), encoding="utf-8")


def records(folder: Path, *messages: dict[str, Any]) -> Path:
    """The records of a playing in which two offices were cut; its folder's folder."""
    own = folder / "test-7"
    own.mkdir()
    shutil.copyfile(ROOT / "inventory.yaml", own / "inventory.yaml")
    write_lines(own / "truth.jsonl", TRUTH)
    write_lines(own / "messages.jsonl", list(messages))
    firing = [{"labels": {"alertname": "OfficeOffline", "opd": "dlh", "severity": "page"}, "runs": [[1320, 1420]]}]
    (own / "alerts.json").write_text(json.dumps(firing), encoding="utf-8")
    (own / "playing.json").write_text(json.dumps(PLAYED), encoding="utf-8")
    return folder


def test_records_with_a_page_a_fault_are_as_they_must_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = (
        message(1125, "dinsos"),
        message(1290, "dinsos", "resolved"),
        message(1322, "dlh"),
        message(1440, "dlh", "resolved"),
    )
    assert main(["--judge", str(records(tmp_path, *both))]) == 0
    assert capsys.readouterr().out.splitlines()[2:] == [
        "| test 7 | 2 | 2 | 0 | 2 | 0 | 1.0 | 0 | 23.5 | 25.0 | 2 | 0 | 0 | 0 |",
        "",
        "| fault of | paged | median s | longest s |",
        "| --- | --- | --- | --- |",
        "| office | 2 | 23.5 | 25.0 |",
        "| all | 2 | 23.5 | 25.0 |",
        "",
        "test 7: 99 % of echoes left within 4.2 ms; evaluations missed: 0",
    ]


def test_what_is_missed_or_too_much_is_named_with_its_times(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    too_soon = (message(1125, "dinsos"), message(1150, "dinsos", "resolved"), message(1160, "dinsos"))
    assert main(["--judge", str(records(tmp_path, *too_soon)), "--verbose"]) == 1
    assert capsys.readouterr().out.splitlines()[10:] == [
        (
            "SURPLUS OfficeOffline dinsos at 160 s, of office dinsos (100 to 200 s), whose page is OfficeOffline dinsos"
            " at 125 s: the same alert as 35 s before"
        ),
        "MISSED office dlh (300 to 350 s): OfficeOffline dlh fired from 320 to 420 s",
        "FALSE RESOLVE OfficeOffline dinsos at 150 s, of office dinsos (100 to 200 s)",
        "NEVER RESOLVED OfficeOffline dinsos, paged at 160 s",
        "  office dinsos (100 to 200 s), due: OfficeOffline dinsos at 125 s, OfficeOffline dinsos at 160 s",
        "  office dlh (300 to 350 s), due: no page",
        "  firing 320 to 420 s: OfficeOffline dlh",
        "  tickets {}",
    ]


@pytest.mark.parametrize("deed", ["cut", "fail"])
def test_an_outage_over_a_restart_begins_before_it_and_ends_after_it(tmp_path: Path, deed: str) -> None:
    run = Run("", 0, 240.0, "exporter", deed == "fail", gone_seconds=5.0)
    words = run.words(tmp_path)
    played = scenario.load(tmp_path / f"{run.name}.yaml", inventory.load(ROOT / "inventory.yaml"))
    (event,) = played.events
    assert event.at is not None
    assert event.lasts is not None
    restarts_at = float(words[words.index("--restart-after") + 1])
    assert event.kind.value == deed
    assert event.at.longest + 60 < restarts_at < event.at.shortest + event.lasts.shortest - 60
