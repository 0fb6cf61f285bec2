from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from status_documents import NOW, Json, make_day, make_item, make_links, make_outages

from exporter.errors import InputError
from exporter.status import layout, strip, wording
from exporter.status.asking import checked_url
from exporter.status.document import Cell, Standing, standing

UTF8, ASCII = layout.look("utf-8"), layout.look("ascii")
MIXED = (
    make_item("setda/primary"),
    make_item("dinsos/primary", "degraded", 300, loss_ratio=0.0633, rtt_last_seconds=0.1823),
    make_item("bpbd/primary", "unmeasured", 40),
    make_item("dinkes/primary", "down", 720, last_24_hours=make_day(down={46: 1800, 47: 600})),
    make_item("dpmd/primary", "up", in_maintenance=True),
    make_item("disdik/backup", "down", 12),
    make_item("dishub/primary", "down", in_maintenance=True),
    make_item("dlh/primary", "unmeasured", 90, outage_open=True),
)
NAMES = st.text(st.one_of(st.sampled_from("[bold]\x1b[31m\u202e\u200d漢é🌧\t\n\"'"), st.characters()), max_size=60)


def shown(*items: Json, nodes: tuple[str, ...] = (), **head: object) -> Standing:
    return standing(make_links(*items, **head), make_outages(*nodes))  # type: ignore[arg-type]


def lines(*items: Json, look: layout.Look = UTF8, width: int | None = None, **head: object) -> list[str]:
    return [line.plain for line in layout.render(shown(*items, **head), look, width)]  # type: ignore[arg-type]


def rows(found: list[str]) -> list[str]:
    """Return the table without its head and what stands around it."""
    first = next(number for number, line in enumerate(found) if line.startswith("STATE")) + 1
    return [line for line in found[first:] if line and not line.startswith("last 24")]


def test_the_worst_stands_first_open_outages_the_latest_of_them_before_all() -> None:
    table = [line.split("  ")[0] for line in rows(lines(*MIXED))]
    assert table == [
        "▼ down",
        "? was down",
        "▼ down",
        "◆ degraded",
        "? unmeasured",
        "■ maintenance",
        "■ maint., down",
        "▲ up",
    ]


def test_each_link_is_counted_once() -> None:
    assert lines(*MIXED)[:2] == [
        "Kabupaten Uji · 2026-02-10 22:30:00 +07:00",
        "8 links: 1 up, 1 degraded, 2 down, 2 unmeasured, 2 in maintenance",
    ]


def test_what_is_wrong_with_the_monitor_is_said_before_all() -> None:
    found = lines(make_item(), isolated=True, writable=False)
    assert found[0].startswith("▌ The monitor is cut off itself")
    assert found[1].startswith("▌ The ledger can't be written")
    assert found[3] == "1 link: 1 up"


def test_nodes_that_are_down_are_named_with_how_long() -> None:
    assert "▼ nodes down: pop-ciruas (15 m), core (15 m)" in lines(make_item(), nodes=("pop-ciruas", "core"))


def test_no_links_are_no_table() -> None:
    assert lines() == ["Kabupaten Uji · 2026-02-10 22:30:00 +07:00", "0 links: none"]


@pytest.mark.parametrize(
    ("width", "heads"),
    [
        (None, ["STATE", "OFFICE", "LINK", "FOR", "RTT", "LOSS", "LAST 24 HOURS"]),
        (140, ["STATE", "OFFICE", "LINK", "FOR", "RTT", "LOSS", "LAST 24 HOURS"]),
        (80, ["STATE", "OFFICE", "LINK", "FOR", "RTT", "LOSS", "LAST 24 H"]),
        (72, ["STATE", "OFFICE", "LINK", "FOR", "RTT", "LOSS"]),
        (60, ["STATE", "OFFICE", "LINK", "FOR", "RTT"]),
        (40, ["STATE", "LINK", "FOR"]),
        (24, ["STATE", "LINK"]),
    ],
)
def test_a_narrow_terminal_loses_the_least_important_columns(width: int | None, heads: list[str]) -> None:
    found = lines(*MIXED, width=width)
    (head,) = [line for line in found if line.startswith("STATE")]
    assert [part.strip() for part in head.split("  ") if part.strip()] == heads
    assert len(rows(found)) == len(MIXED)


def test_where_the_links_name_has_no_room_its_id_stands_for_the_office() -> None:
    name = "Dinas Kesehatan dan Keluarga Berencana"
    found = lines(make_item("dinkes/primary", office_name=name), make_item("dinkes/backup", office_name=name), width=40)
    assert [row.split()[2] for row in rows(found)] == ["dinkes/primary", "dinkes/backup"]


def test_the_use_of_the_contract_is_a_column_once_one_is_known() -> None:
    known = make_item("dinkes/primary", contract_use={"receive": 0.5, "transmit": None})
    assert "USE" not in "".join(lines(make_item()))
    found = lines(make_item("setda/primary"), known)
    assert ["50 %/–" in row for row in rows(found)] == [False, True]  # noqa: RUF001 -- a dash as tables have it


def why(state: str, **changes: object) -> str | None:
    (link,) = shown(make_item("dinkes/primary", state, **changes)).links
    return wording.why(link)


@pytest.mark.parametrize(
    ("cause", "last_hop", "words"),
    [
        ("upstream", "core", "upstream, ends after core"),
        ("unknown", "core", "ends after core"),
        ("provider", None, "provider"),
        ("unknown", None, None),
    ],
)
def test_of_an_open_outage_what_it_looks_like_is_said(cause: str, last_hop: str | None, words: str | None) -> None:
    assert why("down", explained={"cause": cause, "last_hop": last_hop}) == words


def test_a_degraded_link_is_full_or_damaged() -> None:
    assert [why("degraded", saturated=full) for full in (True, False, None)] == ["full", "not full: damaged", None]


def test_the_reason_is_a_column_once_there_is_one() -> None:
    down = make_item("dinkes/primary", "down", explained={"cause": "power", "last_hop": None})
    assert "WHY" not in "".join(lines(make_item("dinkes/primary", "down")))
    assert ["power" in row for row in rows(lines(down, make_item("setda/primary")))] == [True, False]


def test_devices_that_give_nothing_are_named_below_with_the_reason_once() -> None:
    silent = {"up": False, "reason": "timeout", "text": "no answer"}
    items = [make_item(f"kec{number}/primary", snmp=silent) for number in range(6)]
    items.append(
        make_item("dinkes/primary", snmp={"up": False, "reason": "privacy", "text": "the key\x1b doesn't fit"})
    )
    found = [line for line in lines(*items) if line.startswith("SNMP fails")]
    assert found == [
        "SNMP fails: kec0/primary, kec1/primary, kec2/primary, kec3/primary and 2 more: no answer",
        "SNMP fails: dinkes/primary: the key\N{REPLACEMENT CHARACTER} doesn't fit",
    ]


def test_of_a_link_that_is_down_nobody_needs_to_be_told_that_its_device_is_silent() -> None:
    silent = {"up": False, "reason": "timeout", "text": "no answer"}
    assert "SNMP" not in "".join(lines(make_item("dinkes/primary", "down", snmp=silent)))


@given(NAMES, NAMES, st.integers(2, 160), st.sampled_from(["utf-8", "ascii", "latin-1"]))
def test_whatever_an_office_is_called_no_line_is_too_wide_and_nothing_moves_the_cursor(
    name: str, organisation: str, width: int, encoding: str
) -> None:
    items = (make_item(office_name=name), make_item("setda/primary", "down", office_name=name))
    for line in lines(*items, look=layout.look(encoding), width=width, name=organisation):
        assert cell_len(line) <= width
        assert line.isprintable()
        line.encode(encoding)


def test_names_are_shown_as_they_are() -> None:
    name = 'Dinas [bold]"Kesehatan"[/bold] :smile: 🌧'
    (row,) = rows(lines(make_item(office_name=name)))
    assert name in row


@pytest.mark.parametrize(
    ("name", "harmless"),
    [
        ("a\x1b[2Jb", "a\N{REPLACEMENT CHARACTER}[2Jb"),
        ("a\nb\tc", "a b c"),
        ("a\u202eb\u2066c", "abc"),
        ("a\u2028b\xa0c", "a b c"),
        ("a\x9bb", "a\N{REPLACEMENT CHARACTER}b"),
        ("a\ud800b", "ab"),
    ],
)
def test_what_a_terminal_would_obey_is_made_harmless(name: str, harmless: str) -> None:
    assert wording.harmless(name) == harmless


def test_a_terminal_without_unicode_gets_ascii_alone() -> None:
    found = lines(*MIXED, look=ASCII, width=120)
    assert all(line.isascii() for line in found)
    assert [row[0] for row in rows(found)] == list("X?X~?==+")


def test_the_states_differ_without_colour() -> None:
    for look in (UTF8, ASCII):
        assert len({look.signs.ranks[rank] for rank in wording.Rank}) == len(wording.Rank)
        assert len(set(look.blocks.up + look.blocks.degraded + look.blocks.down + look.blocks.unmeasured)) == (
            3 + len(look.blocks.down)
        )


def test_what_does_not_fit_the_height_is_told_as_a_number_and_never_the_outages() -> None:
    items = [make_item(f"kantor-{number}/primary") for number in range(40)]
    found = layout.render(shown(*items, make_item("dinkes/primary", "down")), UTF8, 80, 12)
    plain = [line.plain for line in found]
    assert len(plain) == 12
    assert "dinkes" in plain[4]
    assert plain[-1] == "… 34 more: 34 up"


def test_where_it_fits_but_for_the_legend_the_legend_goes() -> None:
    items = [make_item(f"kantor-{number}/primary") for number in range(6)]
    whole = [line.plain for line in layout.render(shown(*items), UTF8, 120, None)]
    assert [line.plain for line in layout.render(shown(*items), UTF8, 120, len(whole) - 1)] == whole[:-2]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 m"),
        (3_599, "59 m"),
        (3_600, "1 h"),
        (7_800, "2 h 10 m"),
        (86_399, "23 h 59 m"),
        (86_400, "1 d"),
        (90_000, "1 d 1 h"),
        (99 * 86_400 + 82_800, "99 d 23 h"),
        (120 * 86_400 + 5_000, "120 d"),
    ],
)
def test_how_long_is_said_in_two_units(seconds: float, words: str) -> None:
    assert wording.duration(seconds) == words


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (0, "0 %"),
        (0.0004, "<0.1 %"),
        (0.0133, "1.3 %"),
        (0.05, "5 %"),
        (0.1299, "12 %"),
        (0.9999, "99 %"),
        (1, "100 %"),
    ],
)
def test_a_loss_is_never_rounded_to_none_or_all(ratio: float, words: str) -> None:
    assert wording.percent(ratio) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.00006, "0.06 ms"), (0.0042, "4.2 ms"), (0.0999, "99.9 ms"), (1.2344, "1234 ms")]
)
def test_a_round_trip_has_the_figures_that_count(seconds: float, words: str) -> None:
    assert wording.milliseconds(seconds) == words


@pytest.mark.parametrize(
    ("cell", "character"),
    [
        (Cell(1800, 0, 0, 0), "▁"),
        (Cell(1799, 0, 1, 0), "▂"),
        (Cell(900, 0, 900, 0), "▅"),
        (Cell(1, 0, 1799, 0), "▇"),
        (Cell(0, 0, 1800, 0), "█"),
        (Cell(0, 0, 5, 1795), "█"),
        (Cell(0, 1, 1799, 0), "▇"),
        (Cell(1799, 1, 0, 0), "▒"),
        (Cell(0, 0, 0, 1800), "·"),
        (Cell(800, 0, 0, 1000), "·"),
        (Cell(1000, 0, 0, 800), "▁"),
        (Cell(0, 0, 0, 0), " "),
    ],
)
def test_a_cell_shows_the_worst_of_its_half_hour(cell: Cell, character: str) -> None:
    assert strip.strip([cell], 1, strip.UNICODE)[0][0] == character


def test_a_narrower_strip_puts_neighbours_together_and_hides_no_outage() -> None:
    cells = [Cell(1800, 0, 0, 0)] * 47 + [Cell(1799, 0, 1, 0)]
    for width in strip.WIDTHS:
        assert "".join(cell for cell, _ in strip.strip(cells, width, strip.UNICODE)) == "▁" * (width - 1) + "▂"


def test_hours_that_the_monitor_does_not_give_are_no_strip() -> None:
    found = lines(make_item(last_24_hours=None))
    assert "24" not in found[3]
    assert not any(line.startswith("last 24") for line in found)


def test_only_a_link_down_outside_maintenance_counts_as_down() -> None:
    of = {link.link_id: link.is_down for link in shown(*MIXED).links}
    assert [link for link, is_down in of.items() if is_down] == ["dinkes/primary", "disdik/backup"]


def broken(change: Callable[[Json], object]) -> Json:
    document: Json = json.loads(json.dumps(make_links(make_item())))
    change(document)
    return document


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        "x",
        None,
        broken(lambda d: d.pop("monitor")),
        broken(lambda d: d.update(time="2026-02-10T22:30:00")),
        broken(lambda d: d.update(time=5)),
        broken(lambda d: d.update(links={})),
        broken(lambda d: d["links"][0].update(state="sleeping")),  # type: ignore[index]
        broken(lambda d: d["links"][0].update(state=[])),  # type: ignore[index]
        broken(lambda d: d["links"][0].update(outage_open="no")),  # type: ignore[index]
        broken(lambda d: d["links"][0].update(loss_ratio=True)),  # type: ignore[index]
        broken(lambda d: d["links"][0]["last_24_hours"]["up"].pop()),  # type: ignore[index]
        broken(lambda d: d["links"][0]["last_24_hours"].pop("down")),  # type: ignore[index]
    ],
)
def test_what_is_no_document_of_the_api_is_refused(document: object) -> None:
    with pytest.raises(ValueError, match=r"no|not|field|Invalid"):
        standing(document, make_outages())


def test_the_time_keeps_the_organisations_offset() -> None:
    assert shown(make_item()).at.utcoffset() == timedelta(hours=7)
    assert shown(make_item()).at == NOW


@pytest.mark.parametrize(
    ("url", "checked"),
    [
        ("http://127.0.0.1:9877", "http://127.0.0.1:9877"),
        ("http://[::1]:9877/", "http://[::1]:9877"),
        ("https://monitor.example/terpadu/", "https://monitor.example/terpadu"),
    ],
)
def test_a_url_may_have_a_path(url: str, checked: str) -> None:
    assert checked_url(url) == checked


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:9877",
        "ftp://x",
        "http://",
        "http://x:0",
        "http://x:99999",
        "http://x:port",
        "http://[::1",
        "http://x?y",
    ],
)
def test_what_is_no_url_is_told_with_one_that_is(url: str) -> None:
    with pytest.raises(InputError, match=r"--url.*write it as http://127\.0\.0\.1:9877"):
        checked_url(url)


def test_a_password_in_a_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(InputError) as refused:
        checked_url("http://admin:rahasia@x")
    assert "rahasia" not in str(refused.value)
