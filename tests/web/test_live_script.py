"""The script of live pages in a real browser, its clock the test's."""

from __future__ import annotations

import re
from collections.abc import Iterator

import browsing
import pytest
from live_server import DOWN, PAGE, LiveServer, live_server
from playwright.sync_api import Browser, Page, expect

NOTE, SIGN = "[data-connection]", "[data-live=row] span"


@pytest.fixture(scope="module")
def started(private_network: None) -> Iterator[Browser]:
    del private_network
    with browsing.browser() as browser:
        yield browser


@pytest.fixture
def server() -> Iterator[LiveServer]:
    with live_server() as serving:
        yield serving


@pytest.fixture
def page(started: Browser, server: LiveServer) -> Iterator[Page]:
    """A page whose stream is open, on a clock that goes on by itself."""
    with browsing.visit(started, server.home) as visit:
        visit.page.clock.install()
        visit.open("/")
        expect(visit.page.locator(NOTE)).to_have_text("langsung")
        yield visit.page
        visit.complaints.clear()  # a stream that ends is told on the console


def hide(page: Page, *, is_hidden: bool) -> None:
    page.evaluate(
        "is => {Object.defineProperty(document, 'hidden', {value: is, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))}",
        is_hidden,
    )


def wait_for_pages(page: Page, server: LiveServer, count: int) -> None:
    for _ in range(100):
        if server.pages >= count:
            return
        page.wait_for_timeout(50)
    pytest.fail(f"the page was asked for {server.pages} times, not {count}")


def test_a_stream_is_asked_for_what_came_after_the_pages_own_version(page: Page, server: LiveServer) -> None:
    assert server.next_stream() == {"path": ["/"], "version": ["frame.1"]}
    server.change(7, row=DOWN)
    expect(page.locator(SIGN)).to_have_text("Putus")
    server.end_stream()
    again = server.next_stream()
    assert again["version"] in (["frame.1"], ["frame.7"])  # the browser's own retry says the latest as Last-Event-ID


def test_only_what_differs_is_touched(page: Page, server: LiveServer) -> None:
    page.evaluate(
        "window.link = document.querySelector('a'); window.words = document.querySelector('[data-live=words] p')"
    )
    server.change(row=DOWN, words="<p>Teks yang dipilih orang</p>")
    expect(page.locator(SIGN)).to_have_attribute("data-condition", "down")
    assert page.evaluate(
        "link === document.querySelector('a') && words === document.querySelector('[data-live=words] p')"
    )


def test_the_focus_stays_where_it_is(page: Page, server: LiveServer) -> None:
    page.focus("a")
    server.change(row=f"<p>{DOWN}</p>")
    expect(page.locator("p > a")).to_be_focused()


def test_what_a_reader_has_opened_stays_open(page: Page, server: LiveServer) -> None:
    page.click("summary")
    server.change(more='<details data-key="d"><summary>Semua</summary><p>dua</p></details>')
    expect(page.locator("details p")).to_have_text("dua")
    assert page.evaluate("document.querySelector('details').open") is True


def test_a_text_that_is_selected_changes_once_it_is_not(page: Page, server: LiveServer) -> None:
    page.evaluate("getSelection().selectAllChildren(document.querySelector('[data-live=words] p'))")
    server.change(words="<p>Teks baru</p>", row=DOWN)
    expect(page.locator(SIGN)).to_have_text("Putus")
    assert page.evaluate("getSelection().toString()") == "Teks yang dipilih orang"
    page.evaluate("getSelection().removeAllRanges()")
    expect(page.locator("[data-live=words]")).to_have_text("Teks baru")


def test_a_changed_condition_is_marked_for_two_seconds(page: Page, server: LiveServer) -> None:
    server.change(row=DOWN)
    expect(page.locator(SIGN)).to_have_class("just-changed")
    page.clock.fast_forward(2_100)
    expect(page.locator(SIGN)).not_to_have_class(re.compile("just-changed"))


def test_nothing_is_marked_for_who_wants_no_motion(page: Page, server: LiveServer) -> None:
    page.emulate_media(reduced_motion="reduce")
    server.change(row=DOWN)
    expect(page.locator(SIGN)).to_have_text("Putus")
    assert page.locator(".just-changed").count() == 0


def test_what_is_spoken_is_one_text(page: Page, server: LiveServer) -> None:
    server.change(spoken="<b>1 OPD</b> putus")
    expect(page.locator("[data-live=spoken]")).to_have_text("1 OPD putus")
    assert page.inner_html("[data-live=spoken]") == "1 OPD putus"


def test_markup_that_comes_as_text_stays_text(page: Page, server: LiveServer) -> None:
    server.change(words="<p>&lt;img src=x onerror='window.hacked = 1'&gt;</p>")
    expect(page.locator("[data-live=words] p")).to_have_text("<img src=x onerror='window.hacked = 1'>")
    assert page.evaluate("window.hacked") is None


def test_a_lost_stream_is_told_with_since_when_and_comes_back_by_itself(page: Page, server: LiveServer) -> None:
    server.refuses = True
    server.end_stream()
    page.clock.fast_forward(6_000)
    expect(page.locator(NOTE)).to_have_text(re.compile(r"^terputus sejak \d\d[.]\d\d$"))
    expect(page.locator(NOTE)).to_have_attribute("data-state", "lost")
    server.refuses = False
    for _ in range(3):
        page.clock.fast_forward(30_000)
    expect(page.locator(NOTE)).to_have_attribute("data-state", "live")


def test_a_page_whose_frame_is_another_by_now_is_put_in_place_without_loading(page: Page, server: LiveServer) -> None:
    page.evaluate("window.isTheSamePage = true")
    server.next_stream()
    server.page = PAGE.replace("frame.1", "other.1").replace("<input>", "<h2>Baru</h2><input>")
    server.reload()
    page.clock.fast_forward(6_000)
    expect(page.locator("h2")).to_have_text("Baru")
    assert server.next_stream()["version"] == ["other.1"]
    assert page.evaluate("isTheSamePage") is True


def test_a_page_of_another_version_of_the_program_is_loaded_again_but_not_in_a_circle(
    page: Page, server: LiveServer
) -> None:
    server.page = PAGE.replace("terpadu.js", "terpadu.js?v=2")
    server.reload()
    page.clock.fast_forward(6_000)
    wait_for_pages(page, server, 2)  # it was looked at
    with page.expect_navigation():
        page.clock.fast_forward(30_000)
    assert server.pages == 3


def test_a_page_is_not_loaded_again_under_somebodys_fingers(page: Page, server: LiveServer) -> None:
    page.focus("input")
    server.page = PAGE.replace("terpadu.js", "terpadu.js?v=2")
    server.reload()
    page.clock.fast_forward(6_000)
    wait_for_pages(page, server, 2)
    page.clock.fast_forward(60_000)
    page.wait_for_timeout(200)
    assert server.pages == 2
    page.evaluate("document.activeElement.blur()")
    with page.expect_navigation():
        page.clock.fast_forward(6_000)
    assert server.pages == 3


def test_a_hidden_page_leaves_its_stream_and_takes_it_up_when_it_is_seen(page: Page, server: LiveServer) -> None:
    server.next_stream()
    hide(page, is_hidden=True)
    page.clock.fast_forward(61_000)
    hide(page, is_hidden=False)
    assert server.next_stream()["version"] == ["frame.1"]
