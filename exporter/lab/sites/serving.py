"""The lab's web servers: one process serves all websites of an inventory, each at addresses of its own.

    python -m exporter.lab.sites.serving INVENTORY --folder FOLDER --at SECONDS

It stands in the far namespace and listens on the ports 80 and 443. Its first line says which names are to lead where,
what the offices' addresses are, and which file has the root that vouches for them; it stands in the folder:

    {"ready": true, "names": {ADDRESS: NAME, ...}, "offices": {OFFICE: [ADDRESS, ...], ...}, "authority": FILE}

All websites are healthy then, of an age counted from `--at`, in seconds since the epoch. It takes commands on its
standard input, and says {"at": SECONDS} of each once it is so, or {"error": "..."}, and nothing has changed:

    {"set": "dinkes", "condition": {"kind": "http-500", "manner": "wordpress", "age_days": 3}}   see .conditions

It ends when its standard input does. That a name isn't found, and that nothing answers, isn't its to do: such websites
go on here as healthy ones.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import ssl
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from exporter import inventory
from exporter.errors import InputError, TerpaduError
from exporter.lab import commands
from exporter.lab.sites import conditions, content, exchange, faults, naming, plan, traps
from exporter.lab.sites.answers import Answering
from exporter.lab.sites.authority import Authority
from exporter.lab.sites.conditions import Condition, Kind
from exporter.lab.sites.content import Content
from exporter.lab.sites.exchange import Exchange, Reader, Writer
from exporter.lab.sites.naming import Named
from exporter.lab.talking import say
from exporter.model import Inventory, Office

_IP_FREEBIND = 15  # Linux; Python 3.11 has no name for it


class Listening:
    """The listening sockets of one host, and who is connected; `answer` begins anew with other exchanges."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses
        self._servers: list[asyncio.Server] = []
        self._going: set[asyncio.Task[None]] = set()
        self._turn = 0

    async def answer(self, plain: Exchange, secured: Exchange, context: ssl.SSLContext | None) -> None:
        """Close what is open, and let other exchanges take the connections; TLS needs a context."""
        self.refuse()
        for port, exchange_, its_context in ((80, plain, None), (443, secured, context)):
            for address in self._addresses:
                sock = listening_socket(address, port)
                server = await asyncio.start_server(self._taking(exchange_), sock=sock, ssl=its_context)
                self._servers.append(server)

    def refuse(self) -> None:
        """Close what is open: connections are refused from now on."""
        self._turn += 1
        for server in self._servers:
            server.close()
        self._servers.clear()
        for task in self._going:
            task.cancel()

    def _taking(self, exchange_: Exchange) -> Exchange:
        turn = self._turn

        async def take(reader: Reader, writer: Writer) -> None:
            task = asyncio.current_task()
            if task is not None:
                self._going.add(task)
                task.add_done_callback(self._going.discard)
            try:
                if turn == self._turn:  # else it was taken just before the condition changed
                    await exchange_(reader, writer)
            except (OSError, asyncio.CancelledError):  # the other end has gone, or the condition has changed
                writer.transport.abort()
            finally:
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()

        return take


def listening_socket(address: str, port: int) -> socket.socket:
    """Return a socket that listens at an address, also while nothing gets there."""
    sock = socket.socket()
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_IP, _IP_FREEBIND, 1)
        sock.bind((address, port))
        sock.listen()
    except OSError:
        sock.close()
        raise
    return sock


class Sites:
    """All websites of an inventory, and the stranger that hijacked ones lead to."""

    def __init__(self, district: Inventory, folder: Path, started_at: float) -> None:
        self._offices = district.offices
        self._started_at = started_at
        self._zone = district.organisation.timezone
        self._named = naming.named(district)
        self._authority = Authority(folder, self._local(started_at))
        self._listening = {named.host: Listening(list(named.names)) for named in self._named}

    @property
    def greeting(self) -> dict[str, Any]:
        """What is said first of all."""
        return {
            "ready": True,
            "names": {address: name for named in self._named for address, name in named.names.items()},
            "offices": {named.office: list(named.names) for named in self._named if named.office is not None},
            "authority": str(self._authority.file),
        }

    async def open(self) -> None:
        """Listen for all of them; TerpaduError where that is refused."""
        for named in self._named:
            try:
                await self._show(named, Condition())
            except OSError as error:
                raise TerpaduError(
                    f"the lab's websites can't listen at {named.address}: {error.strerror}; free its ports"
                ) from error

    async def command(self, written: str | bytes) -> dict[str, Any]:
        """Carry out a command's line; return what is to be said of it."""
        try:
            await self._show(*self._read(written))
        except InputError as error:
            return {"error": str(error)}
        return {"at": time.time()}

    def _read(self, written: str | bytes) -> tuple[Named, Condition]:
        match commands.read(written):
            case {"set": str(office), "condition": condition, **others} if not others:
                return self._of(office), conditions.parse(condition)
            case other:
                raise InputError(f'not understood: {other}; expected {{"set": OFFICE, "condition": {{...}}}}')

    def _of(self, office: str) -> Named:
        for named in self._named:
            if named.office == office:
                return named
        raise InputError(f"no website in the lab is of {office!r}; name an office that has one")

    async def _show(self, named: Named, condition: Condition) -> None:
        listening = self._listening[named.host]
        if condition.kind is Kind.REFUSED:
            listening.refuse()
            return
        context = self._authority.context(named.host, condition.kind)
        if condition.kind is Kind.TLS_OLD:
            await listening.answer(exchange.to_https(), exchange.by_old_tls(context), None)
        elif condition.kind is Kind.HANGING:
            await listening.answer(exchange.hang, exchange.hang, None)
        elif without := exchange.without_http(condition.kind):
            await listening.answer(without, without, context)
        else:
            await listening.answer(exchange.to_https(), exchange.by_http(self._answering(named, condition)), context)

    def _answering(self, named: Named, condition: Condition) -> Answering:
        if named.office is None:
            return lambda _: faults.stranger()
        return traps.answering(condition, self._content(named.host, self._offices[named.office], condition))

    def _content(self, host: str, office: Office, condition: Condition) -> Content:
        age = condition.age_days
        newest_at = None if age is None else self._local(plan.newest_at(age, self._started_at))
        articles = content.articles(host, newest_at)
        return Content(host, office.name, office.district, articles, self._local(self._started_at))

    def _local(self, at: float) -> datetime:
        return datetime.fromtimestamp(int(at), self._zone)


async def serve(sites: Sites) -> None:
    """Serve, and carry out commands, until the standard input ends."""
    await sites.open()
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    say(sites.greeting)
    while line := await lines.readline():
        say(await sites.command(line))


def main(arguments: Sequence[str]) -> int:
    """Serve an inventory's websites until the standard input ends; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m exporter.lab.sites.serving")
    parser.add_argument("inventory", type=Path)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--at", type=float, required=True)
    options = parser.parse_args(arguments)
    try:
        asyncio.run(serve(Sites(inventory.load(options.inventory), options.folder, options.at)))
    except TerpaduError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
