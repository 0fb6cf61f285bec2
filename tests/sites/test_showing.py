"""Pages that stand in the place of content, and pages that only look so."""

from __future__ import annotations

import contextlib
import time

import pytest
import yarl

from exporter.sites import redirects, showing
from exporter.sites.faults import FaultError
from exporter.website import Fault

URL = "https://dinkes.example/"
HTML = {"content-type": "text/html; charset=utf-8"}
ARTICLE = "<p>" + "Dinas Kesehatan mengingatkan warga Ciruas agar waspada. " * 60 + "</p>"
MENU = "".join(f'<li><a href="/{name}">{name}</a></li>' for name in "abcdefghijklmnop")


def shown(text: str, headers: dict[str, str] = HTML, url: str = URL) -> Fault | None:
    return showing.judged(text.encode(), headers, url)[0]


def page(title: str, body: str) -> str:
    return f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{body}</body></html>"


STAND_INS = {
    Fault.EMPTY: [
        "",
        " \n\t ",
        "<html><head><title>Dinas</title></head><body></body></html>",
        page("", "<!-- berita <p>lama</p> --><div class='isi'></div><style>p { color: red }</style>"),
        page("", "<script async src='https://www.googletagmanager.com/gtag/js'></script>"),
        "<html><head><title>Dinas</title><script src='/jquery.js'></script></head><body>&nbsp;</body></html>",
    ],
    Fault.PARKED: [
        page("dinkes.example is for sale", "<h1>dinkes.example is for sale</h1><a href='/beli'>Make an offer</a>"),
        page("dinkes.example", "<p>This domain may be for sale. Buy this domain.</p>"),
        page("Domain Dijual", "<p>Hubungi kami</p>"),
        page("", "<h2>Domain dinkes.example telah kedaluwarsa</h2><p>Silakan perpanjang.</p>"),
        page("Domain Parking", "<p>Parked.</p>"),
        page("dinkes.example", "<div id='c'></div><script>window.park = 'abc'</script><script src='/p.js'></script>"),
    ],
    Fault.SUSPENDED: [
        page(
            "Account Suspended", "<h1>Account Suspended</h1><p>This Account has been suspended. Contact the host.</p>"
        ),
        page("dinkes.example", "<h1>Akun ini telah ditangguhkan</h1>"),
        page("", "<p>Website ini sedang ditangguhkan karena tagihan.</p>"),
        page("Hosting dinonaktifkan", "<h1>Hosting Dinonaktifkan</h1>"),
        page("509 Bandwidth Limit Exceeded", "<p>The server is busy</p>"),
    ],
    Fault.DEFAULT_PAGE: [
        "<html><body><h1>It works!</h1></body></html>",
        page(
            "Apache2 Debian Default Page: It works", "<div>" + "Configuration overview of the server. " * 100 + "</div>"
        ),
        page("Welcome to nginx!", "<h1>Welcome to nginx!</h1><p>Further configuration is required.</p>"),
        page("IIS Windows Server", "<img src='iisstart.png'>"),
        page("Index of /", "<h1>Index of /</h1>" + MENU * 20),
        page("Index of /wp-content", "<pre>" + MENU + "</pre>"),
        page("Default Web Site Page", "<h1>SORRY!</h1>"),
        page("PHP 8.2.1 - phpinfo()", "<table>" + "<tr><td>x</td></tr>" * 900 + "</table>"),
        page("Situs Baru", "<h2>Halo dunia!</h2><p>Selamat datang di WordPress. Ini adalah pos pertama Anda.</p>"),
    ],
    Fault.ERROR_PAGE: [
        "<br />\n<b>Fatal error</b>:  Uncaught Error: Call to undefined function x() in /srv/index.php:7",
        "Parse error: syntax error, unexpected end of file in /srv/index.php on line 3",
        page("Database Error", "<h1>Error establishing a database connection</h1>"),
        page("", "<h1>Kesalahan saat menyambung ke basis data</h1>"),
        page("WordPress &rsaquo; Galat", "<p>Terdapat masalah kritis di situs web ini.</p>"),
        page("Error", "<h1>A PHP Error was encountered</h1><p>Severity: Warning</p>"),
        page("404 Not Found", "<h1>Not Found</h1>"),
        "<?php require 'index.php'; echo $x; ?>",
        "SQLSTATE[HY000] [2002] Connection refused",
        page("404", "<p>Kembali</p>"),
        page("", "<h1>503 - Service Temporarily Unavailable</h1>"),
        page("", "<h1>404 Halaman tidak ditemukan</h1>"),
    ],
    Fault.GUARDED: [
        page("Just a moment...", "<noscript>Enable JavaScript and cookies to continue</noscript><script>1</script>"),
        page("", "<p>Checking your browser before accessing dinkes.example</p>"),
        page("DDoS-Guard", "<script src='/check.js'></script>"),
        page(
            "",
            "<script src='/aes.js'></script><script>document.cookie='t='+slowAES.decrypt(a);location.href='/'</script>",
        ),
        page("", "<script>document.cookie = 'lewat=1'; location.reload()</script>"),
        page("Bot Verification", "<div id='captcha'></div>"),
    ],
}
REAL = [
    page("Dinas Kesehatan", "<h1>Berita</h1>" + MENU + ARTICLE),
    page("Akun ditangguhkan? Waspada penipuan", f"<h1>Account suspended: penipuan baru</h1>{ARTICLE}"),
    page("Berita", f"<h1>This domain is for sale</h1>{ARTICLE}"),
    page("Dinas", f"<h1>Dinas</h1>{MENU}<p>Error establishing a database connection dibahas di bimtek.</p>"),
    page("Profil", f"<b>Warning</b>: Undefined variable $x in /srv/a.php on line 3{ARTICLE}{MENU}"),
    page("Dinas", '<div id="app"></div><script src="/app.js"></script>'),
    page("Dinas", "<app-root></app-root><script type='module' src='/main.js'></script>"),
    page("Dinas", "<noscript>Enable JavaScript</noscript><div id='root'></div><script>" + "a();" * 80 + "</script>"),
    page("Dinas", "<h1>Tunggu sebentar...</h1><div id='app'></div><script src='/app.js'></script>"),
    page("Dinas", "<h3>Layanan sementara dinonaktifkan</h3><p>Pendaftaran dibuka lagi hari Senin.</p>"),
    page("Dinas", "<img src='pintu.jpg'><script>document.cookie = 'bahasa=id'; location.href = '/id'</script>"),
    page("Service Unavailable", MENU),
    page("Dinas", "<p>Bimtek: arti pesan SQLSTATE[HY000] bagi pengelola.</p>" + MENU[:300]),
    page("Dinas", "<p>Waspada pesan: this account has been suspended.</p>" + ARTICLE[:600]),
    page("Dinas", "<img src='spanduk.jpg'>"),
    page("Dinas", "<img src='logo.png'><h2>432</h2><p>Pegawai</p><h2>512 halaman</h2><h2>31</h2><p>Puskesmas</p>"),
    page("Dinas", f"<h1>Coming Soon</h1>{ARTICLE[:600]}"),
    page("Dinas", "<h1>Segera hadir: pasar murah di Ciruas</h1><p>Senin</p>"),
    page("Dinas", f"<h1>Situs sedang dalam perbaikan</h1>{MENU[:300]}"),
    page("Dinas", "<div style=\"background: url('latar.jpg')\"></div>"),
    "<html><frameset><frame src='isi.html'></frameset></html>",
    page("Dinas", "<svg><path d='M0 0'/></svg>"),
    page("Dinas Sosial", "<p>Kami</p><script>document.cookie = 'bahasa=id'</script>"),
    page("Dinas", f"<script>var a = '<!--';</script>{ARTICLE}"),
    page("Dinas", f"<p>Tarif 3 < 5 dan a<b</p>{ARTICLE}"),
]  # fmt: skip


@pytest.mark.parametrize(("fault", "text"), [(fault, text) for fault, texts in STAND_INS.items() for text in texts])
def test_a_page_that_stands_in_the_place_of_content_is_told(fault: Fault, text: str) -> None:
    assert shown(text) is fault


@pytest.mark.parametrize("text", REAL)
def test_a_page_with_content_is_let_be(text: str) -> None:
    assert shown(text) is None


@pytest.mark.parametrize(
    "text",
    [
        page("Under Maintenance", "<h1>Maaf</h1><p>Kami akan segera kembali.</p>"),
        page("Dinas Kesehatan | Coming Soon", "<img src='logo.png'>"),
        page("Dinas", "<h1>Website sedang dalam perbaikan</h1><p>Mohon maaf.</p>"),
        page("Dinas", "<h2>Mohon maaf, situs ini sedang dalam pemeliharaan</h2>"),
        page("Dinas", "<h1>Our website is under construction!</h1>"),
        page("Segera Hadir...", "<p>Dinas Sosial</p>"),
    ],
)
def test_a_page_that_says_it_is_being_built_is_empty(text: str) -> None:
    assert showing.judged(text.encode(), HTML, URL) == (Fault.EMPTY, "under construction")


@pytest.mark.parametrize(
    "kind", ["text/html charset=utf-8", "text/html, text/html; charset=utf-8", "unknown/unknown", "html", "x-php/page"]
)
def test_a_page_with_an_odd_type_is_read_all_the_same(kind: str) -> None:
    assert shown(STAND_INS[Fault.PARKED][0], {"content-type": kind}) is Fault.PARKED


@pytest.mark.parametrize("headers", [{"cf-mitigated": "challenge"}, {"x-sucuri-block": "1"}])
def test_headers_that_guards_give_are_known(headers: dict[str, str]) -> None:
    assert shown(REAL[0], HTML | headers) is Fault.GUARDED


def test_the_place_of_suspended_pages_is_known() -> None:
    assert shown("<p>Hubungi kami</p>", url="https://dinkes.example/cgi-sys/suspendedpage.cgi") is Fault.SUSPENDED


@pytest.mark.parametrize("kind", ["application/pdf", "image/png", "application/json"])
def test_what_is_no_page_is_content_unless_there_is_nothing(kind: str) -> None:
    assert (shown("x", {"content-type": kind}), shown("", {"content-type": kind})) == (None, Fault.EMPTY)


@pytest.mark.parametrize("charset", ["x-nonsense", "base64", "punycode", "utf-7", "", "'; DROP"])
def test_a_charset_that_is_none_does_no_harm(charset: str) -> None:
    headers = {"content-type": f"text/html; charset={charset}"}
    assert shown(REAL[0], headers) is None
    assert shown(STAND_INS[Fault.SUSPENDED][0], headers) is Fault.SUSPENDED


@pytest.mark.parametrize(
    ("encoding", "headers"), [("utf-16", HTML), ("utf-16-le", {"content-type": "text/html; charset=UTF-16LE"})]
)
def test_a_page_in_utf_16_is_read(encoding: str, headers: dict[str, str]) -> None:
    assert showing.judged(STAND_INS[Fault.SUSPENDED][0].encode(encoding), headers, URL)[0] is Fault.SUSPENDED


def test_bytes_that_are_no_text_do_no_harm() -> None:
    assert showing.judged(bytes(range(256)) * 40, HTML, URL) == (None, "")


HOSTILE = [
    "<div>", "<", "<a ", "<!--", "<script>", "<script ", "<title>", "<h1>", "<h1></h", "&", "&amp", "<meta http-equiv=",
    "<meta http-equiv='refresh' ", "domain ", "domain a ", "fatal ", " ", "\x00", "<x-", "<div id", "<b id=1>x<p>",
    "url(", "kesalahan ", "document.cookie = ", "<svg ", "</title", "a.b ", "<script>location = '", "<iframe ", 'a="',
    "<frame src=", "a=' ", "\t", "&#9",
]  # fmt: skip
LEADING_UP = [
    "", "refresh <meta http-equiv=", "refresh <meta http-equiv=refresh content=", 'refresh <meta a="', "<script src=",
    "<script>location", "<iframe ", "<title>", "<frameset rows='",
]  # fmt: skip


def seconds_for(text: str) -> float:
    body = text.encode()
    started = time.process_time()
    showing.judged(body, HTML, URL)
    with contextlib.suppress(FaultError):
        redirects.onward(200, HTML, body, yarl.URL(URL))
    return time.process_time() - started


@pytest.mark.parametrize("piece", HOSTILE)
def test_much_of_anything_is_judged_in_linear_time(piece: str) -> None:
    assert seconds_for(piece * (250_000 // len(piece))) < 1.0


@pytest.mark.parametrize("start", LEADING_UP)
@pytest.mark.parametrize("piece", [" ", "\t", '"', "'", "= ", "a ", "a", "location=", "-"])
def test_blanks_and_quotes_without_end_are_judged_in_linear_time(start: str, piece: str) -> None:
    assert seconds_for(start + piece * (60_000 // len(piece)) + ">") < 0.5


@pytest.mark.parametrize("where", ["<p>%s</p>", "<title>%s</title>", "<meta http-equiv=refresh content='0;url=%s'>"])
def test_a_letter_by_a_number_of_thousands_of_digits_does_no_harm(where: str) -> None:
    text = page("Dinas", "<h1>Berita</h1>") + where % ("&#" + "9" * 5000 + ";")
    assert shown(text) is None
    assert redirects.onward(200, HTML, text.encode(), yarl.URL(URL)) != yarl.URL(URL)
