"""The answers to each path."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial

from aiohttp import web

from exporter.clock import SystemClock
from exporter.model import Language
from exporter.web.admission import Admission
from exporter.web.answers import Answers
from exporter.web.assets import Assets
from exporter.web.frozen import Moments
from exporter.web.kept import Kept
from exporter.web.lines import stream
from exporter.web.lists import Answer
from exporter.web.live import Hub, Means
from exporter.web.negotiation import wanted_format, wants_gzip, wants_html
from exporter.web.pages import Place
from exporter.web.places import is_language, is_public_query, language_of, place_of
from exporter.web.questions import Query
from exporter.web.refusals import Refusal, Sentence, Words, nothing_at, plain
from exporter.web.reports import CONTENT_TYPES
from exporter.web.scrapes import Scrapes
from exporter.web.service import Latest, PageMaker, Service, Source
from exporter.web.sharing import LIVE_SECONDS, SHARED_SECONDS, SharedPages, compressed
from exporter.web.writing import WritingThread

IS_PUBLIC = web.AppKey("IS_PUBLIC", bool)  # whether a listener is the public's
PACKED_SECONDS = 5.0
_PACKED = 4
PROBLEMS_SECONDS = 60.0
_PROBLEMS = 32  # statuses, in two languages that the address names or doesn't
_OFFICES = "/offices/"
_FOREVER = "public, max-age=31536000, immutable"


class Site:
    """Answers; `in_words` is the middleware that says why there is no answer."""

    def __init__(self, service: Service, assets: Assets, make_pages: Callable[[Source], PageMaker]) -> None:
        self._service = service
        self._assets = assets
        self.writing = WritingThread()
        self._moments = Moments(service.snapshot)
        self._scrapes = Scrapes(self._moments.fresh, writing=self.writing)
        self._answers = Answers(Latest(service, self._moments), SystemClock(), self.writing)
        self._pages = make_pages(Source(service, self._moments, assets, self.writing, self._answers.history))
        self._admission = Admission()
        self._shared = SharedPages(self._pages.page, self.writing, time.monotonic, self._admission)
        self._packed: Kept[bytes, bytes] = Kept(SystemClock(), PACKED_SECONDS, _PACKED)
        self._problems: Kept[tuple[int, Place], bytes] = Kept(SystemClock(), PROBLEMS_SECONDS, _PROBLEMS)
        self.hub = Hub(Means(self._shared, self.writing, service.survive))
        self.in_words = Words(self._language, self._problem, service.survive).middleware

    async def page(self, request: web.Request) -> web.Response:
        """Answer with a page."""
        place = await self._placed(request.path, _field(request, "Accept-Language"), request)
        shared_seconds = LIVE_SECONDS if self.hub.shows(place) else SHARED_SECONDS
        served = await self._shared.get(place, shared_seconds)
        headers = {
            "Cache-Control": "no-cache",
            "ETag": f'W/"{served.mark}"',
            "Vary": "Accept, Accept-Encoding, Accept-Language",
        }
        if served.page.status == web.HTTPOk.status_code and _has(request, served.mark):
            return web.Response(status=304, headers=headers)
        headers["Content-Type"] = "text/html; charset=utf-8"
        return _either(request, served.page.body, served.packed, headers, served.page.status)

    async def live(self, request: web.Request) -> web.StreamResponse:
        """Answer with the events of the page at `path`, which else has the same query; `accept` is its language."""
        accepted = request.query.get("accept", _field(request, "Accept-Language"))
        place = await self._placed(request.query.get("path", "/"), accepted, request)
        return await stream(request, self.hub, place)

    async def static(self, request: web.Request) -> web.Response:
        """Answer with a style or a script."""
        asset = self._assets.named(request.match_info["name"])
        if asset is None:
            raise nothing_at(request.rel_url.raw_path)
        headers = {
            "Cache-Control": _FOREVER if request.query.get("v") == asset.mark else "no-cache",
            "ETag": f'W/"{asset.mark}"',
            "Vary": "Accept-Encoding",
        }
        if _has(request, asset.mark):
            return web.Response(status=304, headers=headers)
        headers["Content-Type"] = asset.content_type
        return _either(request, asset.body, asset.packed, headers)

    async def metrics(self, request: web.Request) -> web.Response:
        """Answer with everything that is measured, for Prometheus."""
        form = wanted_format(_field(request, "Accept"))
        in_gzip = wants_gzip(_field(request, "Accept-Encoding"))
        headers = {"Content-Type": form.value, "Vary": "Accept, Accept-Encoding"}
        if in_gzip:
            headers["Content-Encoding"] = "gzip"
        return web.Response(body=await self._scrapes.page(form, in_gzip=in_gzip), headers=headers)

    async def links(self, request: web.Request) -> web.Response:
        """Answer with every link now."""
        return await self._json(request, await self._answers.links(_query(request)))

    async def offices(self, request: web.Request) -> web.Response:
        """Answer with every office now; on the public's listener with what is for it."""
        is_public = request.app[IS_PUBLIC]
        with self._admission.one() if is_public else nullcontext():
            answer = await self._answers.offices(_query(request), is_public=is_public)
            return await self._json(request, answer)

    async def websites(self, request: web.Request) -> web.Response:
        """Answer with every website now."""
        return await self._json(request, await self._answers.websites(_query(request)))

    async def outages(self, request: web.Request) -> web.Response:
        """Answer with the outages that are asked for, the latest first."""
        return await self._json(request, await self._answers.outages(_query(request)))

    async def outage(self, request: web.Request) -> web.Response:
        """Answer with one outage."""
        return await self._json(request, await self._answers.outage(request.match_info["id"], _query(request)))

    async def sla(self, request: web.Request) -> web.Response:
        """Answer with a month's figures."""
        return await self._json(request, await self._answers.sla(_query(request)))

    async def description(self, request: web.Request) -> web.Response:
        """Answer with what describes the API."""
        return await self._json(request, await self._answers.description(_query(request)))

    async def reports(self, request: web.Request) -> web.Response:
        """Answer with what monthly reports there are: a page for browsers, else a list."""
        if wants_html(_field(request, "Accept")):
            return await self.page(request)
        names = await asyncio.to_thread(self._service.report_names)
        lines = [f"/reports/sla/{name}\n" for name in names]
        text = "".join(lines) or "no monthly report has been made yet\n"
        return web.Response(text=text, headers={"Vary": "Accept"})

    async def report(self, request: web.Request) -> web.StreamResponse:
        """Answer with a monthly report's file."""
        name = request.match_info["name"]
        path = await asyncio.to_thread(self._service.report_file, name)
        if path is None:
            english = f"there is no report {name[:80]}; /reports/ lists what there is"
            raise Refusal(404, Sentence(english, f"tidak ada laporan {name[:80]}; daftarnya ada di /reports/"))
        headers = {
            "Content-Type": CONTENT_TYPES[path.suffix[1:]],
            "Content-Disposition": f'inline; filename="{path.name}"',
        }
        return web.FileResponse(path, headers=headers)

    async def healthy(self, _: web.Request) -> web.Response:
        """Answer while the process serves."""
        return web.Response(text="healthy\n")

    async def ready(self, _: web.Request) -> web.Response:
        """Answer whether it keeps what it measures."""
        reason = self._service.obstacle()
        if reason is None:
            return web.Response(text="ready\n")
        return web.Response(text=f"not ready: {reason}\n", status=503)

    async def reload(self, _: web.Request) -> web.Response:
        """Read the inventory again."""
        if not self._service.lifecycle_enabled:
            english = "a reload over HTTP is not enabled; start with --enable-lifecycle, or send the process SIGHUP"
            indonesian = "muat ulang lewat HTTP tidak diaktifkan; jalankan dengan --enable-lifecycle, atau kirim SIGHUP"
            raise Refusal(403, Sentence(english, indonesian))
        problems = await self._service.reload()
        if problems is not None:
            return web.Response(text=f"{problems.rstrip()}\nthe inventory in force stays\n", status=400)
        for shared in (self._moments, self._scrapes, self._shared):
            shared.expire()
        return web.Response(text="reloaded\n")

    async def _json(self, request: web.Request, answer: Answer) -> web.Response:
        """Return an answer of the API, 304 without a body where the client has it."""
        headers = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if answer.etag is not None:
            headers["ETag"] = f'W/"{answer.etag}"'
            if _has(request, answer.etag):
                return web.Response(status=304, headers=headers)
        body = answer.body
        if wants_gzip(_field(request, "Accept-Encoding")):
            body = await self._packed.get(body, partial(self.writing.do, compressed, body))
            headers["Content-Encoding"] = "gzip"
        headers["Content-Type"] = "application/json; charset=utf-8"
        return web.Response(status=answer.status, body=body, headers=headers)

    async def _placed(self, path: str, accepted: str, request: web.Request) -> Place:
        is_public, otherwise = request.app[IS_PUBLIC], self._service.language
        place = place_of(path, request.query, accepted, otherwise, is_public=is_public)
        code = path.removeprefix(_OFFICES)
        if is_public and code != path and code not in (await self._moments.snapshot()).inventory.offices:
            raise nothing_at(path)  # strangers could think of ever so many, and each would be a page of its own
        return place

    def _language(self, request: web.Request) -> Language:
        return language_of(request.query, _field(request, "Accept-Language"), self._service.language)

    async def _problem(self, request: web.Request, status: int, sentence: str) -> bytes:
        is_public = request.app[IS_PUBLIC]
        is_asked = is_public_query(request.query) and not is_public
        place = Place(
            "/",
            self._language(request),
            is_public=is_public or is_asked,
            is_language_chosen=is_language(request.query.get("lang", "")),
            is_public_asked=is_asked,
        )
        if not is_public:
            return await self._write_problem(status, sentence, place)
        work = partial(self._write_problem, status, plain(status).in_language(place.language), place)
        return await self._problems.get((status, place), work)

    async def _write_problem(self, status: int, sentence: str, place: Place) -> bytes:
        return (await self._pages.problem(status, sentence, place)).body


def _field(request: web.Request, name: str) -> str:
    return ",".join(request.headers.getall(name, []))


def _has(request: web.Request, mark: str) -> bool:
    """Return whether the client has what carries this mark (RFC 9110, 13.1.2)."""
    return any(tag.value in {mark, "*"} for tag in request.if_none_match or ())


def _either(
    request: web.Request, plain: bytes, packed: bytes, headers: Mapping[str, str], status: int = 200
) -> web.Response:
    """Return a body, compressed for those who take it so."""
    if wants_gzip(_field(request, "Accept-Encoding")):
        return web.Response(body=packed, headers={**headers, "Content-Encoding": "gzip"}, status=status)
    return web.Response(body=plain, headers=headers, status=status)


def _query(request: web.Request) -> Query:
    return tuple(request.query.items())
