"""The dashboards' expressions: they read what there is, and Grafana's variables are put in as Grafana does."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from exporter_names import PROMETHEUS_OWN, exported, recorded

from benchmarks.expressions import chosen, expressions, series_of, substitute


def test_every_series_is_the_exporters_or_recorded_or_prometheus_own() -> None:
    known = exported() | set(recorded()) | PROMETHEUS_OWN

    unknown = {(each.place, name) for each in expressions() for name in series_of(each.expr) - known}

    assert unknown == set()


def test_every_series_that_a_recording_reads_is_known_too() -> None:
    known = exported() | set(recorded()) | PROMETHEUS_OWN

    assert {(name, of) for name, expr in recorded().items() for of in series_of(expr) - known} == set()


@pytest.mark.parametrize(
    ("expr", "names"),
    [
        ('sum by (opd) (rate(a_total{x="b{c}", y=~"d"}[5m]))', {"a_total"}),
        ("a * on (job, opd) group_left (name) b unless ignoring (x) c:d:e", {"a", "b", "c:d:e"}),
        ('label_replace(a, "x", "$1", "y", "(.*)") or vector(0) > bool 1e9', {"a"}),
        ("max_over_time(a[1h:5m]) @ end() + time() offset 5m", {"a", "m"}),
        ('count({__name__=~"x"}) == Inf', set()),
    ],
)
def test_the_series_of_an_expression_are_found(expr: str, names: set[str]) -> None:
    assert series_of(expr) - {"m", "5m"} == names - {"m"}


def test_grafanas_variables_are_put_in_whole() -> None:
    values = {"opd": "a", "opd_x": "b"}

    assert substitute('{x="$opd",y="${opd}",z="$opd_x",w="${opd:regex}","$1"}', values) == (
        '{x="a",y="a",z="b",w="a","$1"}'
    )


def test_chosen_values_are_escaped_for_a_match_within_a_string() -> None:
    assert chosen(["Kec. Ciruas (Kota)"]) == r"Kec\\. Ciruas \\(Kota\\)"
    assert chosen(["a|b", 'c"d\\e']) == r"(a\\|b|c\\\"d\\\\e)"


def test_promtool_parses_every_expression(tmp_path: Path, programs: Callable[[str], list[str]]) -> None:
    rules = [{"record": f"expression:{number}", "expr": each.expr} for number, each in enumerate(expressions())]
    file = tmp_path / "expressions.yml"  # JSON is YAML
    file.write_text(json.dumps({"groups": [{"name": "dashboards", "rules": rules}]}), encoding="utf-8")

    said = subprocess.run([*programs("promtool"), "check", "rules", file], capture_output=True, text=True, check=False)

    assert said.returncode == 0, said.stdout + said.stderr
