"""The far end of the lab's wire: a process that answers the echoes to a whole district.

    python -m exporter.lab.wire [INVENTORY] [--seed N]

It stands in the far namespace, see exporter.lab.network, and reads frames from `far0`: the kernel there answers echoes
no more. What the inventory doesn't know answers at once. It takes commands as JSON lines on its standard input, see
exporter.lab.commands, and says one line of each, once it is in force:

    {"at": SECONDS_SINCE_EPOCH, "closed": [...], "opened": [...], "isolated": false, "dropped": 0}

with the addresses that nothing gets to any more or again, whether nothing passes at all, and the frames since the start
that came too fast to be read; or {"error": "..."}, and nothing has changed. The first line, {"ready": true, "names":
{ADDRESS: NAME, ...}}, says that echoes are answered from now on, and which DNS names are to lead where; after a move
its line has all of these too. It ends when its standard input does.
"""

from __future__ import annotations

import argparse
import os
import select
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from exporter import inventory
from exporter.errors import TerpaduError
from exporter.lab import packages, packets
from exporter.lab.answers import Answers
from exporter.lab.fate import Answered, Fates, Lost, TimeExceeded, Unreachable
from exporter.lab.packets import Echo
from exporter.lab.talking import Lines, say
from exporter.lab.topology import Topology

DEVICE = "far0"

# Of Linux's own headers (asm-generic/socket.h, linux/if_ether.h, linux/if_packet.h); Python names none of them.
_SO_RCVBUFFORCE = 33
_ETH_P_ALL = 3
_SOL_PACKET, _PACKET_STATISTICS, _PACKET_IGNORE_OUTGOING = 263, 6, 23
_STATISTICS = struct.Struct("@II")  # tp_packets, tp_drops since it was last asked for
_RECEIVE_BUFFER_BYTES = 8 << 20
_FRAME_BYTES = 2048
_AT_ONCE = 256  # frames read in one go, so that what is due goes out meanwhile
_SWITCHES = Path("/proc/sys/net")
_SILENT_SWITCHES = ("ipv4/icmp_echo_ignore_all", "ipv6/icmp/echo_ignore_all")


class FrameSocket(Protocol):
    """What the wire needs of its socket, which doesn't block."""

    def recv(self, size: int, /) -> bytes:
        """Return a frame, or raise BlockingIOError."""

    def send(self, frame: bytes, /) -> int:
        """Send a frame."""


class Wire:
    """Frames in, and what the district says to them out, in the order of the instants they are due at."""

    def __init__(self, sock: FrameSocket, fates: Fates, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._sock = sock
        self._fates = fates
        self._monotonic = monotonic
        self._answers: Answers[bytes] = Answers(fates, monotonic)  # as frames

    def until_due_seconds(self) -> float | None:
        """Return how long the next frame has time; None where there is none."""
        next_at = self._answers.next_at
        return None if next_at is None else max(0.0, next_at - self._monotonic())

    def receive(self) -> None:
        """Take what has arrived."""
        for _ in range(_AT_ONCE):
            try:
                frame = self._sock.recv(_FRAME_BYTES)
            except (BlockingIOError, InterruptedError):
                return
            if echo := packets.parse(frame):
                self._take(echo)

    def send_due(self) -> None:
        """Send what is due by now."""
        for frame in self._answers.take_due():
            self._send(frame)

    def command(self, written: str | bytes) -> dict[str, Any]:
        """Carry out a command's line; return what is to be said of it, see exporter.lab.answers."""
        return self._answers.command(written)

    def _take(self, echo: Echo) -> None:
        now = self._monotonic()
        fate = self._fates.of(echo.destination, echo.ttl, now)
        match fate:
            case Lost():
                return
            case Answered():
                frame = packets.echo_reply(echo)
            case TimeExceeded():
                frame = packets.time_exceeded(echo, fate.router.packed)
            case Unreachable():
                frame = packets.host_unreachable(echo, fate.router.packed)
        if fate.delay_seconds <= 0:
            self._send(frame)
        else:
            self._answers.add(now + fate.delay_seconds, echo.destination, frame)

    def _send(self, frame: bytes) -> None:
        with suppress(BlockingIOError):  # a device that is full drops a frame; so would a real one
            self._sock.send(frame)


def main(arguments: Sequence[str]) -> int:
    """Answer until the standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m exporter.lab.wire")
    parser.add_argument("inventory", nargs="?", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        district = inventory.load(options.inventory) if options.inventory else None
        fates = Fates(Topology(district), options.seed)
        with _open() as sock:
            say({"ready": True, "names": fates.names})
            _serve(Wire(sock, fates), sock)
    except TerpaduError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    return 0


def _open() -> socket.socket:
    """Take the echoes from this namespace's kernel, which answers none from now on."""
    if os.access(_SWITCHES / _SILENT_SWITCHES[0], os.W_OK):
        _switch_off()
    else:
        _turn_away()  # in a container /proc/sys is for reading only
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK)
    try:
        sock.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
        try:
            sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER_BYTES)
        except PermissionError:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
        sock.bind((DEVICE, _ETH_P_ALL))
    except OSError as error:
        sock.close()
        raise TerpaduError(f"the lab's wire can't be tapped at {DEVICE}: {error.strerror}") from error
    return sock


def _switch_off() -> None:
    for name in _SILENT_SWITCHES:
        with suppress(FileNotFoundError):  # a kernel without IPv6 answers none of its echoes
            (_SWITCHES / name).write_text("1", encoding="ascii")


def _turn_away() -> None:
    """Let the kernel throw away what comes from the near side as ICMP, once the tap has seen it.

    The rule goes before the one that finds the local addresses, which is 0 and can't be preceded: it is moved first.
    """
    families = [("-4", "icmp"), *([("-6", "ipv6-icmp")] if (_SWITCHES / "ipv6").exists() else [])]
    for family, protocol in families:
        rules = ["add pref 1 lookup local", "del pref 0", f"add pref 0 iif {DEVICE} ipproto {protocol} blackhole"]
        for rule in rules:
            done = subprocess.run(  # noqa: S603 - ip
                [*packages.command("ip"), family, "rule", *rule.split()],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode != 0:
                raise TerpaduError(
                    f"the lab's kernel can't be told to leave the echoes alone: ip rule {rule}: {done.stderr.strip()}"
                )


def _serve(wire: Wire, sock: socket.socket) -> None:
    commands = sys.stdin.fileno()
    commanded = Lines(commands)
    dropped = 0
    while True:
        ready, _, _ = select.select([sock, commands], [], [], wire.until_due_seconds())
        if sock in ready:
            wire.receive()
        wire.send_due()
        if commands not in ready:
            continue
        lines = commanded.read()
        if lines is None:
            return
        for line in lines:
            dropped += _STATISTICS.unpack(sock.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, _STATISTICS.size))[1]
            said = wire.command(line)
            say(said if "error" in said else {**said, "dropped": dropped})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
