from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from scenario_district import DISTRICT, listed

from exporter.lab import screen
from exporter.lab.account import Entry, Mark, Verdict
from exporter.lab.plan import episodes
from exporter.lab.screen import DEMO, PAGE, Lines, Screen, View

AT = datetime(2026, 2, 2, 9, 40, tzinfo=UTC)
START = AT.timestamp()
(EPISODE,) = episodes(listed("at: 0s, cut: dinkes/primary, for: 40s"), DISTRICT, 1)
FIRING = "FIRING LinkDown dinkes/primary Link primary of Dinas Kesehatan is down"
PLACES = [("exporter", "http://127.0.0.1:9877/metrics"), ("files", "/folder")]


def entry(number: int, mark: Mark = Mark.RIGHT, words: str = "", *, is_over: bool = True) -> Entry:
    began = START + 60 * number
    return Entry(EPISODE, began, began + 40 if is_over else None, Verdict(mark, words or f"verdict {number}"))


def view(entries: Sequence[Entry], warning: str | None = None) -> View:
    return View("Terpadu demo: 2 offices", PLACES, warning, entries, "3 of 3 links up", 754)


def drawn(shown: View, width: int = 130, height: int = 40, *, notices: Sequence[str] = (), pages: int = 1) -> list[str]:
    paged = [(AT, FIRING)] * pages
    return [line.plain for line in screen.render(shown, paged, notices, width, height)]


def test_one_screen_says_what_runs_where_what_happened_and_what_the_monitor_made_of_it() -> None:
    lines = drawn(view([entry(0), entry(1, Mark.WAITING, "silent", is_over=False)]))
    begins = [f"{datetime.fromtimestamp(START + 60 * number).astimezone():%H:%M:%S}" for number in (0, 1)]
    assert lines[:5] == [
        "Terpadu demo: 2 offices  12:34",
        "The monitor: 3 of 3 links up",
        "  exporter  http://127.0.0.1:9877/metrics",
        "  files     /folder",
        "",
    ]
    assert [" ".join(line.split()) for line in lines[5:8]] == [
        "IN THE DISTRICT WHAT THE MONITOR MAKES OF IT",
        f"{begins[1]} on link dinkes/primary is cut … silent",
        f"{begins[0]}-{begins[0][:-2]}40 link dinkes/primary is cut ✓ verdict 0",
    ]
    assert lines[-3:] == ["WHO IS PAGED", f"09:40:00  FIRING   {FIRING[7:]}", "Ctrl-C ends it."]


def test_what_took_a_moment_has_one_time() -> None:
    moment = Entry(EPISODE, START, START, Verdict(Mark.RIGHT, "answers"))
    (line,) = (line for line in drawn(view([moment])) if "answers" in line)
    assert line.split()[:2] == [f"{datetime.fromtimestamp(START).astimezone():%H:%M:%S}", "link"]


def test_the_newest_comes_first_and_the_oldest_is_left_out_where_there_is_no_room() -> None:
    lines = drawn(view([entry(number) for number in range(100)]), height=30)
    assert len(lines) == 30
    told = [line.rsplit(" ", 1)[1] for line in lines if "verdict" in line]
    assert told == [str(number) for number in range(99, 99 - len(told), -1)]
    assert len(told) > 10


def test_a_narrow_terminal_has_each_verdict_below_what_happened() -> None:
    lines = drawn(view([entry(0, Mark.WRONG, "0 of 1 seen")]), width=80)
    place = next(number for number, line in enumerate(lines) if line.endswith("link dinkes/primary is cut"))
    assert lines[place + 1] == "  ✗ 0 of 1 seen"


def test_the_latest_pages_are_shown() -> None:
    assert sum("LinkDown" in line for line in drawn(view([]), pages=9)) == 5


def test_where_nothing_has_happened_it_says_so() -> None:
    assert {"nothing so far", "nobody so far"} <= set(drawn(view([]), pages=0))


def test_a_warning_stands_below_the_title_and_is_never_cut() -> None:
    words = "The wire is SIMULATED, " + "and so on " * 20 + "type: sudo sysctl x=1"
    lines = drawn(view([], words), width=80)
    assert " ".join(lines[1:6]).startswith(f"{words} The monitor: ")


def test_what_concerns_the_demo_is_shown_at_the_bottom() -> None:
    lines = drawn(view([]), notices=[f"notice {number}" for number in range(5)])
    assert lines[-4:] == ["notice 2", "notice 3", "notice 4", "Ctrl-C ends it."]


@given(
    width=st.integers(1, 200),
    height=st.integers(1, 60),
    entries=st.lists(st.sampled_from([entry(0), entry(1, Mark.WAITING, "x" * 90, is_over=False)]), max_size=30),
    pages=st.integers(0, 9),
    warning=st.none() | st.just("simulated " * 30),
)
def test_no_terminal_is_too_small(width: int, height: int, entries: list[Entry], pages: int, warning: str) -> None:
    lines = screen.render(view(entries, warning), [(AT, FIRING)] * pages, ["a notice"], width, height)
    assert 1 <= len(lines) <= height
    assert all(line.cell_len <= width for line in lines)


def terminal(encoding: str) -> tuple[Console, io.TextIOWrapper]:
    raw = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    return Console(file=raw, force_terminal=True, width=130, height=40, _environ={"TERM": "xterm"}), raw


@pytest.mark.parametrize(("encoding", "sign"), [("utf-8", "✓ verdict 0"), ("ascii", "+ verdict 0")])
def test_a_terminal_is_drawn_on_in_its_encoding_and_left_as_it_was(encoding: str, sign: str) -> None:
    console, raw = terminal(encoding)
    with Screen(console) as shown:
        shown.tell(DEMO, "fetching")
        shown.draw(view([]))
        shown.tell(PAGE, FIRING)
        shown.tell(DEMO, "Going on without it.")
        shown.tell("district", "not told twice")
        shown.draw(view([entry(0)]))
    raw.flush()
    written = raw.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]
    assert written.index("fetching") < written.index("\x1b[?1049h")
    assert "\x1b[?1049l" in written[-40:]
    for text in (sign, "Going on without it.", FIRING[7:]):
        assert text in written
    assert "not told twice" not in written


def test_without_a_terminal_there_are_lines_with_their_times() -> None:
    written: list[str] = []
    with Lines(written.append) as lines:
        lines.tell("district", "link dinkes/primary is cut")
        lines.draw(view([entry(0)], "The wire is simulated."))
        lines.draw(view([entry(0)]))
    assert written[0][10:] == "district  link dinkes/primary is cut"
    assert written[1:] == [
        "",
        "Terpadu demo: 2 offices",
        "  The wire is simulated.",
        "  exporter  http://127.0.0.1:9877/metrics",
        "  files     /folder",
        "Ctrl-C ends it.",
        "",
    ]


def test_an_output_that_is_no_terminal_gets_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with screen.display(io.StringIO()) as shown:
        assert isinstance(shown, Lines)
    assert capsys.readouterr().out == ""
