from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from website_documents import (
    DAY,
    Json,
    before,
    make_check,
    make_dead,
    make_publication,
    make_site,
    make_websites,
)

from exporter.status import page
from exporter.status.page import look
from exporter.status.websites import wording
from exporter.status.websites.document import ShownSite, sites
from exporter.status.websites.layout import render
from exporter.website import Fault

UTF8, ASCII = look("utf-8"), look("ascii")
MIXED = (
    make_site("setda", age=2 * 3_600, update_every="day"),
    make_dead("dinsos", "tls_expired", ago=5 * DAY, checked=make_check(-5 * DAY)),
    make_site("bpbd", activity="unmeasured", since=None, checked=None),
    make_site("dispora", age=12 * DAY, standing="late"),
    make_dead("dpupr", "http_status", "503", ago=700, checked=make_check(80 * DAY, 503, 1.224)),
    make_site("dlh", age=None),
    make_site("disdikbud", age=214 * DAY, standing="asleep"),
    make_site("dinkes", update_every=None, standing="unasked", cert=9 * DAY),
)
HEADS = ["STATE", "OFFICE", "FOR", "WHY", "PUBLISHED", "EVERY", "STATUS", "TIME", "CERT", "URL"]
STRANGE = st.text(st.one_of(st.sampled_from("[bold]\x1b[31m\u202e\u200d漢é🌧\t\n\"'"), st.characters()), max_size=60)


def lines(*items: Json, look: page.Look = UTF8, width: int | None = None, height: int | None = None) -> list[str]:
    return [line.plain for line in render(sites(make_websites(*items)), look, width, height)]


def table(found: list[str]) -> tuple[str, list[str]]:
    """Return the line of heads, and the rows below it."""
    first = next(number for number, line in enumerate(found) if line.startswith("STATE"))
    rows = found[first + 1 :]
    return found[first], rows[: rows.index("")] if "" in rows else rows


def cells(line: str) -> list[str]:
    return [part.strip() for part in line.split("  ") if part.strip()]


def shown(item: Json) -> ShownSite:
    return sites(make_websites(item)).sites[0]


def why(item: Json) -> str | None:
    return wording.why(shown(item))


def test_what_needs_somebody_stands_first_and_the_latest_that_went_before_all() -> None:
    _, rows = table(lines(*MIXED))
    assert [tuple(cells(row)[:2]) for row in rows] == [
        ("▼ not active", "Kantor dpupr"),
        ("▼ not active", "Kantor dinsos"),
        ("◆ active", "Kantor disdikbud"),
        ("◆ active", "Kantor dispora"),
        ("▲ active", "Kantor dlh"),
        ("? unmeasured", "Kantor bpbd"),
        ("▲ active", "Kantor setda"),
        ("▲ active", "Kantor dinkes"),
    ]


def test_websites_of_one_kind_keep_the_inventorys_order() -> None:
    codes = ["petir", "anyar", "kopo"]
    _, rows = table(lines(*(make_site(code, age=number * DAY) for number, code in enumerate(codes))))
    assert [cells(row)[1] for row in rows] == [f"Kantor {code}" for code in codes]


def test_a_website_that_is_not_active_since_nobody_knows_when_stands_after_those_that_are_known() -> None:
    _, rows = table(lines(make_dead("dlh", "empty", since=None), make_dead("dinkes", "empty")))
    assert [cells(row)[1] for row in rows] == ["Kantor dinkes", "Kantor dlh"]


def test_each_website_is_counted_and_of_the_active_how_many_are_not_fresh() -> None:
    assert lines(*MIXED)[:2] == [
        "Kabupaten Uji · 2026-02-10 22:30:00 +07:00",
        "8 websites: 5 active, 2 not active, 1 unmeasured; of the active 1 asleep, 1 late, 1 unknown",
    ]


@pytest.mark.parametrize(
    ("items", "counted"),
    [
        ([make_site()], "1 website: 1 active"),
        ([make_dead("dinkes", "empty", standing="asleep")], "1 website: 1 not active"),
        ([make_site(standing="late")], "1 website: 1 active; of the active 1 late"),
        ([], "0 websites: none"),
    ],
)
def test_what_there_is_none_of_is_not_counted(items: list[Json], counted: str) -> None:
    assert lines(*items)[1] == counted


def test_no_websites_are_no_table() -> None:
    assert len(lines()) == 2


def test_a_row_says_what_is_known_of_a_website() -> None:
    head, (row,) = table(lines(MIXED[4]))
    assert cells(head) == HEADS
    assert cells(row) == [
        "▼ not active",
        "Kantor dpupr",
        "11 m",
        "HTTP 503, service unavailable",
        "3 d",
        "week",
        "503",
        "1.22 s",
        "80 d",
        "https://dpupr.kabserang.example/",
    ]


def test_what_is_not_known_is_a_dash() -> None:
    unknown = make_site(
        activity="unmeasured", since=None, checked=None, age=None, update_every=None, standing="unasked", looked=None
    )
    _, (row,) = table(lines(unknown))
    assert cells(row)[2:-1] == ["–"] * 6  # noqa: RUF001 -- a dash as tables have it


@pytest.mark.parametrize(
    ("width", "heads"),
    [
        (None, HEADS),
        (200, HEADS),
        (120, HEADS[:-1]),
        (100, ["STATE", "OFFICE", "FOR", "WHY", "PUBLISHED", "EVERY", "STATUS"]),
        (80, ["STATE", "OFFICE", "FOR", "WHY", "PUBLISHED"]),
        (60, ["STATE", "OFFICE", "WHY"]),
        (37, ["STATE", "OFFICE", "WHY"]),
        (36, ["STATE", "OFFICE"]),
        (24, ["STATE", "OFFICE"]),
    ],
)
def test_a_narrow_terminal_loses_the_least_important_columns(width: int | None, heads: list[str]) -> None:
    long = {"office_name": "Badan Kepegawaian dan Pengembangan Sumber Daya Manusia"}
    found = lines(*(item | long for item in MIXED), make_dead("bkpsdm", "guarded", **long), width=width)
    head, rows = table(found)
    assert cells(head) == heads
    assert len(rows) == len(MIXED) + 1
    assert max(map(cell_len, found)) <= (width or 10**6)


def test_where_nothing_is_wrong_the_reasons_leave_their_room_to_others() -> None:
    head, _ = table(lines(make_site(), make_site("setda"), width=80))
    assert cells(head) == ["STATE", "OFFICE", "FOR", "PUBLISHED", "EVERY", "STATUS", "TIME", "CERT"]


def test_where_the_offices_name_has_no_room_its_code_stands_for_it() -> None:
    item = make_dead("dpupr", "http_status", "503", office_name="Dinas Pekerjaan Umum dan Penataan Ruang")
    whom = {width: cells(table(lines(item, width=width))[1][0])[1] for width in (60, 80, 200)}
    assert whom == {60: "dpupr", 80: "Dinas Pekerjaan Umu…", 200: "Dinas Pekerjaan Umum dan Penataan Ruang"}


@pytest.mark.parametrize(
    ("width", "heads", "who"),
    [
        (71, ["STATE", "OFFICE", "FOR", "WHY"], "disnakertra…"),
        (72, ["STATE", "OFFICE", "FOR", "WHY", "PUBLISHED"], "disnakertra…"),
        (80, ["STATE", "OFFICE", "FOR", "WHY", "PUBLISHED"], "Dinas Tenaga Kerja …"),
    ],
)
def test_the_age_of_the_content_is_worth_more_than_the_offices_whole_name(
    width: int, heads: list[str], who: str
) -> None:
    name = "Dinas Tenaga Kerja dan Transmigrasi"
    head, (row,) = table(lines(make_dead("disnakertrans", "guarded", office_name=name), width=width))
    assert cells(head) == heads
    assert cells(row)[1] == who


def test_a_long_name_and_a_long_reason_share_a_wide_terminal() -> None:
    item = make_dead("dpupr", "connection_failed", "x" * 80, office_name="Dinas " * 12)
    _, (row,) = table(lines(item, width=140))
    _, name, _, why, *_ = cells(row)
    assert (cell_len(name), cell_len(why)) == (32, 47)


def test_what_a_short_reason_leaves_is_the_names() -> None:
    _, (row,) = table(lines(make_dead("dlh", "empty", office_name="Dinas " * 12), width=80))
    _, name, _, why, *_ = cells(row)
    assert (cell_len(name), why) == (25, "empty page")


def test_a_reason_without_room_is_cut_with_a_sign() -> None:
    item = make_dead("dpupr", "redirects_elsewhere", "kasino-terbesar-di-dunia.example")
    _, (row,) = table(lines(item, width=60))
    assert row == "▼ not active  dpupr   2 h  redirects to another domain: kas…"


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (make_dead("dlh", "tls_expired"), "security certificate expired"),
        (make_dead("dlh", "redirects_elsewhere", "slot.example"), "redirects to another domain: slot.example"),
        (make_dead("dlh", "http_status", "418"), "HTTP 418"),
        (make_dead("dlh", "empty", reason=None), None),
        (make_site(age=214 * DAY, standing="asleep"), "asleep, last 214 d ago"),
        (make_site(age=36 * 3_600, update_every="day", standing="late"), "late, last 1 d ago"),
        (make_site(age=3_600, published=make_publication(3_600, day_only=True), standing="late"), "late, last today"),
        (make_site(age=None), "no date found"),
        (make_site(age=None, looked={"at": before(5), "obstacle": "a loop"}), "no date found: a loop"),
        (make_site(age=None, looked=None), "not looked for a date yet"),
        (make_site(), None),
        (make_site(activity="unmeasured", age=214 * DAY, standing="asleep"), None),
        (make_site(age=214 * DAY, update_every=None, standing="unasked"), None),
    ],
)
def test_why_a_website_is_not_active_or_not_fresh_is_said_in_words(item: Json, words: str | None) -> None:
    assert why(item) == words


@pytest.mark.parametrize("fault", list(Fault))
def test_every_fault_has_words_of_its_own(fault: Fault) -> None:
    words = why(make_dead("dlh", fault.value))
    assert words
    assert [other for other in Fault if why(make_dead("dlh", other.value)) == words] == [fault]


@pytest.mark.parametrize(
    ("age", "day_only", "words"),
    [
        (0, False, "0 s"),
        (3_599, False, "59 m"),
        (22 * 3_600, False, "22 h"),
        (23 * 3_600, False, "1 d"),
        (47 * 3_600, False, "2 d"),
        (3_600, True, "today"),
        (26 * 3_600, True, "1 d"),
        (23 * 3_600, True, "1 d"),
        (20 * DAY, True, "20 d"),
    ],
)
def test_how_old_content_is_is_told_in_days_of_the_calendar_and_todays_by_time(
    age: int,
    day_only: bool,  # noqa: FBT001 -- a table's column
    words: str,
) -> None:
    newest = shown(make_site(age=age, published=make_publication(age, day_only=day_only))).newest
    assert newest is not None
    assert wording.age(newest) == words


@pytest.mark.parametrize(("left", "words"), [(-1, "expired"), (0, "0 d"), (DAY - 1, "0 d"), (9 * DAY, "9 d")])
def test_a_certificate_has_whole_days_left(left: int, words: str) -> None:
    certificate_left = shown(make_site(cert=left)).certificate_left
    assert certificate_left is not None
    assert wording.certificate(certificate_left) == words


@pytest.mark.parametrize(("seconds", "words"), [(0.0, "0.00 s"), (0.4249, "0.42 s"), (9.99, "9.99 s"), (12.7, "13 s")])
def test_an_answers_time_has_the_figures_that_count(seconds: float, words: str) -> None:
    assert wording.seconds(seconds) == words


def test_certificates_that_end_soon_are_told_below_the_soonest_first() -> None:
    left = {"setda": 14 * DAY, "dlh": 14 * DAY + 1, "dinsos": -1, "dinkes": 0, "dispora": None}
    found = lines(*(make_site(code, cert=seconds) for code, seconds in left.items()))
    assert found[-2:] == ["", "certificates that end within 14 days: dinkes (0 d), setda (14 d)"]


def test_many_certificates_that_end_soon_are_told_as_a_number() -> None:
    found = lines(*(make_site(f"kec{day}", cert=day * DAY) for day in (6, 5, 4, 3, 2, 1)))
    assert found[-1].endswith(": kec1 (1 d), kec2 (2 d), kec3 (3 d), kec4 (4 d) and 2 more")


def test_four_certificates_that_end_soon_are_all_named() -> None:
    found = lines(*(make_site(f"kec{day}", cert=day * DAY) for day in (4, 3, 2, 1)))
    assert found[-1].endswith(": kec1 (1 d), kec2 (2 d), kec3 (3 d), kec4 (4 d)")


def test_a_terminal_without_unicode_gets_ascii_alone() -> None:
    found = lines(*MIXED, look=ASCII, width=120)
    assert all(line.isascii() for line in found)
    assert [row[0] for row in table(found)[1]] == list("XX~~+?++")


def test_what_does_not_fit_the_height_is_told_as_a_number_and_never_what_needs_somebody() -> None:
    found = lines(*(make_site(f"kec{number}") for number in range(40)), MIXED[4], width=80, height=12)
    assert len(found) == 12
    assert cells(found[4])[:2] == ["▼ not active", "Kantor dpupr"]
    assert found[-1] == "… 34 more: 34 active"


@settings(max_examples=60)
@given(STRANGE, st.integers(2, 220), st.sampled_from(["utf-8", "ascii", "latin-1"]))
def test_whatever_strangers_write_no_line_is_too_wide_and_nothing_moves_the_cursor(
    text: str, width: int, encoding: str
) -> None:
    items = (
        make_site(office_name=text, url=text, age=None, looked={"at": before(5), "obstacle": text}),
        make_dead("dlh", "connection_failed", text, office_name=text),
    )
    for line in render(sites(make_websites(*items, name=text)), look(encoding), width):
        assert line.cell_len <= width
        assert line.plain.isprintable()
        line.plain.encode(encoding)
