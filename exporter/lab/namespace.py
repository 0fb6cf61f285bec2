"""A network of one's own: runs a command where no packet leaves the machine and echoes need nobody's leave.

    python -m exporter.lab.namespace COMMAND [ARGS...]

The command takes this process's place in a new user, network and mount namespace, so its signals and its exit status
are the process's own. An ordinary user may do this, where the system doesn't refuse it. The mount namespace is there
for the names that only the lab knows, see exporter.lab.hosts.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from exporter.errors import TerpaduError
from exporter.lab import hosts
from exporter.lab.processes import which

MARK = "TERPADU_NAMESPACE"
"""The environment variable that names the namespace which a command was started in."""

_PREPARE = "--prepare"
_PING_GROUPS = Path("/proc/sys/net/ipv4/ping_group_range")
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_SWITCHES = {  # what a system refuses namespaces by: file, the value that refuses, the command that mends it
    "/proc/sys/user/max_user_namespaces": ("0", "sudo sysctl user.max_user_namespaces=10000"),
    "/proc/sys/kernel/unprivileged_userns_clone": ("0", "sudo sysctl kernel.unprivileged_userns_clone=1"),
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": (
        "1",
        "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0",
    ),
}
_CONTAINER_ADVICE = (
    "in a container, start it with: docker run --security-opt seccomp=unconfined --security-opt systempaths=unconfined"
)


def entering(command: Sequence[str]) -> list[str]:
    """Return the words that run a command in a new namespace: `lo` up, echoes allowed, names its own, MARK set."""
    return ["unshare", "-rnm", sys.executable, "-m", "exporter.lab.namespace", _PREPARE, *command]


def refusal(switches: Mapping[str, tuple[str, str]] = _SWITCHES) -> str | None:
    """Return why this machine refuses namespaces, with the command that mends it; None where it doesn't."""
    if which("unshare") is None:
        return "a network of its own can't be made: unshare is missing. Type: sudo apt-get install util-linux"
    tried = subprocess.run(  # noqa: S603 - the command that is about to be used
        entering(["true"]), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if tried.returncode == 0:
        return None
    reason = (tried.stderr.strip().splitlines() or ["no reason given"])[-1]
    return f"a network of its own can't be made ({reason}); {_advice(switches)}"


def is_private(environment: Mapping[str, str] = os.environ) -> bool:
    """Return whether this process stands in a namespace that this module made, and not in one below or beside it."""
    return environment.get(MARK) == _identity()


def prepare() -> None:
    """Make a new namespace usable: `lo` up, echoes allowed to the one group that is mapped here, names its own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sH14x", b"lo", 0)
        (flags,) = struct.unpack_from("16xH", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request))
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))
    _PING_GROUPS.write_text("0 0", encoding="ascii")
    hosts.make_private()


def main(arguments: Sequence[str]) -> int:
    """Run a command in a namespace of its own; return only where that can't be done."""
    if arguments and arguments[0] == _PREPARE:
        return _run_prepared(arguments[1:])
    if not arguments:
        sys.stderr.write("usage: python -m exporter.lab.namespace COMMAND [ARGS...]\n")
        return 2
    if why := refusal():
        sys.stderr.write(f"{why}\n")
        return TerpaduError.exit_status
    return _become(entering(arguments))


def _run_prepared(command: Sequence[str]) -> int:
    try:
        prepare()
    except OSError as error:
        sys.stderr.write(f"{error.strerror}: {error.filename or 'lo can not be brought up'}\n")
        return TerpaduError.exit_status
    os.environ[MARK] = _identity()
    return _become(command)


def _become(command: Sequence[str]) -> int:
    """Let a command take this process's place; return only where there is no such command, the shell's 127."""
    try:
        os.execvp(command[0], list(command))  # noqa: S606 - that is the promise
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
    return 127


def _identity() -> str:
    return str(Path("/proc/self/ns/net").readlink())


def _advice(switches: Mapping[str, tuple[str, str]]) -> str:
    for file, (refusing, command) in switches.items():
        try:
            value = Path(file).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if value == refusing:
            return f"type: {command}"
    return _CONTAINER_ADVICE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
