"""Observations as lines of JSON, in order of time: what `run --record` writes and `replay` reads."""

from __future__ import annotations

import heapq
import json
import logging
from datetime import UTC, datetime
from pathlib import Path

from exporter.errors import TerpaduError
from exporter.observation import DevicePoll, Outcome

logger = logging.getLogger(__name__)


class Recorder:
    """Writes a file of one process into a folder; what can't be written is told once and left out.

    A line is held for `held_seconds`, longer than any slot takes to be decided, so that lines come in order.
    """

    def __init__(self, folder: Path, now: float, held_seconds: int) -> None:
        name = f"observations-{datetime.fromtimestamp(now, UTC):%Y%m%dT%H%M%SZ}.jsonl"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = (folder / name).open("x", encoding="utf-8")
        except OSError as error:
            raise TerpaduError(
                f"--record {folder}: {error.strerror or error}; name a folder that can be written"
            ) from error
        self.held_seconds = held_seconds
        self._held: list[tuple[int, int, str]] = []
        self._number = 0
        self._newest = 0
        self._is_broken = False

    def add(self, kind: str, name: str, at: int, outcome: Outcome, rtt_seconds: float | None) -> None:
        """Take a decided slot; it is written once no earlier one can come any more."""
        line: dict[str, object] = {"at": at, kind: name, "outcome": outcome.value}
        if rtt_seconds is not None:
            line["rtt_ms"] = round(rtt_seconds * 1000, 6)
        self._hold(at, line)

    def add_poll(self, link: str, poll: DevicePoll) -> None:
        """Take a good poll of a link's device."""
        line = {"at": poll.at, "link": link, "boot_at": poll.boot_at}
        self._hold(int(poll.at), {**line, "receive_bytes": poll.receive_bytes, "transmit_bytes": poll.transmit_bytes})

    def _hold(self, at: int, line: dict[str, object]) -> None:
        self._number += 1
        heapq.heappush(self._held, (at, self._number, json.dumps(line)))
        if at > self._newest:
            self._newest = at
            self._write(at - self.held_seconds)

    def close(self) -> None:
        """Write what is held, and end the file."""
        self._write(self._newest + 1)
        self._file.close()

    def _write(self, before: int) -> None:
        held, lines = self._held, []
        while held and held[0][0] < before:
            lines.append(f"{heapq.heappop(held)[2]}\n")
        try:
            self._file.writelines(lines)
            self._file.flush()
        except OSError as error:
            if not self._is_broken:
                logger.error("recording_failed file=%s error=%s", self._file.name, error)  # noqa: TRY400 -- a full disk
            self._is_broken = True
