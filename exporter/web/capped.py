"""How many connections a listener takes: idle ones of the public mustn't use up the files that the ledger opens."""

from __future__ import annotations

import asyncio
import socket
from typing import cast

from aiohttp import web


class CappedSite(web.BaseSite):
    """Listens at a socket that is open already; beyond `most` connections a new one is closed at once."""

    def __init__(self, runner: web.AppRunner, sock: socket.socket, most: int) -> None:
        super().__init__(runner)
        self._sock = sock
        self._most = most

    @property
    def name(self) -> str:
        """What aiohttp calls it by."""
        return f"capped:{self._sock.getsockname()}"

    async def start(self) -> None:
        """Begin to listen."""
        await super().start()
        self._server = await asyncio.get_running_loop().create_server(self._taken, sock=self._sock)

    def _taken(self) -> asyncio.BaseProtocol:
        server = self._runner.server
        if server is None or len(server.connections) >= self._most:
            return _TurnedAway()
        return cast("asyncio.BaseProtocol", server())


class _TurnedAway(asyncio.Protocol):
    """A connection that there is no room for."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Close it."""
        cast("asyncio.Transport", transport).abort()
