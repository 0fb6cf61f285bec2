"""The district's far side: all of 198.18.0.0/15 (RFC 2544) answers echoes, and any address can be cut in silence.

The near side is a network namespace of one's own, see exporter.lab.namespace. A pair of virtual Ethernet devices joins
it to a second namespace, whose kernel takes every address of the range for its own:

    near: terpadu0 192.0.2.1  ───  far0 192.0.2.2, local 198.18.0.0/15

The kernel answers the echoes itself, and a server in the far namespace that is bound to 0.0.0.0 answers on each
address. Nothing stays behind: both namespaces end with the processes in them, and those with whoever made them.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from types import TracebackType
from typing import Self

from exporter.errors import TerpaduError
from exporter.lab import packages
from exporter.lab.namespace import entering
from exporter.lab.processes import dying_with_parent, end, start

DISTRICT = IPv4Network("198.18.0.0/15")
"""The addresses that answer; the near side has a route to exactly this."""

_DEVICE = "terpadu0"
_NEAR, _FAR = "192.0.2.1", "192.0.2.2"
_WAIT_INSIDE = ("sh", "-c", "echo inside; exec cat")
_SETUP_SECONDS = 30


class Namespace:
    """A namespace that lives as long as this object is open, or this process.

    `prefix` are the words that run a command in it.
    """

    def __init__(self, making: Sequence[str], entering_by: Sequence[str]) -> None:
        self._making = making
        self._entering_by = entering_by

    @property
    def pid(self) -> int:
        """The process that keeps the namespace."""
        return self._keeper.pid

    @property
    def prefix(self) -> list[str]:
        """The words that run a command in the namespace; its signals and its exit status pass."""
        return [*self._entering_by, str(self._keeper.pid), "--"]

    def __enter__(self) -> Self:
        # The keeper reads from a pipe whose other end is here: however this process ends, the keeper sees it.
        self._keeper = subprocess.Popen(  # noqa: S603 - the lab's own command
            [*self._making, *_WAIT_INSIDE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        if self._keeper.stdout is None or self._keeper.stdout.readline() != b"inside\n":
            trouble = self._keeper.communicate()[1].decode(errors="replace").strip()
            raise TerpaduError(f"the lab's namespace can't be made: {trouble}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end(self._keeper)


def private_namespace() -> Namespace:
    """Return a near side for someone who stands outside: a user and network namespace of its own, still closed."""
    return Namespace(entering(()), ["nsenter", "--preserve-credentials", "--user", "--net", "--target"])


class Network:
    """The far side, from entering to leaving the context; one at a time in a near namespace.

    `near` are the words that run a command in the near namespace, none where this process stands in it.
    Raises TerpaduError where the system refuses.
    """

    def __init__(self, near: Sequence[str] = ()) -> None:
        self._near = list(near)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            ip = packages.command("ip")
            far = stack.enter_context(
                Namespace([*self._near, "unshare", "--net"], [*self._near, "nsenter", "--net", "--target"])
            )
            self._near_ip, self._far_ip, self._far_prefix = [*self._near, *ip], [*far.prefix, *ip], far.prefix
            stack.callback(self._remove_device)
            self._join(far.pid)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def cut(self, address: str) -> None:
        """Make an address silent: nothing sent to it is answered, and nobody is told so."""
        _run([*self._far_ip, "route", "replace", "blackhole", _one(address), "table", "local"])

    def mend(self, address: str) -> None:
        """Let an address answer again."""
        _run([*self._far_ip, "route", "delete", "blackhole", _one(address), "table", "local"])

    def start(
        self, command: Sequence[str], changes: Mapping[str, str] | None = None, log: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a server in the far namespace, with changes to the environment; it ends with the network.

        It also dies with the thread that starts it.
        """
        process = start([*self._far_prefix, *dying_with_parent(command)], changes=changes, log=log)
        self._stack.callback(end, process)
        return process

    def _join(self, far_pid: int) -> None:
        pair = ["link", "add", _DEVICE, "type", "veth", "peer", "name", "far0", "netns", str(far_pid)]
        for words in (
            [*self._near_ip, *pair],
            [*self._near_ip, "address", "add", f"{_NEAR}/30", "dev", _DEVICE],
            [*self._near_ip, "link", "set", _DEVICE, "up"],
            [*self._far_ip, "link", "set", "lo", "up"],
            [*self._far_ip, "address", "add", f"{_FAR}/30", "dev", "far0"],
            [*self._far_ip, "link", "set", "far0", "up"],
            [*self._far_ip, "route", "add", "local", str(DISTRICT), "dev", "lo"],
            [*self._near_ip, "route", "add", str(DISTRICT), "via", _FAR],
        ):
            _run(words)

    def _remove_device(self) -> None:
        # Without this the pair is gone only when the kernel gets round to the far namespace, and its name taken.
        subprocess.run(  # noqa: S603 - ip
            [*self._near_ip, "link", "delete", _DEVICE], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )


def _one(address: str) -> str:
    only = IPv4Address(address)
    if only not in DISTRICT:
        raise ValueError(f"{address} is not of the lab's network {DISTRICT}")
    return f"{only}/32"


def _run(words: Sequence[str]) -> None:
    done = subprocess.run(  # noqa: S603 - ip
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SETUP_SECONDS, check=False
    )
    if done.returncode != 0:
        raise TerpaduError(f"the lab's network: {' '.join(words)}: {done.stderr.strip()}")
