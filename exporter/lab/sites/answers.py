"""What a web server says to a request, as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

HTML = "text/html; charset=utf-8"
XML = "application/xml; charset=utf-8"
Documents = Mapping[str, "Answer"]
"""Answers by the path that they are asked at, with its query where that matters."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: a path with its query, at a host, at an instant in seconds since the epoch."""

    target: str
    host: str
    at: float


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer's status, type, other headers, and body as it goes over the wire."""

    body: bytes = b""
    status: int = HTTPStatus.OK
    type: str = HTML
    headers: tuple[tuple[str, str], ...] = ()


Answering = Callable[[Request], Answer]


def html(text: str, status: int = HTTPStatus.OK, *headers: tuple[str, str]) -> Answer:
    """Return a page."""
    return Answer(text.encode(), status, HTML, headers)


def to(url: str, status: int = HTTPStatus.MOVED_PERMANENTLY) -> Answer:
    """Return a redirect."""
    return Answer(status=status, headers=(("Location", url),))


def found_in(documents: Documents, missing: Answer) -> Answering:
    """Return what answers from documents, and otherwise says what is missing."""

    def answer(request: Request) -> Answer:
        path = request.target.partition("?")[0]
        return documents.get(request.target, documents.get(path, missing))

    return answer
