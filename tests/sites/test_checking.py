"""Whether a website is there for its readers, by visits over real connections."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fake_time import FakeTime
from site_servers import PAGE, answer, fetcher, pages, serving

from exporter.model import Website
from exporter.sites import checking
from exporter.website import Activity, Fault, SiteCheck

pytestmark = pytest.mark.usefixtures("private_network")

CHALLENGE = b"<html><head><title>Just a moment...</title></head><body></body></html>"


@pytest.fixture
async def port(private_network: None) -> AsyncIterator[int]:
    """A server of many pages, for every name."""
    del private_network
    answers = {
        "/": answer(),
        "/kosong": answer(b""),
        "/hilang": answer(PAGE, "404 Not Found"),
        "/rusak": answer(b"<h1>Error establishing a database connection</h1>", "500 Internal Server Error"),
        "/ditangguhkan": answer(b"<title>Account Suspended</title>", "403 Forbidden"),
        "/dijaga": answer(CHALLENGE, "403 Forbidden", cf_mitigated="challenge"),
        "/dijaga-baik": answer(CHALLENGE),
        "/ramai": answer(b"", "429 Too Many Requests", retry_after="60"),
        "/terlalu-sering": answer(b"", "429 Too Many Requests"),
        "/bom": answer(gzip.compress(bytes(20_000_000)), content_encoding="gzip"),
    }
    for name in ("www.dinkes", "judi", "berita.dishub"):
        answers[f"/ke-{name}"] = b"HTTP/1.1 302 Found\r\nLocation: http://%s.example:PORT/\r\n\r\n" % name.encode()
    answers["/pulang"] = b"HTTP/1.1 302 Found\r\nLocation: http://masuk.example:PORT/ke-www.dinkes\r\n\r\n"
    async with serving(pages(answers)) as number:
        for path, text in answers.items():
            answers[path] = text.replace(b"PORT", str(number).encode())
        yield number


async def check(port: int, path: str, **given: Any) -> SiteCheck:
    return await checking.check(fetcher(), Website(f"http://dinkes.example:{port}{path}", **given))


async def test_a_website_with_content_is_active(port: int) -> None:
    clock = FakeTime()
    url = f"http://dinkes.example:{port}/"
    found = await checking.check(fetcher(clock=clock), Website(url))
    assert found == SiteCheck(clock.time(), http_status=200, response_seconds=0.0, addresses=(url,))
    assert found.activity is Activity.ACTIVE


@pytest.mark.parametrize(
    ("path", "fault", "detail", "status"),
    [
        ("/kosong", Fault.EMPTY, "", 200),
        ("/hilang", Fault.HTTP_STATUS, "404", 404),
        ("/rusak", Fault.HTTP_STATUS, "500", 500),
        ("/ditangguhkan", Fault.SUSPENDED, "", 403),
        ("/dijaga", Fault.GUARDED, "", 403),
        ("/dijaga-baik", Fault.GUARDED, "", 200),
        ("/ramai", Fault.GUARDED, "", 429),
        ("/terlalu-sering", Fault.HTTP_STATUS, "429", 429),
        ("/bom", Fault.TOO_LARGE, "", 200),
        ("/ke-judi", Fault.REDIRECTS_ELSEWHERE, "judi.example", 200),
        ("/ke-berita.dishub", Fault.REDIRECTS_ELSEWHERE, "dishub.example", 200),
    ],
)
async def test_a_website_that_isn_t_active_has_its_reason(
    port: int, path: str, fault: Fault, detail: str, status: int
) -> None:
    found = await check(port, path)
    assert (found.fault, found.detail, found.http_status) == (fault, detail, status)


@pytest.mark.parametrize("path", ["/ke-www.dinkes", "/pulang"])
async def test_a_website_that_leads_back_to_its_domain_is_active(port: int, path: str) -> None:
    assert (await check(port, path)).fault is None


async def test_a_website_may_lead_to_the_domains_that_the_inventory_allows(port: int) -> None:
    assert (await check(port, "/ke-berita.dishub", domains=("Dishub.example",))).fault is None


async def test_a_website_whose_name_isn_t_known_was_led_nowhere() -> None:
    found = await checking.check(fetcher(), Website("http://nowhere.example/"))
    assert (found.fault, found.http_status, found.addresses) == (
        Fault.NAME_NOT_FOUND, None, ("http://nowhere.example/",)
    )  # fmt: skip


async def test_a_visit_that_failed_for_our_own_lack_is_unmeasured() -> None:
    async def new(_host: str) -> list[str]:
        return ["2001:db8::10"]

    found = await checking.check(fetcher(resolve=new), Website("http://dinkes.example/"))
    assert found.activity is Activity.UNMEASURED


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("dinkes.serangkab.go.id", "serangkab.go.id"),
        ("WWW.Dinkes.Example.", "dinkes.example"),
        ("198.18.1.1", "198.18.1.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("go.id", "go.id"),
    ],
)
def test_the_registrable_domain_of_a_name_is_known(host: str, domain: str) -> None:
    assert checking.registrable_domain(host) == domain


@pytest.mark.parametrize(
    ("host", "is_own"), [("kab.example", True), ("a.kab.example", True), ("xkab.example", False), ("198.18.1.2", False)]
)
def test_an_allowed_domain_holds_for_what_is_under_it(host: str, *, is_own: bool) -> None:
    assert checking.is_own(host, Website("http://198.18.1.1/", domains=("kab.example",))) is is_own
