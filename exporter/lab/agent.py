"""The routers' SNMP agent: one process answers, in versions 1, 2c and 3, for every router of an inventory.

    python -m exporter.lab.agent INVENTORY [--seed N]

A packet is answered by the router it was sent to, and from that address. Secrets are those that the environment has.
Once it listens it says {"ready": true}, and then one line of each command that comes on its standard input:

    {"set": ..., "condition": ...}, {"clear": ..., "kind": ...}     see exporter.lab.commands: {"at": SECONDS}
    {"carried": "dinkes/primary"}                                   what the link carried, see Routers.carried

with seconds since the epoch; or {"error": "..."}, and nothing has changed. It ends when its standard input does.
"""

from __future__ import annotations

import argparse
import os
import selectors
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Protocol

from exporter import inventory
from exporter.errors import InputError, TerpaduError
from exporter.lab import commands
from exporter.lab.answering import Answer, Answering
from exporter.lab.lies import Lie
from exporter.lab.router import Router
from exporter.lab.routers import Routers
from exporter.lab.talking import Lines, say

_IP_PKTINFO, _IPV6_FREEBIND = 8, 78  # Linux; Python 3.11 has no names for them
_PACKET_INFO, _PACKET_INFO_6 = struct.Struct("=i4s4s"), struct.Struct("=16si")
_LARGEST = 65_535
_RECEIVE_BYTES = 1 << 20


class Datagrams(Protocol):
    """What the agent needs of a socket."""

    def recvmsg(self, size: int, ancillary_size: int, /) -> tuple[bytes, list[tuple[int, int, bytes]], int, Any]:
        """Return a packet, what belongs to it, flags, and who sent it."""

    def sendmsg(
        self, parts: Sequence[bytes], ancillary: Sequence[tuple[int, int, bytes]], flags: int, to: Any, /
    ) -> int:
        """Send a packet."""


class Agent:
    """Answers for the routers of a district, on sockets that tell where each packet was sent."""

    def __init__(self, routers: Routers, time_of_day: Callable[[], float] = time.time) -> None:
        self._routers = routers
        self._time_of_day = time_of_day
        self._answering: dict[int, Answering] = {id(router): Answering(router) for router in routers}

    def answer_one(self, sock: Datagrams, other_port: Datagrams) -> None:
        """Take one packet from a socket and answer it, from the address it was sent to.

        Whoever lies so answers from elsewhere: from another address, or by the socket of another port.
        """
        packet, ancillary, _, sender = sock.recvmsg(_LARGEST, socket.CMSG_SPACE(_PACKET_INFO_6.size))
        asked = _asked(ancillary)
        router = None if asked is None else self._routers.at(asked)
        if asked is None or router is None or router.is_mute:
            return
        answer = self._answering[id(router)].answer(packet, self._routers.now())
        if answer is not None:
            self._send(answer, router, other_port if Lie.OTHER_PORT in router.all_lies else sock, asked, sender)

    def command(self, written: str | bytes) -> dict[str, Any]:
        """Carry out a command's line; return what is to be said of it."""
        try:
            command = commands.read(written)
            match command:
                case {"carried": str(link), **others} if not others:
                    return self._routers.carried(link)
            commands.carry_out(command, self._routers, time.monotonic())
        except InputError as error:
            return {"error": str(error)}
        return {"at": self._time_of_day()}

    def _send(self, answer: Answer, router: Router, sock: Datagrams, asked: str, sender: Any) -> None:
        lies = router.all_lies
        source = ip_address(asked) + 1 if Lie.OTHER_ADDRESS in lies else ip_address(asked)
        with suppress(OSError):  # what can't leave is lost: the way back has just been cut
            for _ in range(2 if Lie.TWICE in lies else 1):
                sock.sendmsg([answer.packet], [_leaving_from(source.packed)], 0, sender)
            for octets, carried in answer.told:
                octets.tell(carried, self._time_of_day())


def serve(agent: Agent, sockets: Iterable[tuple[socket.socket, socket.socket]]) -> None:
    """Answer on datagram sockets, and carry out commands, until the standard input ends.

    Each socket comes with the one of another port that liars answer by.
    """
    descriptor = sys.stdin.fileno()
    lines = Lines(descriptor)
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        for sock, other_port in sockets:
            selector.register(sock, selectors.EVENT_READ, other_port)
        while True:
            for key, _ in selector.select():
                if isinstance(key.fileobj, socket.socket):
                    agent.answer_one(key.fileobj, key.data)
                    continue
                written = lines.read()
                if written is None:
                    return
                for line in written:
                    say(agent.command(line))


def listening_socket(family: socket.AddressFamily, port: int) -> socket.socket:
    """Return a datagram socket on every address of this namespace, which tells where each packet was sent."""
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family is socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
            sock.setsockopt(socket.IPPROTO_IPV6, _IPV6_FREEBIND, 1)  # no device has the district's addresses
        else:
            sock.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
        sock.bind(("", port))
    except OSError:
        sock.close()
        raise
    return sock


def main(arguments: Sequence[str]) -> int:
    """Answer for an inventory's routers until the standard input ends; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m exporter.lab.agent")
    parser.add_argument("inventory", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        district = inventory.load(options.inventory)
        agent = Agent(Routers(district, os.environ, options.seed))
        ports = sorted({link.snmp.port for link in district.links() if link.snmp is not None})
        with ExitStack() as stack:
            sockets = [pair for port in ports for pair in _listening(port, stack)]
            say({"ready": True})
            serve(agent, sockets)
    except TerpaduError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    return 0


def _listening(port: int, stack: ExitStack) -> list[tuple[socket.socket, socket.socket]]:
    """Return the sockets of a port, of IPv6 where the machine has it; TerpaduError where somebody has the port."""
    found = []
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            both = [stack.enter_context(listening_socket(family, each)) for each in (port, 0)]
        except OSError as error:
            if family is socket.AF_INET6:
                continue
            raise TerpaduError(f"the lab's routers can't listen on port {port}: {error.strerror}; free it") from error
        found.append((both[0], both[1]))
    return found


def _asked(ancillary: Sequence[tuple[int, int, bytes]]) -> str | None:
    """Return the address that a packet was sent to."""
    for level, kind, content in ancillary:
        if (level, kind) == (socket.IPPROTO_IP, _IP_PKTINFO):
            return str(ip_address(_PACKET_INFO.unpack(content)[2]))
        if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
            return str(ip_address(_PACKET_INFO_6.unpack(content)[0]))
    return None


def _leaving_from(address: bytes) -> tuple[int, int, bytes]:
    if len(address) == 4:  # noqa: PLR2004 - of IPv4
        return socket.IPPROTO_IP, _IP_PKTINFO, _PACKET_INFO.pack(0, address, bytes(4))
    return socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, _PACKET_INFO_6.pack(address, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
