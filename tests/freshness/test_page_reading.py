"""Bytes to text, text to a tree and to lines: as browsers do, within bounds."""

from __future__ import annotations

import time

import pytest
from pages_of_sites import OLD_ITEM, document, newest, page

from exporter.freshness.decoding import decoded
from exporter.freshness.document import Kind
from exporter.freshness.markup import DEEPEST, bounded_length, parsed
from exporter.freshness.outline import LONGEST_LINE, MOST_NODES, Line, outline

WORD = "Jum\u2019at \u00e9"


def lines(body: str) -> list[Line]:
    return outline(parsed(f"<body>{body}</body>"))


@pytest.mark.parametrize(
    ("body", "header"),
    [
        (WORD.encode(), ""),
        (WORD.encode(), "text/html; charset=UTF-8"),
        (b"\xef\xbb\xbf" + WORD.encode(), "text/html; charset=iso-8859-1"),
        (b"\xff\xfe" + WORD.encode("utf-16-le"), ""),
        (WORD.encode("cp1252"), ""),
        (WORD.encode("cp1252"), "text/html; charset=iso-8859-1"),
        (WORD.encode("cp1252"), 'text/html; charset="windows-1252"'),
        (WORD.encode(), "text/html; charset=punycode"),
        (WORD.encode(), "text/html; charset=tidak-ada"),
    ],
)
def test_text_is_read_in_its_charset(body: bytes, header: str) -> None:
    assert decoded(document(Kind.HOME, body, headers={"content-type": header})) == WORD


def test_a_charset_that_the_page_names_is_taken_where_the_header_names_none() -> None:
    body = b'<meta charset="windows-1252">' + WORD.encode("cp1252")
    assert decoded(document(Kind.HOME, body)).endswith(WORD)


def test_a_character_that_is_cut_in_two_at_the_end_does_not_change_the_charset() -> None:
    assert decoded(document(Kind.HOME, (WORD * 3).encode()[:-1])) == (WORD * 3)[:-1] + "\ufffd"


def test_a_line_ends_where_a_block_does() -> None:
    assert [line.text for line in lines("<p>a <b>b</b>c<br>d</p>e<ul><li>f<li>g</ul>")] == ["a bc", "d", "e", "f", "g"]


def test_what_readers_do_not_see_is_no_text() -> None:
    assert [line.text for line in lines("<script>a</script><style>b</style><!-- c --><noscript>d</noscript>e")] == ["e"]


def test_a_link_keeps_where_its_text_stands() -> None:
    (line,) = lines('<p>Kabar: <a href="/a"><b>Panen</b> raya</a> 18/11/2026</p>')
    assert [(each.href, line.text[each.start : each.end]) for each in line.anchors] == [("/a", "Panen raya")]


def test_an_element_knows_its_lines_and_a_cell_its_column() -> None:
    first, second, third = lines("<table><tr><td></td><td>a</td><td>b<br>c</td></tr></table>")
    assert [(each.element.column, each.element.first, each.element.last) for each in (first, second, third)] == [
        (2, 0, 1),
        (3, 1, 3),
        (3, 1, 3),
    ]


@pytest.mark.parametrize(
    "body", ["<div", "<p><table><td>x</p></table>", "</body></html>x", "<b><p>a</b>b", "<a href><a>x"]
)
def test_broken_markup_is_read_as_far_as_it_goes(body: str) -> None:
    assert newest(page(OLD_ITEM + body)) == "2025-03-03 00:00"


def test_a_very_long_line_is_cut() -> None:
    (line,) = lines("x " * 50_000)
    assert len(line.text) <= LONGEST_LINE


def test_a_page_of_very_many_elements_is_read_by_its_first() -> None:
    assert len(lines("<p>x</p>" * MOST_NODES)) <= MOST_NODES


def test_a_page_is_parsed_up_to_where_it_is_too_deep() -> None:
    deep = OLD_ITEM + "<div>" * 400_000
    assert bounded_length(deep) == len(OLD_ITEM) + DEEPEST * len("<div>")
    assert newest(page(deep)) == "2025-03-03 00:00"


def test_elements_that_end_by_themselves_are_not_deep() -> None:
    flat = "<ul>" + "<li>a<p>b<br>" * 2000 + "</ul>" + "<div></div>" * 2000
    assert bounded_length(flat) == len(flat)


def test_a_tag_of_very_many_attributes_is_left_out() -> None:
    wide = OLD_ITEM + "<div " + " ".join(f"a{number}" for number in range(30_000)) + ">x"
    assert bounded_length(wide) == len(OLD_ITEM)


def test_a_long_attribute_is_no_harm() -> None:
    picture = f'<img src="data:image/png;base64,{"A" * 20_000}">'
    assert bounded_length(picture) == len(picture)


@pytest.mark.parametrize(
    "piece",
    [
        "<p>18 November 2026",
        "18 Nov 2026 ",
        "<h3>Agenda</h3>18/11/2026",
        '<a href="/x/y">judul yang panjang</a>18 Nov 2026',
        "<b>a b c d e</b> x",
    ],
)
def test_the_time_to_judge_a_page_grows_with_its_length_and_not_with_its_square(piece: str) -> None:
    def seconds(length: int) -> float:
        whole, started = page((piece * length)[:length]), time.process_time()
        newest(whole)
        return time.process_time() - started

    small, large = seconds(8_000), seconds(64_000)
    assert large < 40 * small + 0.2  # 64 times as long were it the square
