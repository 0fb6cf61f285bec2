"""The lab's processes: none outlives who started it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from pathlib import Path

_SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")


def which(name: str) -> str | None:
    """Return the full path of a program of this machine, or None.

    The PATH of an ordinary user leaves out the folders of ip and snmpd; they are looked at last.
    """
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", os.defpath), *_SYSTEM_FOLDERS]))


def dying_with_parent(command: Sequence[str]) -> list[str]:
    """Return the command wrapped so that the kernel kills it when the thread that started it ends.

    Without setpriv it is the command itself. The wrapper stands innermost: a change of namespaces would take
    the wish back, so `unshare` and `nsenter` go before it.
    """
    setpriv = which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", *command] if setpriv else list(command)


def succeeds(command: Sequence[str]) -> bool:
    """Return whether a short command ends with status 0; its output is thrown away."""
    try:
        done = subprocess.run(  # noqa: S603 - the lab's own commands
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


def end(process: subprocess.Popen[bytes], patience_seconds: float = 5.0) -> None:
    """End a process that this one started: SIGTERM, and SIGKILL where that isn't heard."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with suppress(BrokenPipeError):  # of what it didn't read any more
                stream.close()


def start(
    command: Sequence[str],
    *,
    changes: Mapping[str, str] | None = None,
    log: Path | None = None,
    keep_open: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a server: with changes to the environment, output to the end of a log, and file descriptors that it keeps.

    Ctrl-C at the terminal isn't meant for it: who started it ends it.
    """
    with log.open("ab") if log else nullcontext() as output:
        return subprocess.Popen(  # noqa: S603 - the lab's own servers
            command,
            env={**os.environ, **(changes or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=keep_open,
            start_new_session=True,
        )
