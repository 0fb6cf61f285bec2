"""Talk by JSON lines between the lab and a process that it starts: one asks, the other answers each line by one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from exporter.errors import InputError, TerpaduError
from exporter.lab.processes import end

_LAST_LINES = 10
_READ_BYTES = 1 << 16


class AskedProcess:
    """A process that is asked one thing at a time, from entering to leaving the context; `greeting` is its first line.

    `who` is what it is called in errors, which quote the last it wrote to its standard error: to the end of `log`, or
    to nowhere else. `changes` are to its environment, `keep_open` are file descriptors that it keeps.
    """

    def __init__(
        self,
        who: str,
        words: Sequence[str],
        *,
        changes: Mapping[str, str] | None = None,
        log: Path | None = None,
        keep_open: Sequence[int] = (),
    ) -> None:
        self._who = who
        self._words = words
        self._environment = {**os.environ, **(changes or {})}
        self._log = log
        self._keep_open = keep_open

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            errors: IO[bytes] = tempfile.TemporaryFile() if self._log is None else self._log.open("a+b")
            self._errors = stack.enter_context(errors)
            self._errors_from = self._errors.seek(0, os.SEEK_END)
            # It reads from a pipe whose other end is here: however this process ends, the other sees it.
            self.process = subprocess.Popen(  # noqa: S603 - the lab's own
                self._words,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                pass_fds=self._keep_open,
                start_new_session=True,
            )
            stack.callback(end, self.process)
            self._commands = cast("IO[bytes]", self.process.stdin)
            self._sayings = cast("IO[bytes]", self.process.stdout)
            self.greeting = self._next_line()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def ask(self, command: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is said of a command that has been carried out, or raise InputError where it has not."""
        try:
            self._commands.write(f"{json.dumps(command)}\n".encode())
            self._commands.flush()
        except (OSError, ValueError) as error:  # ValueError where it was found ended before
            raise self._ended() from error
        said = self._next_line()
        if "error" in said:
            raise InputError(said["error"])
        return said

    def _next_line(self) -> dict[str, Any]:
        line = self._sayings.readline()
        if not line:
            raise self._ended()
        said: dict[str, Any] = json.loads(line)
        return said

    def _ended(self) -> TerpaduError:
        end(self.process)
        self._errors.seek(self._errors_from)
        words = "\n".join(self._errors.read().decode(errors="replace").splitlines()[-_LAST_LINES:]).strip()
        status = self.process.returncode
        if status == InputError.exit_status:
            return InputError(words)
        return TerpaduError(f"{self._who} has ended with status {status}; start the lab again. {words}".rstrip())


class Lines:
    """What comes to a file descriptor, line by line."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""

    def read(self) -> list[bytes] | None:
        """Wait for something, and return the lines that are whole by now; None once there is no more."""
        read = os.read(self._descriptor, _READ_BYTES)
        if not read:
            return None
        *lines, self._rest = (self._rest + read).split(b"\n")
        return lines


def say(said: Mapping[str, Any]) -> None:
    """Write a line to whoever asks."""
    sys.stdout.write(f"{json.dumps(said)}\n")
    sys.stdout.flush()
