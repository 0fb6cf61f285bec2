"""Healthy websites that are easily taken for something else, and a page that is a bomb."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime

from exporter.lab.sites import bombs, faults, feeds, layout, manners
from exporter.lab.sites.answers import Answer, Answering, Documents, Request, found_in, to
from exporter.lab.sites.conditions import Condition, Kind
from exporter.lab.sites.content import Content, weekday_of

_BOMB_DOUBLINGS, _SITEMAP_DOUBLINGS = 10, 9  # 1 GiB, 512 MiB
_ADDRESSES = 20  # of a sitemap whose stamps say nothing
_BREAKS = (
    (b"<!DOCTYPE html>\n", b""),
    (b"</head>", b""),
    (b"</h2>", b"</h3></b>"),
    (b"</p></article>", b"</div>"),
    (b"<main>", b"<table><tr><center><main class=isi id=isi'>"),
    (b"</body>\n</html>\n", b"<div <p"),
)
_FEEDS = ("/feed/", "/rss.xml", "/index.php?format=feed&type=rss")


def answering(condition: Condition, content: Content) -> Answering:
    """Return what answers requests to a website in a condition, as far as it answers with HTTP at all."""
    if (other := faults.fault(condition.kind, content)) is not None:
        return other
    documents = manners.documents(content, condition.manner)
    return _with_clock(content, _TRAPS.get(condition.kind, _plain)(content, documents))


def _with_clock(content: Content, answering: Answering) -> Answering:
    mark = manners.CLOCK.encode()

    def answer(request: Request) -> Answer:
        found = answering(request)
        at = datetime.fromtimestamp(request.at, content.now.tzinfo)
        return replace(found, body=found.body.replace(mark, f"Hari ini: {weekday_of(at)}, {at:%H:%M %Z}".encode()))

    return answer


def _plain(content: Content, documents: Documents) -> Answering:
    return found_in(documents, manners.missing(content))


def _to_www(content: Content, documents: Documents) -> Answering:
    www = replace(content, host=f"www.{content.host}")
    plain = _plain(content, documents)

    def answer(request: Request) -> Answer:
        return plain(request) if request.host == www.host else to(f"{www.url}{request.target}")

    return answer


def _wrong_charset(content: Content, documents: Documents) -> Answering:
    front = documents["/"]
    quoted = front.body.decode().replace("Selamat datang", "Selamat datang \u201cwarga\u201d \u2013 caf\u00e9 baca")
    return _plain(content, {**documents, "/": replace(front, body=quoted.encode("cp1252"))})


def _feed_bomb(content: Content, documents: Documents) -> Answering:
    return _plain(content, {**documents, **dict.fromkeys(_FEEDS, feeds.bomb(content))})


def _broken_html(content: Content, documents: Documents) -> Answering:
    front = documents["/"]
    broken = front.body
    for whole, part in _BREAKS:
        broken = broken.replace(whole, part)
    return _plain(content, {**documents, "/": replace(front, body=broken)})


def _stamped(content: Content, documents: Documents, at: Callable[[Request], datetime]) -> Answering:
    """Return a website whose sitemap and Last-Modified have one stamp for all."""
    paths = ["/", *(path for path in documents if path.startswith(("/berita", "/index.php/")))]
    paths += [f"/halaman/{number}" for number in range(1, _ADDRESSES - len(paths) + 1)]
    pages = dict.fromkeys(paths, documents["/"])
    sitemap = {"/robots.txt": manners.robots(content, "/sitemap.xml")}

    def answer(request: Request) -> Answer:
        stamp = at(request)
        made = {
            **pages,
            **documents,
            **sitemap,
            "/sitemap.xml": feeds.sitemap(content, [(path, stamp) for path in paths]),
        }
        found = _plain(content, made)(request)
        return replace(found, headers=(*found.headers, ("Last-Modified", format_datetime(stamp))))

    return answer


def _sitemap_now(content: Content, documents: Documents) -> Answering:
    return _stamped(content, documents, lambda request: datetime.fromtimestamp(request.at, content.now.tzinfo))


def _sitemap_built(content: Content, documents: Documents) -> Answering:
    return _stamped(content, documents, lambda _: content.now - timedelta(days=1))


def _sitemap_bomb(content: Content, documents: Documents) -> Answering:
    before = b'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    bomb = Answer(bombs.packed(before, b"</urlset>\n", _SITEMAP_DOUBLINGS), type="application/gzip")
    path = "/sitemap.xml.gz"
    return _plain(content, {**documents, path: bomb, "/robots.txt": manners.robots(content, path)})


def _bomb(content: Content, _: Documents) -> Answering:
    before, after = layout.page(content, content.office, layout.welcome(content) + "\0").split("\0")
    body = bombs.packed(before.encode(), after.encode(), _BOMB_DOUBLINGS)
    bomb = Answer(body, headers=(("Content-Encoding", "gzip"),))
    return lambda _: bomb


def _robots_refuse(content: Content, documents: Documents) -> Answering:
    return _plain(content, {**documents, "/robots.txt": manners.robots(content, None, "/")})


def _feed_later(content: Content, documents: Documents) -> Answering:
    return _plain(content, {**documents, **dict.fromkeys(_FEEDS, faults.busy())})


_TRAPS: Mapping[Kind, Callable[[Content, Documents], Answering]] = {
    Kind.TO_WWW: _to_www,
    Kind.WRONG_CHARSET: _wrong_charset,
    Kind.SITEMAP_NOW: _sitemap_now,
    Kind.SITEMAP_BUILT: _sitemap_built,
    Kind.SITEMAP_BOMB: _sitemap_bomb,
    Kind.FEED_BOMB: _feed_bomb,
    Kind.BROKEN_HTML: _broken_html,
    Kind.BOMB: _bomb,
    Kind.ROBOTS_REFUSE: _robots_refuse,
    Kind.FEED_LATER: _feed_later,
}
