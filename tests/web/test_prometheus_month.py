"""What is asked of Prometheus, what is read out of its answer, and the quantiles of its buckets."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.web.prometheus import Measure, matrix
from exporter.web.prometheus.month import POINTS, STEP_SECONDS, Month30
from exporter.web.prometheus.quantiles import quantile
from exporter.web.prometheus.query import query

UNTIL = 1_770_000_000
BEFORE = UNTIL - STEP_SECONDS


def answer(*series: tuple[dict[str, str], list[tuple[object, object]]]) -> bytes:
    result = [{"metric": labels, "values": values} for labels, values in series]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}}).encode()


def known(month: Month30) -> dict[str, dict[int, float]]:
    return {
        line.name.name: {at: value for at, value in line.points if value is not None}
        for line in month.lines
        if any(value is not None for _, value in line.points)
    }


def test_a_links_labels_are_escaped_as_promql_has_it() -> None:
    asked = query('din"kes\\\n/pri\u202emary')
    assert asked.count('{opd="din\\"kes\\\\\\n",link="pri\u202emary"') == 5
    assert "\n" not in asked


def test_of_two_monitors_the_higher_counts_and_each_series_says_what_it_is_of() -> None:
    assert query("dinkes/primary") == (
        'label_replace(max by (le) (rate(opd_link_rtt_seconds_bucket{opd="dinkes",link="primary"}[2h])),'
        ' "line", "rtt", "", "") or '
        "label_replace(max("
        '(sum without (result) (rate(opd_link_icmp_probes_total{opd="dinkes",link="primary",result=~"lost"}[2h]))'
        " / (sum without (result) "
        '(rate(opd_link_icmp_probes_total{opd="dinkes",link="primary",result=~"lost|reply"}[2h]))'
        " > 0)) unless on (job, instance) (max_over_time(opd_monitor_isolated[2h]) == 1)),"
        ' "line", "loss", "", "") or '
        'label_replace(max(rate(opd_link_receive_bytes_total{opd="dinkes",link="primary"}[2h])),'
        ' "line", "receive", "", "") or '
        'label_replace(max(rate(opd_link_transmit_bytes_total{opd="dinkes",link="primary"}[2h])),'
        ' "line", "transmit", "", "")'
    )


def test_a_line_has_a_point_each_two_hours_of_thirty_days_known_or_not() -> None:
    month = matrix.month(answer(({"line": "loss"}, [(BEFORE, "0.25")])), UNTIL)
    assert [line.name for line in month.lines] == list(Measure)
    assert POINTS * STEP_SECONDS == 30 * 86_400
    for line in month.lines:
        assert [at for at, _ in line.points] == list(range(UNTIL - 30 * 86_400 + STEP_SECONDS, UNTIL + 1, STEP_SECONDS))
    assert known(month) == {"LOSS": {BEFORE: 0.25}}


def test_the_buckets_become_quantiles_and_the_directions_lines() -> None:
    month = matrix.month(
        answer(
            ({"line": "rtt", "le": "+Inf"}, [(BEFORE, "0"), (UNTIL, "1")]),
            ({"line": "rtt", "le": "0.01"}, [(BEFORE, "0"), (UNTIL, "1")]),
            ({"line": "rtt", "le": "0.005"}, [(BEFORE, "0"), (UNTIL, "0.5")]),
            ({"line": "receive"}, [(UNTIL, "1250000.5")]),
            ({"line": "transmit"}, [(UNTIL, "0")]),
        ),
        UNTIL,
    )
    assert known(month) == {
        "RTT_P50": {UNTIL: 0.005},
        "RTT_P95": {UNTIL: pytest.approx(0.0095)},
        "RECEIVE": {UNTIL: 1250000.5},
        "TRANSMIT": {UNTIL: 0.0},
    }


@pytest.mark.parametrize("written", ["NaN", "+Inf", "-Inf", "-1", "1e999"])
def test_what_is_no_amount_is_not_known(written: str) -> None:
    month = matrix.month(answer(({"line": "loss"}, [(BEFORE, written), (UNTIL, "0.5")])), UNTIL)
    assert known(month) == {"LOSS": {UNTIL: 0.5}}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"status": "success"}',
        b'{"status": "error", "errorType": "timeout", "error": "query timed out"}',
        b'{"status": "success", "data": {"resultType": "vector", "result": []}}',
        b'{"status": "success", "data": {"resultType": "matrix", "result": 7}}',
        b'{"status": "success", "data": {"resultType": "matrix", "result": [{"metric": [], "values": []}]}}',
        b'{"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {}, "values": []}]}}',
        answer(({"line": "loss"}, [(UNTIL, "a lot")])),
        answer(({"line": "loss"}, [(UNTIL, None)])),
        answer(({"line": "loss"}, [(math.inf, "1")])),
        answer(({"line": "loss"}, [("soon", "1")])),
        answer(({"line": "loss"}, [(UNTIL, 10**400)])),
        answer(({"line": "rtt"}, [(UNTIL, "1")])),
        answer(({"line": "rtt", "le": "wide"}, [(UNTIL, "1")])),
        answer(({"line": "loss"}, [(UNTIL, "1")]))[:-9],
        b"[" * 200_000,
    ],
)
def test_what_is_no_answer_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(matrix.NotUnderstood):
        matrix.month(body, UNTIL)


def test_what_prometheus_says_of_an_error_is_one_short_line() -> None:
    said = {"status": "error", "error": "first\nsecond\x1b[31m" + "!" * 500}
    assert matrix.error(json.dumps(said).encode()) == ("first second [31m" + "!" * 500)[:200]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"error": 7}', b'{"error": "%s"}' % (b"x" * 20_000), b"[" * 10_000]
)
def test_an_error_that_says_nothing_is_silent(body: bytes) -> None:
    assert matrix.error(body) == ""


def test_a_quantile_lies_within_its_bucket_and_beyond_the_last_bound_at_that() -> None:
    counts = {0.001: 10.0, 0.002: 30.0, 0.005: 30.0, math.inf: 40.0}
    found = [quantile(share, counts) for share in (0.125, 0.25, 0.5, 0.75, 0.95)]
    assert found == [pytest.approx(0.0005), 0.001, pytest.approx(0.0015), 0.002, 0.005]


@pytest.mark.parametrize("counts", [{}, {0.001: 5.0}, {0.001: 0.0, math.inf: 0.0}])
def test_nothing_counted_has_no_quantile(counts: dict[float, float]) -> None:
    assert quantile(0.5, counts) is None


bounds = st.lists(st.floats(1e-4, 10), min_size=1, max_size=6, unique=True).map(
    lambda found: [*sorted(found), math.inf]
)


@given(bounds, st.lists(st.floats(0, 1e6), min_size=7, max_size=7), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_a_higher_share_has_no_lower_quantile_even_where_the_counts_fall(
    upper: list[float], counts: list[float], one: float, other: float
) -> None:
    histogram = dict(zip(upper, counts, strict=False))
    low, high = quantile(min(one, other), histogram), quantile(max(one, other), histogram)
    if low is None or high is None:
        assert histogram[math.inf] == 0
    else:
        assert 0 <= low <= high <= upper[-2]
