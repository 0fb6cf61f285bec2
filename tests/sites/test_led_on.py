"""Redirects: where a visit is led, and where it refuses to go."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from site_servers import PAGE, SHORT, answer, fetcher, hangs, pages, says, serving

from exporter.sites.addresses import special_network
from exporter.sites.fetching import Fetched, Refused
from exporter.website import Fault

pytestmark = pytest.mark.usefixtures("private_network")

REFRESH = b'<html><head><meta http-equiv="Refresh" content="%s"></head><body>%s</body></html>'


def moved(to: str, status: str = "302 Found", **headers: str) -> bytes:
    return answer(b"", status, location=to, **headers)


async def led(answers: dict[str, bytes], **kinds: Any) -> tuple[Fetched | Refused, list[str]]:
    """Visit `/` of a server with these answers; gives the outcome, and the paths it was led over."""
    async with serving(pages(answers)) as port:
        outcome = await fetcher(**kinds).get(f"http://dinkes.example:{port}/")
    return outcome, [address.split(f":{port}")[-1] for address in outcome.addresses]


@pytest.mark.parametrize(
    "first",
    [
        moved("/baru"),
        moved("baru", "301 Moved Permanently"),
        moved("//dinkes.example:{port}/baru", "307 Temporary Redirect"),
        answer(REFRESH % (b"0; url=/baru", b"")),
        answer(REFRESH % (b"3;URL='/baru'", b"Anda dialihkan")),
        answer(b"", refresh="0; url=/baru"),
        answer(b"<script>window.location.href = '/baru';</script>"),
        answer(b"<body><script>location.replace('/baru')</script></body>"),
        answer(b"<script>/**/</script><script><!--\nlocation = '/lama'; top.location.href='/baru'\n//--></script>"),
        answer(b"<script>location = '/baru'</script>", content_type="text/html charset=utf-8"),
        answer(REFRESH % (b"0; url=/baru", b""), content_type="unknown/unknown"),
    ],
)
async def test_a_visit_goes_where_a_browser_would(first: bytes) -> None:
    answers = {"/": first, "/baru": answer()}
    async with serving(pages(answers)) as port:
        answers["/"] = first.replace(b"{port}", str(port).encode())
        outcome = await fetcher().get(f"http://dinkes.example:{port}/")
    assert (outcome.body, outcome.url) == (PAGE, f"http://dinkes.example:{port}/baru")


@pytest.mark.parametrize(
    "first",
    [
        answer(REFRESH % (b"300", b"Berita")),
        answer(REFRESH % (b"60; url=/baru", b"")),
        answer(REFRESH % (b"3; url=/baru", b"Berita panjang " * 30)),
        answer(b'<noscript><meta http-equiv="refresh" content="0; url=/baru"></noscript><div id="app"></div>'),
        answer(b"<script>if (!app) location = '/baru'</script>" + b"Berita panjang " * 30),
        answer(b"<script>function masuk() { location = '/baru' }</script><form></form>"),
        answer(b"<script>document.cookie = 'lewat=1'; location.href = '/baru'</script>"),
        answer(b"a,b\nlocation = '/baru'", content_type="text/csv"),
        answer(b"<script>location = '/baru'</script>", content_type="text/plain"),
        answer(b"<script>if (!window.Promise) { location.replace('/baru') }</script><div id='app'></div>"),
        answer(b"<script>lama && (location.href = '/baru')</script>"),
        answer(b"<script>lama ? location = '/baru' : 0; location = '/baru'</script>"),
        answer(b"<script>lama || location.replace('/baru')</script>"),
        answer(REFRESH % (b"0; url=/", b"Papan")),
        answer(REFRESH % (b"5; url=/baru", b"<img src='baliho.jpg'>")),
        answer(b"", refresh="0; url=#atas"),
    ],
)
async def test_a_visit_stays_where_a_browser_would(first: bytes) -> None:
    outcome, paths = await led({"/": first, "/baru": answer()})
    assert (type(outcome), paths) == (Fetched, ["/"])


@pytest.mark.parametrize(
    "body",
    [
        "<frameset rows='100%,*'><frame src='http://judi.example:{port}/isi'><noframes>Berita</noframes></frameset>",
        "<frameset rows='0,*'><frame src='/kosong'><frame src='//judi.example:{port}/isi'></frameset>",
        "<html><body><iframe src='http://judi.example:{port}/isi' width='100%'>Peramban lama</iframe></body></html>",
        "<iframe src='/hitung' width=1 height=1></iframe><iframe src='http://judi.example:{port}/isi'></iframe>",
    ],
)
async def test_a_page_that_is_but_a_frame_of_another_host_leads_there(body: str) -> None:
    answers = {"/isi": answer()}
    async with serving(pages(answers)) as port:
        answers["/"] = answer(body.replace("{port}", str(port)).encode())
        outcome = await fetcher().get(f"http://dinkes.example:{port}/")
    assert outcome.url == f"http://judi.example:{port}/isi"


@pytest.mark.parametrize(
    "body",
    [
        b"<frameset cols='20%,80%'><frame src='/menu'><frame src='http://judi.example/'></frameset>",
        b"<frameset><frame src='isi.html'></frameset>",
        b"<h1>Berita</h1><iframe src='http://peta.example/'></iframe>",
        b"<img src='spanduk.jpg'><iframe src='http://peta.example/'></iframe>",
        b"<div id='app'></div><iframe src='http://peta.example/'></iframe><script src='/app.js'></script>",
        b"<iframe src='http://hitung.example/' style='display: none'></iframe>",
        b"<iframe src='about:blank'></iframe>",
        b"<iframe src='http://[/'></iframe>",
    ],
)
async def test_a_page_with_frames_beside_its_own_is_for_reading(body: bytes) -> None:
    outcome, paths = await led({"/": answer(body)})
    assert (type(outcome), paths) == (Fetched, ["/"])


@pytest.mark.parametrize("host", ["dinkes.example", "127.0.0.1"])
async def test_a_site_that_redirects_once_to_set_a_cookie_is_followed_back(host: str) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        question = await reader.readuntil(b"\r\n\r\n")
        writer.write(answer() if b"Cookie: lewat=1" in question else moved("/", set_cookie="lewat=1"))

    async with serving(talk) as port:
        outcome = await fetcher().get(f"http://{host}:{port}/")
    assert outcome.body == PAGE


async def test_a_redirect_is_followed_before_its_body_has_come() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        question = await reader.readuntil(b"\r\n\r\n")
        writer.write(answer() if b"/baru" in question else moved("/baru", content_length="1000"))
        await hangs(reader, writer)

    async with serving(talk) as port:
        outcome = await fetcher().get(f"http://dinkes.example:{port}/", limits=SHORT)
    assert outcome.body == PAGE


async def test_a_redirect_to_itself_is_a_loop() -> None:
    outcome, paths = await led({"/": moved("/")})
    assert (outcome.fault, paths) == (Fault.REDIRECT_LOOP, ["/"])


async def test_a_redirect_without_end_is_a_loop_after_ten() -> None:
    answers = {f"/{number}": moved(f"/{number + 1}") for number in range(30)} | {"/": moved("/0")}
    outcome, paths = await led(answers)
    assert (outcome.fault, len(paths)) == (Fault.REDIRECT_LOOP, 11)


async def test_ten_redirects_are_followed() -> None:
    answers = {f"/{number}": moved(f"/{number + 1}") for number in range(9)} | {"/": moved("/0"), "/9": answer()}
    outcome, paths = await led(answers)
    assert (type(outcome), len(paths)) == (Fetched, 11)


@pytest.mark.parametrize(
    ("target", "fault", "detail"),
    [
        ("ftp://dinkes.example/", Fault.REDIRECT_REFUSED, "ftp:"),
        ("file:///etc/passwd", Fault.REDIRECT_REFUSED, "file:"),
        ("javascript:alert(1)", Fault.REDIRECT_REFUSED, "javascript:"),
        ("http://dinkes.example:99999/", Fault.BAD_ANSWER, "no address: http://dinkes.example:99999/"),
        ("/" + "a" * 9_000, Fault.BAD_ANSWER, "an address of over 8000 letters"),
        ("http://2130706433/", Fault.NAME_NOT_FOUND, ""),
        ("http://0x7f.1/", Fault.NAME_NOT_FOUND, ""),
        ("http://nowhere.example/", Fault.NAME_NOT_FOUND, ""),
    ],
)
async def test_a_redirect_to_what_isn_t_visited_says_why(target: str, fault: Fault, detail: str) -> None:
    outcome, _ = await led({"/": moved(target)})
    assert (outcome.fault, outcome.detail) == (fault, detail)


async def test_a_redirect_without_an_address_is_an_answer() -> None:
    outcome, _ = await led({"/": answer(b"", "302 Found")})
    assert outcome.status == 302


async def test_a_password_in_an_address_is_not_shown() -> None:
    outcome, _ = await led({"/": moved("http://admin:rahasia@nowhere.example/")})
    assert "rahasia" not in repr(outcome)


class World:
    """A resolver whose answers a test sets; public names are at addresses that nobody reaches."""

    def __init__(self, **known: list[str]) -> None:
        self.known = {name.replace("_", "."): list(addresses) for name, addresses in known.items()}
        self.asked = []

    async def __call__(self, host: str) -> list[str]:
        self.asked.append(host)
        addresses = self.known[host]
        return [addresses.pop(0)] if len(addresses) > 1 else addresses


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1/", "http://10.0.0.1/", "http://169.254.169.254/", "http://[::1]/", "http://[::ffff:7f00:1]/"],
)
async def test_a_site_on_a_private_network_leads_to_no_other_one(target: str) -> None:
    world = World(dinkes_example=["192.168.7.7"])
    outcome = await fetcher(resolve=world).get(target, led_from="http://dinkes.example/")
    assert (outcome.fault, len(outcome.addresses)) == (Fault.REDIRECT_REFUSED, 1)


async def test_a_redirect_within_the_network_of_the_inventory_s_own_address_is_followed() -> None:
    world = World(dinkes_example=["127.0.0.1"], lain_example=["127.0.0.2"])
    async with (
        serving(says(answer()), address="127.0.0.2") as other,
        serving(says(moved(f"http://lain.example:{other}/"))) as port,
    ):
        outcome = await fetcher(resolve=world).get(f"http://dinkes.example:{port}/")
    assert outcome.body == PAGE


@pytest.mark.parametrize("target", ["http://127.9.9.9/", "http://10.0.0.9/"])
async def test_a_name_with_public_addresses_too_opens_no_network(target: str) -> None:
    async def mixed(host: str) -> list[str]:
        return ["127.0.0.1", "9.9.9.9"] if host == "dinkes.example" else [host]

    async with serving(says(moved(target))) as port:
        outcome = await fetcher(resolve=mixed).get(f"http://dinkes.example:{port}/")
    assert outcome.fault is Fault.REDIRECT_REFUSED


async def test_a_redirect_from_loopback_to_a_private_network_is_refused() -> None:
    world = World(dinkes_example=["127.0.0.1"], lain_example=["10.1.2.3"])
    async with serving(says(moved("http://lain.example/"))) as port:
        outcome = await fetcher(resolve=world).get(f"http://dinkes.example:{port}/")
    assert (outcome.fault, outcome.detail) == (Fault.REDIRECT_REFUSED, "lain.example (10.1.2.3)")


async def test_a_name_is_looked_up_once_so_that_its_next_answer_leads_nowhere() -> None:
    world = World(dinkes_example=["127.0.0.1", "127.0.0.9"])
    async with serving(pages({"/": moved("/baru"), "/baru": answer()})) as port:
        outcome = await fetcher(resolve=world).get(f"http://dinkes.example:{port}/")
    assert (outcome.body, world.asked) == (PAGE, ["dinkes.example"])


async def test_one_private_address_among_public_ones_closes_a_name() -> None:
    async def mixed(host: str) -> list[str]:
        return ["9.9.9.9", "10.0.0.1"] if host == "lain.example" else ["127.0.0.1"]

    async with serving(says(moved("http://lain.example/"))) as port:
        outcome = await fetcher(resolve=mixed).get(f"http://dinkes.example:{port}/")
    assert outcome.fault is Fault.REDIRECT_REFUSED


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("9.9.9.9", None),
        ("2620:fe::9", None),
        ("127.8.8.8", "127.0.0.0/8"),
        ("10.1.1.1", "10.0.0.0/8"),
        ("172.31.0.1", "172.16.0.0/12"),
        ("100.64.0.1", "100.64.0.0/10"),
        ("198.19.255.1", "198.18.0.0/15"),
        ("169.254.169.254", "169.254.0.0/16"),
        ("::ffff:10.0.0.1", "10.0.0.0/8"),
        ("64:ff9b::7f00:1", "127.0.0.0/8"),
        ("2002:7f00:1::", "127.0.0.0/8"),
        ("fd00::1", "fc00::/7"),
        ("fe80::1%eth0", "fe80::/10"),
        ("0.0.0.1", "special"),
        ("224.0.0.1", "special"),
        ("255.255.255.255", "special"),
        ("240.0.0.1", "special"),
        ("192.0.2.1", "special"),
        ("::", "special"),
        ("::127.0.0.1", "special"),
        ("fec0::1", "special"),
        ("ff02::1", "special"),
    ],
)
def test_a_network_that_isn_t_the_public_s_is_known(address: str, network: str | None) -> None:
    assert special_network(address) == network
