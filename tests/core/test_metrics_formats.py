from __future__ import annotations

import dataclasses
import math
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from metrics_snapshots import make_snapshot, snapshots
from monitor_fakes import make_inventory, make_link
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.exposition import generate_latest as text_page
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics_page
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString
from reference_collector import reference_page

from exporter.metrics import Format, Renderer
from exporter.metrics.text import Family, Kind, number
from exporter.model import Contract
from exporter.snapshot import Snapshot

RENDERER = Renderer()  # one for all snapshots, as in the exporter: nothing of one may show in the next
PARSERS = {Format.TEXT: parse_text, Format.OPENMETRICS: parse_openmetrics}


def page(snapshot: Snapshot, form: Format, renderer: Renderer = RENDERER) -> str:
    return "".join(renderer.render(snapshot, form))


@given(snapshots())
def test_the_page_is_prometheus_clients_own_byte_for_byte(snapshot: Snapshot) -> None:
    for form in Format:
        assert page(snapshot, form) == reference_page(snapshot, form)


@given(snapshots(), st.sampled_from(Format))
def test_every_name_comes_back_exactly(snapshot: Snapshot, form: Format) -> None:
    found = {
        sample.labels["opd"]: (sample.labels["name"], sample.labels["district"])
        for family in PARSERS[form](page(snapshot, form))
        for sample in family.samples
        if sample.name == "opd_info"
    }
    assert found == {o.code: (o.name, o.district) for o in snapshot.inventory.offices.values()}


def test_a_large_districts_families_stay_whole() -> None:
    links = [make_link(f"opd-{number}", contracts=(Contract(download_bps=1),)) for number in range(300)]
    one = make_snapshot()
    large = dataclasses.replace(
        one,
        inventory=make_inventory(*links),
        links=tuple(dataclasses.replace(one.links[0], link=link) for link in links),
        offices=(),
        nodes=(),
        websites=(),
    )
    pieces = list(RENDERER.render(large, Format.OPENMETRICS))
    assert "".join(pieces) == reference_page(large, Format.OPENMETRICS)
    assert max(map(len, pieces)) < len("".join(pieces)) / 2


@given(
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: value or math.copysign(1, value) > 0)
    | st.integers(-(2**70), 2**70)
    | st.floats(5e5, 5e6)
    | st.sampled_from([True, False, 0, 999, 1000, 999_999, 1_000_000, 1e15, 1e16, 1e-5, -1_000_000])
)
def test_a_number_reads_as_prometheus_client_writes_it(value: float) -> None:
    assert number(value) == floatToGoString(value)


@given(st.text(st.sampled_from('a "\\\n')))
def test_help_is_escaped_as_each_format_wants_it(text: str) -> None:
    class One(Collector):
        def collect(self) -> list[Metric]:
            return [CounterMetricFamily("x", text)]

    family = Family("x_total", Kind.COUNTER, text)
    assert family.header(Format.TEXT).encode() == text_page(One())
    assert family.header(Format.OPENMETRICS).encode() + b"# EOF\n" == openmetrics_page(One())


@pytest.mark.parametrize("form", Format)
def test_a_name_that_a_reload_changed_shows_at_once(form: Format) -> None:
    renderer = Renderer()
    assert 'name="Lama"' in page(make_snapshot(name="Lama"), form, renderer)
    after = page(make_snapshot(name='"Baru"'), form, renderer)
    assert r'name="\"Baru\""' in after
    assert "Lama" not in after


def test_a_contract_that_begins_today_shows_today() -> None:
    contracts = (Contract(download_bps=8), Contract(starts_on=date(2026, 3, 1), download_bps=80))
    link = make_link(contracts=contracts)
    before = make_snapshot()
    before = dataclasses.replace(
        before,
        inventory=make_inventory(link),
        now=datetime(2026, 2, 28, tzinfo=UTC),
        links=(dataclasses.replace(before.links[0], link=link),),
    )
    series = 'opd_link_contract_bytes_per_second{direction="receive",link="primary",opd="dinkes"}'
    renderer = Renderer()
    assert f"{series} 1.0\n" in page(before, Format.TEXT, renderer)
    assert f"{series} 10.0\n" in page(
        dataclasses.replace(before, now=datetime(2026, 3, 1, tzinfo=UTC)), Format.TEXT, renderer
    )


def test_a_link_that_left_the_inventory_has_no_series() -> None:
    shown = make_snapshot()
    gone = dataclasses.replace(shown.links[0], link=make_link("gone"))
    with_it = dataclasses.replace(shown, links=(gone, *shown.links))
    assert page(with_it, Format.TEXT) == page(shown, Format.TEXT)
