"""Pages that stand where a website's own should, and redirects that lead away from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from exporter.lab.sites import layout
from exporter.lab.sites.answers import Answer, Request, html, to
from exporter.lab.sites.conditions import Kind
from exporter.lab.sites.content import Content
from exporter.lab.sites.naming import STRANGER

_LATER_SECONDS = "3600"
_LATER = ("Retry-After", _LATER_SECONDS)


def fault(kind: Kind, content: Content) -> Callable[[Request], Answer] | None:
    """Return what answers each request in a condition; None where it isn't one that another page stands in for."""
    if kind in _REDIRECTS:
        return lambda request: _REDIRECTS[kind](content, request)
    if kind in _PAGES:
        answer = _PAGES[kind](content)
        return lambda _: answer
    return None


def stranger() -> Answer:
    """Return the page of the domain that a hijacked website leads to."""
    return _page(
        "Bonus Besar Setiap Hari",
        "<h1>Bonus besar setiap hari!</h1><p>Permainan slot dan kasino daring, hadiah langsung untuk anggota baru. "
        "Daftar sekarang, putar, dan menangkan jackpot. Ini halaman contoh: tidak ada permainan di sini.</p>",
    )


def busy() -> Answer:
    """Return the answer of something that wants to be asked later."""
    return html("<h1>429 Too Many Requests</h1>", 429, _LATER)


def _page(title: str, body: str, status: int = 200, *headers: tuple[str, str]) -> Answer:
    text = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head>\n<body>\n{body}\n</body></html>\n"
    return html(text, status, *headers)


def _http_404(content: Content) -> Answer:
    return html(layout.page(content, "404", "<article><h2>Halaman tidak ditemukan</h2></article>"), 404)


def _http_500(_: Content) -> Answer:
    return _page(
        "500 Internal Server Error", "<h1>Internal Server Error</h1><p>The request was not completed.</p>", 500
    )


def _http_503(_: Content) -> Answer:
    return _page("503 Service Unavailable", "<h1>Service Unavailable</h1>", 503, _LATER)


def _no_body(_: Content) -> Answer:
    return Answer()


def _blank(_: Content) -> Answer:
    return _page("", "")


def _parked(content: Content) -> Answer:
    return _page(
        f"{content.host} is for sale",
        f"<h1>{content.host}</h1><p>This domain is parked. Buy this domain today!</p>"
        "<p>Domain ini dijual. Hubungi pendaftar untuk penawaran.</p><ul><li>Related searches</li></ul>",
    )


def _suspended(_: Content) -> Answer:
    return _page(
        "Account Suspended",
        "<h1>This Account has been suspended.</h1><p>Contact your hosting provider for more information.</p>",
    )


def _server_page(_: Content) -> Answer:
    return _page(
        "Apache2 Debian Default Page: It works",
        "<h1>It works!</h1><p>This is the default welcome page of the server after its installation. Replace "
        "<tt>/var/www/html/index.html</tt> before using it.</p>",
    )


def _listing(_: Content) -> Answer:
    rows = "".join(
        f'<tr><td><a href="{name}">{name}</a></td><td>2019-03-11 08:14</td><td>{size}</td></tr>'
        for name, size in (("backup.zip", "48M"), ("cgi-bin/", "-"), ("wp-content/", "-"), ("info.php", "20"))
    )
    return _page("Index of /", f"<h1>Index of /</h1><table><tr><th>Name</th><th>Last modified</th></tr>{rows}</table>")


def _php_error(_: Content) -> Answer:
    return html(
        "<br />\n<b>Fatal error</b>:  Uncaught Error: Call to undefined function tampil_berita() in "
        "/home/situs/public_html/index.php:17\nStack trace:\n#0 {main}\n  thrown in "
        "<b>/home/situs/public_html/index.php</b> on line <b>17</b><br />\n"
    )


def _database_error(_: Content) -> Answer:
    return _page("Database Error", "<h1>Error establishing a database connection</h1>")


def _guard(status: int, *headers: tuple[str, str]) -> Answer:
    return _page(
        "Just a moment...",
        "<h1>Just a moment...</h1><p>Verifying that you are human. This may take a few seconds.</p>"
        "<noscript>Enable JavaScript and cookies to continue</noscript>"
        '<script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script>',
        status,
        *headers,
    )


def _loop(content: Content, request: Request) -> Answer:
    turns = {"/": "/id/", "/id/": "/id/beranda", "/id/beranda": "/"}
    return to(f"{content.url}{turns.get(request.target, '/')}", 302)


_PAGES: Mapping[Kind, Callable[[Content], Answer]] = {
    Kind.HTTP_404: _http_404,
    Kind.HTTP_500: _http_500,
    Kind.HTTP_503: _http_503,
    Kind.NO_BODY: _no_body,
    Kind.BLANK: _blank,
    Kind.PARKED: _parked,
    Kind.SUSPENDED: _suspended,
    Kind.SERVER_PAGE: _server_page,
    Kind.LISTING: _listing,
    Kind.PHP_ERROR: _php_error,
    Kind.DATABASE_ERROR: _database_error,
    Kind.GUARDED: lambda _: _guard(403, ("cf-mitigated", "challenge")),
    Kind.GUARDED_200: lambda _: _guard(200),
    Kind.GUARDED_429: lambda _: _guard(429, _LATER),
}
_REDIRECTS: Mapping[Kind, Callable[[Content, Request], Answer]] = {
    Kind.HIJACKED: lambda _, __: to(f"https://{STRANGER}/", 302),
    Kind.LOOP: _loop,
    Kind.TO_LOOPBACK: lambda _, __: to("http://127.0.0.1/", 302),
    Kind.TO_FTP: lambda content, _: to(f"ftp://{content.host}/", 302),
}
