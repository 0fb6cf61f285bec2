"""A program as a process of its own, and what the kernel says of it."""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from exporter.errors import TerpaduError
from exporter.lab import processes

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_USER_TIME, _SYSTEM_TIME = 11, 12  # places in /proc/PID/stat after the name in brackets (proc(5))
_PATIENCE_SECONDS = 60.0
_LOG_LINES = 5


@dataclass(frozen=True, slots=True)
class Server:
    """A running program that answers on a port of this machine."""

    pid: int
    port: int
    log: Path

    def cpu_seconds(self) -> float:
        """Return the user and system time it used so far, to 0.01 s."""
        fields = _proc(self.pid, "stat").rpartition(")")[2].split()
        return (int(fields[_USER_TIME]) + int(fields[_SYSTEM_TIME])) / _TICKS_PER_SECOND

    def fine_cpu_seconds(self) -> float:
        """Return the time that its living threads ran so far, to the nanosecond."""
        total_ns = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # a thread that ended meanwhile
                total_ns += int((task / "schedstat").read_text(encoding="ascii").split()[0])
        return total_ns / 1e9

    def resident_bytes(self) -> int:
        """Return what it holds in memory now."""
        return memory_bytes(self.pid, "VmRSS")

    def peak_bytes(self) -> int:
        """Return the most it ever held."""
        return memory_bytes(self.pid, "VmHWM")

    def last_words(self) -> str:
        """Return the end of its log, for an error."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return " | ".join(lines[-_LOG_LINES:]) or "its log is empty"


def memory_bytes(pid: int, field: str) -> int:
    """Return a field of /proc/PID/status that is in kB; 0 where the process has ended."""
    for line in _proc(pid, "status").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) * 1024
    return 0


def _proc(pid: int, file: str) -> str:
    try:
        return Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError) as error:
        raise TerpaduError(f"the process {pid} that is measured has ended; see its log") from error


@contextmanager
def exporter(
    folder: Path, inventory: Path, *arguments: str, python: Sequence[str] = (sys.executable, "-m", "exporter")
) -> Iterator[Server]:
    """Run `terpadu run` on an inventory with a new ledger in a folder; end it in order afterwards.

    `python` are the words before `run`. TerpaduError where it doesn't end as it should.
    """
    log = folder / "exporter.log"
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        words = [*python, "run", "--inventory", str(inventory), "--ledger", str(ledger_file(folder))]
        process = processes.start(
            processes.dying_with_parent([*words, "--listen", f"fd://{listener.fileno()}", *arguments]),
            log=log,
            keep_open=[listener.fileno()],
        )
    try:
        yield Server(process.pid, port, log)
    finally:
        processes.end(process, _PATIENCE_SECONDS)
    if process.returncode != 0:
        raise TerpaduError(f"terpadu run ended with {process.returncode}; the last of {log}: {_tail(log)}")


def ledger_file(folder: Path) -> Path:
    """Return where `exporter` keeps its ledger."""
    return folder / "terpadu.sqlite3"


def _tail(log: Path) -> str:
    return Server(0, 0, log).last_words()


@contextmanager
def server(command: Sequence[str], port: int, log: Path) -> Iterator[Server]:
    """Run a server that listens on a port by its own arguments, and end it afterwards."""
    process = processes.start(processes.dying_with_parent(command), log=log)
    try:
        yield Server(process.pid, port, log)
    finally:
        processes.end(process, _PATIENCE_SECONDS)


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """Return a port that nothing listens on; in a namespace of one's own nobody takes it meanwhile."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
