"""Requests that get no answer but a reason: a page for browsers, JSON under `/api/`, a sentence for the others."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler

from exporter.errors import TerpaduError
from exporter.model import Language
from exporter.web.negotiation import wants_html

API = "/api/"
Problem = Callable[[web.Request, int, str], Awaitable[bytes]]  # a page of HTML


@dataclass(frozen=True, slots=True)
class Sentence:
    """Something said in both languages."""

    english: str
    indonesian: str

    def in_language(self, language: Language) -> str:
        """Return it in one of them."""
        return self.indonesian if language is Language.INDONESIAN else self.english


@dataclass(slots=True)
class Refusal(Exception):  # noqa: N818 -- the client's mistake, not ours
    """Why a request has no answer."""

    status: int
    sentence: Sentence
    headers: Mapping[str, str] = field(default_factory=dict)


_A_BUG = Sentence("a bug of terpadu; the log has it", "kesalahan di dalam terpadu; rinciannya ada di log")


def nothing_at(path: str) -> Refusal:
    """Return that there is nothing at a path."""
    return Refusal(
        404,
        Sentence(
            f"there is nothing at {path}; / says what there is", f"tidak ada apa pun di {path}; mulailah lagi dari /"
        ),
    )


_NOTHING = Sentence("there is nothing here; / says what there is", "tidak ada apa pun di sini; mulailah lagi dari /")
_PLAIN = {
    404: _NOTHING,
    405: Sentence("this address can only be read", "alamat ini hanya dapat dibaca"),
    500: _A_BUG,
}
_NOT_NOW = Sentence(
    "this can't be shown just now; try again in half a minute", "belum dapat ditampilkan; coba lagi setengah menit"
)


def plain(status: int) -> Sentence:
    """Return what a status says whatever was asked, so that one page serves all."""
    return _PLAIN.get(status, _NOT_NOW if status > 500 else _NOTHING)  # noqa: PLR2004 -- a status is its own name


@dataclass(frozen=True, slots=True)
class Words:
    """Says in words why a request has no answer; a bug of ours is `told`.

    `problem` writes a browser's page; where that fails too, a sentence is left.
    """

    language_of: Callable[[web.Request], Language]
    problem: Problem
    told: Callable[[Exception], None]

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer, or say why not."""
        try:
            return await handler(request)
        except web.HTTPException as error:
            refusal = _of_the_router(request, error)
        except Refusal as refused:
            refusal = refused
        except TerpaduError as error:
            refusal = Refusal(503, Sentence(str(error), str(error)))
        except Exception as bug:  # noqa: BLE001 -- it is told and counted
            self.told(bug)
            refusal = Refusal(500, _A_BUG)
        return await self._said(request, refusal)

    async def _said(self, request: web.Request, refusal: Refusal) -> web.Response:
        english, status = refusal.sentence.english, refusal.status
        headers = {"Cache-Control": "no-store", **refusal.headers}
        if request.path.startswith(API):
            body = json.dumps({"error": english}, ensure_ascii=False)
            return web.json_response(text=body, status=status, headers=headers)
        if wants_html(",".join(request.headers.getall("Accept", []))):
            html = await self._page(request, refusal)
            if html is not None:
                headers["Content-Type"] = "text/html; charset=utf-8"
                return web.Response(body=html, status=status, headers=headers)
        return web.Response(text=f"{english}\n", status=status, headers=headers)

    async def _page(self, request: web.Request, refusal: Refusal) -> bytes | None:
        sentence = refusal.sentence.in_language(self.language_of(request))
        try:
            return await self.problem(request, refusal.status, sentence)
        except Exception as bug:  # noqa: BLE001 -- it is told and counted
            self.told(bug)
            return None


def _of_the_router(request: web.Request, error: web.HTTPException) -> Refusal:
    path = request.rel_url.raw_path
    if isinstance(error, web.HTTPNotFound):
        return nothing_at(path)
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = sorted(error.allowed_methods)
        sentence = Sentence(
            f"{path} takes {' or '.join(allowed)}, not {request.method}",
            f"{path} menerima {' atau '.join(allowed)}, bukan {request.method}",
        )
        return Refusal(405, sentence, {"Allow": ", ".join(allowed)})
    raise error
