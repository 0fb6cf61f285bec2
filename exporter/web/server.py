"""The HTTP server: `/metrics`, the API, the two checks of health, the reload. It speaks to people in sentences."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from exporter.clock import SystemClock
from exporter.errors import TerpaduError
from exporter.ledger import Ledger
from exporter.snapshot import Snapshot
from exporter.web.answers import Answers
from exporter.web.listen import comes_from_here, reachable_address
from exporter.web.negotiation import wanted_format, wants_gzip
from exporter.web.reports import CONTENT_TYPES
from exporter.web.scrapes import Scrapes

FOR_EVERYBODY = frozenset({"/metrics", "/-/healthy", "/-/ready"})
_OF_PROXIES = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
CONTENTS = """\
Terpadu watches a district's links to the internet.

/metrics           everything that is measured, for Prometheus
/api/v1/links      every link now, with its last 24 hours, as JSON; terpadu status shows it
/api/v1/websites   every website now: active or why not, and when it last published; terpadu status --websites shows it
/api/v1/outages    the open outages and the latest 100, or ?limit=N, as JSON
/reports/          the monthly reports, as PDF, XLSX, CSV, JSON and Markdown
/-/healthy         200 while the process serves
/-/ready           200 while it keeps what it measures, else 503 with the reason
"""
RELOAD = "/-/reload          POST reads the inventory again\n"
OUTAGES = 100
MOST_OUTAGES = 1000
LIMIT = re.compile("[0-9]{1,4}")
R = TypeVar("R")


class Service(Protocol):
    """What is served."""

    @property
    def lifecycle_enabled(self) -> bool:
        """Whether a reload may be asked for over HTTP."""

    async def snapshot(self) -> Snapshot:
        """Freeze the latest of everything."""

    def report_file(self, name: str) -> Path | None:
        """Return the file of a monthly report, None where there is none of this name."""

    def report_names(self) -> list[str]:
        """Return the names of the monthly reports' files, the latest month first."""

    async def read(self, work: Callable[[Ledger], R]) -> R:
        """Read one moment of the ledger beside its writer; TerpaduError where that can't be done."""

    def obstacle(self) -> str | None:
        """Return why the exporter isn't ready, None where it is."""

    def survive(self, bug: Exception) -> None:
        """Take a bug that a request met."""

    async def reload(self) -> str | None:
        """Take the inventory anew; None once it is in force, else its problems as text, and the old one stays."""


async def serve(sock: socket.socket, service: Service) -> web.AppRunner:
    """Serve until the returned runner is cleaned up; where others can reach the socket, only what is for everybody."""
    site = _Site(service)
    application = web.Application(middlewares=[_in_sentences(service), _kept_from_others(reachable_address(sock))])
    application.router.add_get("/", site.contents)
    application.router.add_get("/metrics", site.metrics)
    application.router.add_get("/api/v1/links", site.links)
    application.router.add_get("/api/v1/websites", site.websites)
    application.router.add_get("/api/v1/outages", site.outages)
    application.router.add_get("/reports/", site.reports)
    application.router.add_get("/reports/sla/{name}", site.report)
    application.router.add_get("/-/healthy", site.healthy)
    application.router.add_get("/-/ready", site.ready)
    application.router.add_post("/-/reload", site.reload)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=3)
    await runner.setup()
    await web.SockSite(runner, sock).start()
    return runner


class _Site:
    """The answers."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._scrapes = Scrapes(service.snapshot)
        self._answers = Answers(service, SystemClock())

    async def contents(self, _: web.Request) -> web.Response:
        return web.Response(text=CONTENTS + RELOAD if self._service.lifecycle_enabled else CONTENTS)

    async def metrics(self, request: web.Request) -> web.Response:
        form = wanted_format(",".join(request.headers.getall("Accept", [])))
        in_gzip = wants_gzip(",".join(request.headers.getall("Accept-Encoding", [])))
        headers = {"Content-Type": form.value, "Vary": "Accept, Accept-Encoding"}
        if in_gzip:
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=await self._scrapes.page(form, in_gzip=in_gzip), headers=headers)

    async def links(self, _: web.Request) -> web.Response:
        return _json(await self._answers.links())

    async def websites(self, _: web.Request) -> web.Response:
        return _json(await self._answers.websites())

    async def outages(self, request: web.Request) -> web.Response:
        written = request.query.get("limit", str(OUTAGES))
        limit = int(written) if LIMIT.fullmatch(written) else 0
        if not 1 <= limit <= MOST_OUTAGES:
            text = f"limit={written[:40]!r}: write how many outages you want, from 1 to {MOST_OUTAGES}\n"
            return web.Response(text=text, status=400)
        try:
            return _json(await self._answers.outages(limit))
        except TerpaduError as error:
            return web.Response(text=f"the outages can't be read: {error}\n", status=503)

    async def reports(self, _: web.Request) -> web.Response:
        names = await asyncio.to_thread(self._service.report_names)
        lines = [f"/reports/sla/{name}\n" for name in names]
        return web.Response(text="".join(lines) or "no monthly report has been made yet\n")

    async def report(self, request: web.Request) -> web.StreamResponse:
        path = await asyncio.to_thread(self._service.report_file, request.match_info["name"])
        if path is None:
            text = f"there is no report {request.match_info['name'][:80]}; /reports/ lists what there is\n"
            return web.Response(text=text, status=404)
        headers = {
            "Content-Type": CONTENT_TYPES[path.suffix[1:]],
            "Content-Disposition": f'inline; filename="{path.name}"',
        }
        return web.FileResponse(path, headers=headers)

    async def healthy(self, _: web.Request) -> web.Response:
        return web.Response(text="healthy\n")

    async def ready(self, _: web.Request) -> web.Response:
        reason = self._service.obstacle()
        if reason is None:
            return web.Response(text="ready\n")
        return web.Response(text=f"not ready: {reason}\n", status=503)

    async def reload(self, _: web.Request) -> web.Response:
        if not self._service.lifecycle_enabled:
            text = "a reload over HTTP is not enabled; start with --enable-lifecycle, or send the process SIGHUP\n"
            return web.Response(text=text, status=403)
        problems = await self._service.reload()
        if problems is not None:
            return web.Response(text=f"{problems.rstrip()}\nthe inventory in force stays\n", status=400)
        self._scrapes.expire()
        return web.Response(text="reloaded\n")


def _json(body: bytes) -> web.Response:
    response = web.Response(body=body, content_type="application/json", charset="utf-8")
    response.enable_compression()  # where the client takes it; beside the loop, in a thread
    return response


def _in_sentences(service: Service) -> Middleware:
    """Return what says in a sentence why a request has no answer; a bug of ours is told to the service."""

    @web.middleware
    async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPNotFound:
            text = f"there is nothing at {request.rel_url.raw_path}; / says what there is\n"
            return web.Response(text=text, status=404)
        except web.HTTPMethodNotAllowed as error:
            allowed = sorted(error.allowed_methods)
            text = f"{request.rel_url.raw_path} takes {' or '.join(allowed)}, not {request.method}\n"
            return web.Response(text=text, status=405, headers={"Allow": ", ".join(allowed)})
        except web.HTTPException:
            raise
        except Exception as bug:  # noqa: BLE001 -- it is told and counted
            service.survive(bug)
            return web.Response(text="a bug of terpadu; the log has it\n", status=500)

    return answered


def _is_of_this_machine(request: web.Request) -> bool:
    return comes_from_here(request.transport) and not any(name in request.headers for name in _OF_PROXIES)


def _kept_from_others(address: str | None) -> Middleware:
    """Return what answers 403 to all that isn't for everybody, where others can reach the server at an address.

    Who asks from this machine, or from within the same container, may see what it could see on loopback; but not who
    asks through a proxy on it (RFC 7239, and what proxies said before it).
    """

    @web.middleware
    async def kept(request: web.Request, handler: Handler) -> web.StreamResponse:
        if address is None or request.path in FOR_EVERYBODY or _is_of_this_machine(request):
            return await handler(request)
        text = (
            f"others can reach {address} and no users are set, so only {', '.join(sorted(FOR_EVERYBODY))} answer here;"
            " for the rest start with --listen 127.0.0.1:PORT\n"
        )
        return web.Response(text=text, status=403)

    return kept
