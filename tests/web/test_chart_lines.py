"""Charts of lines: gaps stay gaps, each line is named at its end, and nothing of others breaks them."""

from dataclasses import replace
from pathlib import Path

from drawings import all_text, classes, parsed, texts
from hypothesis import given
from hypothesis import strategies as st

from exporter.timeline import State
from exporter.web.pages.lines import Frame, Limit, Series, Shade, line_chart

CSS = (Path(__file__).parents[2] / "exporter/web/static/charts.css").read_text()
FRAME = Frame(
    start=0,
    end=1440,
    ticks=((360, "06:00"), (720, "12:00"), (1080, "18:00")),
    written=lambda value: f"{value:g} ms",
    nothing="Belum ada pengukuran",
    height=100,
)
values = st.one_of(st.none(), st.floats(), st.floats(0, 100))


def drawn_paths(chart: str, name: str) -> list[str | None]:
    return [path.get("d") for path in parsed(chart).iter("path") if name in path.get("class", "").split()]


def written(chart: str, name: str) -> list[tuple[str | None, str | None, str]]:
    texts = (text for text in parsed(chart).iter("text") if name in text.get("class", "").split())
    return [(text.get("x"), text.get("y"), all_text(text)) for text in texts]


def test_a_line_is_drawn_from_an_axis_at_0_and_ends_in_a_dot() -> None:
    chart = line_chart([Series("Median", [(0, 2.0), (720, 4.0), (1440, 8.0)])], FRAME, "RTT")
    assert drawn_paths(chart, "c-line0") == ["M0 75L720 50 1440 0", "M1440 0h0"]


def test_none_breaks_a_line_and_a_point_alone_is_a_dot() -> None:
    points = [(0, 4.0), (10, 2.0), (20, None), (30, 2.0), (40, None), (50, 4.0), (60, 4.0)]
    chart = line_chart([Series("Median", points)], FRAME, "RTT")
    assert drawn_paths(chart, "c-line0") == ["M0 0L10 50M50 0L60 0", "M30 50h0M60 0h0"]


def test_a_distance_of_more_than_a_step_breaks_a_line() -> None:
    points = [(0, 4.0), (120, 2.0), (360, 2.0), (480, 4.0)]
    chart = line_chart([Series("Median", points, step=120)], FRAME, "RTT")
    assert drawn_paths(chart, "c-line0")[0] == "M0 0L120 50M360 50L480 0"


def test_points_that_lie_level_are_left_out() -> None:
    points = [(at, 0.0 if at < 1000 else 4.0) for at in range(0, 1440, 100)]
    chart = line_chart([Series("Hilang", points)], FRAME, "x")
    assert drawn_paths(chart, "c-line0")[0] == "M0 100L900 100 1000 0 1400 0"


def test_points_outside_the_frame_and_values_that_are_no_number_are_left_out() -> None:
    points = [(-60, 4.0), (0, 4.0), (60, 4.0), (120, float("nan")), (180, float("inf")), (1500, 9.0)]
    chart = line_chart([Series("Median", points)], FRAME, "RTT")
    assert drawn_paths(chart, "c-line0") == ["M0 0L60 0", "M60 0h0"]


def test_the_axis_has_round_values_that_are_written_as_the_caller_has_them() -> None:
    chart = line_chart([Series("Median", [(0, 2.0), (60, 7.0)])], FRAME, "RTT")
    assert written(chart, "c-y") == [
        ("-8", "104", "0 ms"),
        ("-8", "79", "2 ms"),
        ("-8", "54", "4 ms"),
        ("-8", "29", "6 ms"),
        ("-8", "4", "8 ms"),
    ]


def test_times_stand_below_and_every_second_may_be_left_out_where_it_is_narrow() -> None:
    chart = line_chart([], FRAME, "x")
    assert written(chart, "c-x") == [("25%", "118", "06:00"), ("50%", "118", "12:00"), ("75%", "118", "18:00")]
    assert written(chart, "c-odd") == [("50%", "118", "12:00")]


def test_names_stand_at_the_lines_ends_and_keep_apart() -> None:
    lines = [Series("Unduh", [(0, 4.0), (60, 2.1)]), Series("Unggah", [(0, 1.0), (60, 2.0)])]
    ends = written(line_chart(lines, FRAME, "x"), "c-end")
    assert [(x, text) for x, _, text in ends] == [("100%", "Unduh"), ("100%", "Unggah")]
    assert [y for _, y, _ in ends] == ["51.5", "66.5"]


def test_a_line_without_a_value_keeps_its_style_for_itself_and_has_no_name() -> None:
    chart = line_chart([Series("Unduh", [(0, None)]), Series("Unggah", [(0, 1.0)])], FRAME, "x")
    assert (drawn_paths(chart, "c-line0"), drawn_paths(chart, "c-line1")) == ([], ["M0 0h0"])
    assert [text for _, _, text in written(chart, "c-end")] == ["Unggah"]


def test_a_limit_is_in_the_axis_and_has_its_name() -> None:
    limited = replace(FRAME, limit=Limit("Kontrak 100", 100))
    chart = line_chart([Series("Unduh", [(0, 50.0)])], limited, "x")
    assert drawn_paths(chart, "c-limit") == ["M0 0h1440"]
    assert written(chart, "c-limit") == [("6", "15", "Kontrak 100")]
    assert written(chart, "c-y")[-1] == ("-8", "4", "100 ms")


def test_the_axis_is_round_in_the_unit_that_values_are_written_in() -> None:
    written_in = replace(FRAME, written=lambda value: f"{value / 125_000:g} Mbps", unit=125_000)
    chart = line_chart([Series("Unduh", [(0, 0.0), (60, 30 * 125_000.0)])], written_in, "x")
    assert [text for _, _, text in written(chart, "c-y")] == ["0 Mbps", "10 Mbps", "20 Mbps", "30 Mbps"]


def test_the_axis_reaches_what_the_caller_wants_at_least() -> None:
    chart = line_chart([Series("Hilang", [(0, 0.0)])], replace(FRAME, least_top=4), "x")
    assert written(chart, "c-y")[-1][2] == "4 ms"


def test_a_chart_without_a_value_says_so_and_has_no_values_at_its_axis() -> None:
    chart = line_chart([Series("Median", [(0, None)])], FRAME, "RTT")
    assert written(chart, "c-nothing") == [("50%", "50", "Belum ada pengukuran")]
    assert written(chart, "c-y") == []


def test_shaded_stretches_are_cut_to_the_frame_and_a_short_one_is_seen() -> None:
    shades = (
        Shade(-100, 60, State.DOWN),
        Shade(720, 721, State.DOWN),
        Shade(1400, 2000, State.UNMEASURED),
        Shade(1439, 1440, State.DOWN),
        Shade(1440, 1500, State.DOWN),
    )
    chart = line_chart([], replace(FRAME, shades=shades), "x")
    rects = [(rect.get("class"), rect.get("x"), rect.get("width")) for rect in parsed(chart).iter("rect")]
    assert rects == [
        ("c-down", "0", "60"),
        ("c-down", "720", "4"),
        ("c-unmeasured", "1400", "40"),
        ("c-down", "1436", "4"),
    ]


def test_margins_are_as_wide_as_what_stands_in_them() -> None:
    chart = line_chart([Series("Unggah", [(0, 7.0)])], FRAME, "x")
    assert classes(parsed(chart)) >= {"c-lines", "c-left3", "c-right4"}


def test_a_long_name_is_cut() -> None:
    chart = line_chart([Series("n" * 300, [(0, 7.0)])], FRAME, "x")
    assert written(chart, "c-end")[0][2] == "n" * 15 + "…"


def test_a_chart_says_its_words() -> None:
    svg = parsed(line_chart([], FRAME, 'RTT "sehari"')).find("svg")
    assert svg is not None
    assert (svg.get("role"), svg.get("aria-label")) == ("img", 'RTT "sehari"')


@given(st.lists(st.lists(values, max_size=30), max_size=4), texts, st.lists(st.integers(-3000, 3000), max_size=4))
def test_whatever_a_chart_is_of_it_is_xml_of_classes_that_the_stylesheet_has(
    lines: list[list[float | None]], text: str, instants: list[int]
) -> None:
    frame = replace(
        FRAME,
        ticks=[(at, text) for at in instants],
        written=lambda _: text,
        nothing=text,
        limit=Limit(text, 3.0),
        shades=[Shade(at, at + 100, State.DOWN) for at in instants],
    )
    series = [Series(text, [(index * 60, value) for index, value in enumerate(line)]) for line in lines]
    root = parsed(line_chart(series, frame, text))
    assert {name for name in classes(root) if f".{name}" not in CSS} == set()
