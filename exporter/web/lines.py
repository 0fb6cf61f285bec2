"""A reader's connection, and the stream of events on it."""

from __future__ import annotations

import contextlib

from aiohttp import web

from exporter.web.live import Hub
from exporter.web.negotiation import wants_gzip
from exporter.web.pages import Place

_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "Vary": "Accept-Encoding",
    "X-Accel-Buffering": "no",  # a proxy shall not wait for the end
}


class RequestLine:
    """The connection that a request came on."""

    def __init__(self, request: web.Request) -> None:
        self._request = request

    @property
    def is_gone(self) -> bool:
        """Whether nobody is at the other end any more."""
        transport = self._request.transport
        return transport is None or transport.is_closing()

    def cut(self) -> None:
        """End it at once, whatever is under way."""
        if self._request.transport is not None:
            self._request.transport.abort()


async def stream(request: web.Request, hub: Hub, place: Place) -> web.StreamResponse:
    """Send a place's events until one of both ends it; a Refusal comes before anything is sent."""
    in_gzip = wants_gzip(",".join(request.headers.getall("Accept-Encoding", [])))
    # who comes back says by the last event's id what it has; else its page says so
    version = request.headers.get("Last-Event-ID") or request.query.get("version", "")
    told = hub.listen(place, version, RequestLine(request))
    async with contextlib.aclosing(told):
        sent = await anext(told)
        response = web.StreamResponse(headers=_HEADERS)
        if in_gzip:
            response.headers["Content-Encoding"] = "gzip"
        with contextlib.suppress(ConnectionError):
            await response.prepare(request)
            await response.write(sent.form(in_gzip=in_gzip))
            async for sent in told:
                await response.write(sent.form(in_gzip=in_gzip))
    return response
