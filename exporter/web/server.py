"""The HTTP server: `/metrics`, rendered in a thread, and the two checks of health."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from aiohttp import web

from exporter import metrics
from exporter.snapshot import Snapshot


async def serve(
    sock: socket.socket, snapshot: Callable[[], Snapshot], obstacle: Callable[[], str | None]
) -> web.AppRunner:
    """Serve until the returned runner is cleaned up.

    `snapshot` is called on the loop, once a scrape. `obstacle` says why the exporter isn't ready, None where it is.
    """

    async def scrape(request: web.Request) -> web.Response:
        accept = request.headers.get("Accept", "")
        body, content_type = await asyncio.to_thread(metrics.render, snapshot(), accept)
        response = web.Response(body=body, headers={"Content-Type": content_type})
        response.enable_compression()
        return response

    async def healthy(_: web.Request) -> web.Response:
        return web.Response(text="healthy\n")

    async def ready(_: web.Request) -> web.Response:
        reason = obstacle()
        if reason is None:
            return web.Response(text="ready\n")
        return web.Response(text=f"not ready: {reason}\n", status=503)

    application = web.Application()
    application.router.add_get("/metrics", scrape)
    application.router.add_get("/-/healthy", healthy)
    application.router.add_get("/-/ready", ready)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=3)
    await runner.setup()
    await web.SockSite(runner, sock).start()
    return runner
