from __future__ import annotations

import json
from pathlib import Path

import pytest

from exporter.errors import TerpaduError
from exporter.observation import DevicePoll, Outcome
from exporter.recording import Recorder


def lines(folder: Path) -> list[dict[str, object]]:
    (file,) = folder.iterdir()
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_slots_decided_out_of_order_are_written_in_order_of_time(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "rekaman", 1_770_000_000.0, held_seconds=10)
    recorder.add("link", "dinkes/primary", 102, Outcome.REPLY, 0.0032)
    recorder.add("reference", "gw", 100, Outcome.LOST, None)
    recorder.add("node", "core", 101, Outcome.ERROR, None)
    recorder.close()
    assert lines(tmp_path / "rekaman") == [
        {"at": 100, "reference": "gw", "outcome": "lost"},
        {"at": 101, "node": "core", "outcome": "error"},
        {"at": 102, "link": "dinkes/primary", "outcome": "reply", "rtt_ms": 3.2},
    ]


def test_polls_of_devices_stand_among_the_slots_as_replay_reads_them(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, 1_770_000_000.0, held_seconds=10)
    recorder.add_poll("dinkes/primary", DevicePoll(101.25, 7.5, 1000, 2000))
    recorder.add("link", "dinkes/primary", 100, Outcome.LOST, None)
    recorder.close()
    assert lines(tmp_path) == [
        {"at": 100, "link": "dinkes/primary", "outcome": "lost"},
        {"at": 101.25, "link": "dinkes/primary", "boot_at": 7.5, "receive_bytes": 1000, "transmit_bytes": 2000},
    ]


def test_what_no_earlier_slot_can_precede_is_written_while_running(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, 1_770_000_000.0, held_seconds=10)
    for at in (100, 105, 112):
        recorder.add("link", "dinkes/primary", at, Outcome.REPLY, 0.001)
    assert [line["at"] for line in lines(tmp_path)] == [100]
    recorder.close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TerpaduError, match=r"--record .*file.*name a folder that can be written"):
        Recorder(tmp_path / "file", 1_770_000_000.0, held_seconds=10)
