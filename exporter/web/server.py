"""The HTTP server: which path is answered by what, on the main listener and on the public one."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from aiohttp import web

from exporter.web.access import kept_from_others, kept_from_strangers_pages
from exporter.web.assets import Assets
from exporter.web.capped import CappedSite
from exporter.web.headers import hardened
from exporter.web.listen import reachable_address
from exporter.web.live import most_listeners_of_this_process
from exporter.web.pages import Pages
from exporter.web.service import PageMaker, Service, Source
from exporter.web.site import IS_PUBLIC, Site

SHUTDOWN_SECONDS = 3
KEEPALIVE_SECONDS = 75  # that a connection may be silent after an answer


async def serve(
    sock: socket.socket,
    service: Service,
    *,
    public: socket.socket | None = None,
    make_pages: Callable[[Source], PageMaker] = Pages,
) -> Serving:
    """Serve until what is returned is cleaned up; where others can reach the socket, only what is for everybody.

    On `public` anybody is served what is for the public.
    """
    site = Site(service, await asyncio.to_thread(Assets.of_the_package), make_pages)
    serving = Serving(site)
    try:
        await serving.listen(sock, main_application(site, reachable_address(sock)))
        if public is not None:
            await serving.listen(public, public_application(site), most_listeners_of_this_process())
    except BaseException:
        await serving.cleanup()
        raise
    return serving


class Serving:
    """A server that runs."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._runners: list[web.AppRunner] = []
        self._live = asyncio.create_task(site.hub.run())

    async def listen(self, sock: socket.socket, application: web.Application, most: int | None = None) -> None:
        """Answer what comes in at a socket, by `most` connections at a time."""
        runner = web.AppRunner(
            application, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS, keepalive_timeout=KEEPALIVE_SECONDS
        )
        self._runners.append(runner)
        await runner.setup()
        await (web.SockSite(runner, sock) if most is None else CappedSite(runner, sock, most)).start()

    async def cleanup(self) -> None:
        """End the streams, then what is being answered, then the thread that writes."""
        self._site.hub.close()
        self._live.cancel()
        await asyncio.gather(self._live, *(runner.cleanup() for runner in self._runners), return_exceptions=True)
        await self._site.writing.close()


def main_application(site: Site, address: str | None) -> web.Application:
    """Return all that there is, for a listener that others can reach at an address, or can't."""
    kept = [kept_from_strangers_pages(), kept_from_others(address)]
    application = web.Application(middlewares=[site.in_words, *kept])
    router = application.router
    _add_public(application, site)
    router.add_get("/outages", site.page)
    router.add_get("/outages/{id:.+}", site.page)
    router.add_get("/metrics", site.metrics)
    router.add_get("/api/v1/links", site.links)
    router.add_get("/api/v1/websites", site.websites)
    router.add_get("/api/v1/outages", site.outages)
    router.add_get("/api/v1/outages/{id:.+}", site.outage)
    router.add_get("/api/v1/sla", site.sla)
    router.add_get("/api/v1/openapi.json", site.description)
    router.add_get("/reports/", site.reports)
    router.add_get("/reports/sla/{name}", site.report)
    router.add_get("/-/ready", site.ready)
    router.add_post("/-/reload", site.reload)
    application[IS_PUBLIC] = False
    return application


def public_application(site: Site) -> web.Application:
    """Return what is for citizens and offices, whom nothing keeps out."""
    application = web.Application(middlewares=[site.in_words])
    _add_public(application, site)
    application[IS_PUBLIC] = True
    return application


def _add_public(application: web.Application, site: Site) -> None:
    application.on_response_prepare.append(hardened)
    router = application.router
    router.add_get("/", site.page)
    router.add_get("/offices/{code}", site.page)
    router.add_get("/live", site.live, allow_head=False)
    router.add_get("/static/{name}", site.static)
    router.add_get("/api/v1/offices", site.offices)
    router.add_get("/-/healthy", site.healthy)
