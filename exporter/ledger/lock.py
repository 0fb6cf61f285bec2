"""One writer a ledger: a lock on a file beside it, which names who holds it."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from exporter.errors import LedgerError


class WriterLock:
    """The leave to write a ledger, held until `close`; LedgerError names the process that holds it already.

    It stands beside the ledger: closing the ledger's own file by another descriptor would drop SQLite's locks.
    """

    def __init__(self, ledger: Path) -> None:
        own = ledger.resolve()  # by whatever name it is opened
        beside = own.with_name(f"{own.name}.lock")
        try:
            self._descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            reason = error.strerror or error
            raise LedgerError(
                f"ledger {ledger}: {beside.name} beside it can't be opened ({reason});"
                " give the folder to the user that runs terpadu"
            ) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._descriptor, 200, 0).decode("ascii", "replace").strip()
            os.close(self._descriptor)
            raise LedgerError(
                f"ledger {ledger}: another terpadu writes it{holder and f' ({holder})'};"
                " end that one, or name another file with --ledger"
            ) from error
        since = datetime.now(UTC).isoformat(sep=" ", timespec="seconds")
        with suppress(OSError):  # a full disk: the lock holds without a name
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"process {os.getpid()}, since {since}\n".encode("ascii"), 0)

    def close(self) -> None:
        """Let another process write."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
