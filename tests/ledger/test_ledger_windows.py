from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.ledger import Ledger
from exporter.maintenance import Standing, Window
from exporter.model import Maintenance

START, END = 100, 200


def instant(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def announced(
    start: int = START, end: int = END, scope: tuple[str, ...] = ("a/b",), reason: str = "r", by: str | None = None
) -> Maintenance:
    return Maintenance(instant(start), instant(end), scope, reason, recorded_at=instant(5), approved_by=by)


def seen(*readings: tuple[int, list[Maintenance]]) -> tuple[Window, ...]:
    with tempfile.TemporaryDirectory() as folder, Ledger.create(Path(folder) / "ledger.sqlite3") as ledger:
        for at, items in readings:
            ledger.record_windows(items, at)
        return ledger.windows()


def test_a_window_seen_before_its_start_is_applied_with_all_that_it_says() -> None:
    item = announced(scope=("pop-ciruas", "a/b"), reason="Pemindahan ODP", by="Bidang Telematika")
    (window,) = seen((10, [item]), (300, [item]))
    assert window == Window(("a/b", "pop-ciruas"), START, END, "Pemindahan ODP", 10, 5, "Bidang Telematika")
    assert window.standing is Standing.APPLIED


def test_a_window_moved_before_its_start_leaves_no_trace() -> None:
    assert [w.starts_at for w in seen((10, [announced()]), (20, [announced(start=150)]))] == [150]


def test_a_window_that_was_removed_and_comes_back_in_time_is_seen_anew() -> None:
    (window,) = seen((10, [announced()]), (20, []), (30, [announced()]))
    assert window.first_seen_at == 30


def test_a_window_that_comes_after_its_start_is_late() -> None:
    (window,) = seen((START, [announced()]))
    assert window.standing is Standing.LATE


@pytest.mark.parametrize("gone_at", [START, END - 1])
def test_a_window_that_vanishes_while_it_runs_is_kept_and_not_applied_though_it_comes_back(gone_at: int) -> None:
    (window,) = seen((10, [announced()]), (gone_at, []), (gone_at, [announced()]), (END + 1, []))
    assert (window.vanished_at, window.standing) == (gone_at, Standing.CHANGED)


def test_the_record_of_a_window_stands_after_its_end() -> None:
    assert seen((10, [announced()]), (END, []))[0].standing is Standing.APPLIED


def test_the_words_of_a_window_may_change_until_it_starts() -> None:
    (window,) = seen((10, [announced()]), (99, [announced(reason="s", by="x")]), (100, [announced(reason="t")]))
    assert (window.reason, window.approved_by, window.first_seen_at) == ("s", "x", 10)


def test_windows_come_in_order_of_start() -> None:
    found = seen((10, [announced(start=50), announced(start=20, scope=("c/d",)), announced(start=20)]))
    assert [(w.starts_at, w.scope) for w in found] == [(20, ("a/b",)), (20, ("c/d",)), (50, ("a/b",))]


KEYS = [(scope, start, end) for scope in ("a/b", "c/d") for start, end in ((3, 6), (3, 9), (6, 9))]
readings = st.lists(
    st.tuples(st.integers(0, 3), st.dictionaries(st.sampled_from(KEYS), st.sampled_from("rst"))), max_size=12
)


@given(readings)
def test_each_window_is_what_its_own_history_says(steps: list[tuple[int, dict[tuple[str, int, int], str]]]) -> None:
    at, history = 0, []
    for later, items in steps:
        at += later
        history.append((at, items))
    expected = [window for key in KEYS if (window := alone(key, history)) is not None]
    found = seen(
        *(
            (at, [announced(start, end, (scope,), why) for (scope, start, end), why in its.items()])
            for at, its in history
        )
    )
    assert sorted(found, key=repr) == sorted(expected, key=repr)


def alone(key: tuple[str, int, int], history: list[tuple[int, dict[tuple[str, int, int], str]]]) -> Window | None:
    """Return one window after readings of the inventory, by the sentences of the method."""
    scope, start, end = key
    first_seen_at, reason, vanished_at = None, "", None
    for at, items in history:
        if at < start:
            if key not in items:
                first_seen_at = None
            elif first_seen_at is None:
                first_seen_at = at
            reason = items.get(key, "")
        elif first_seen_at is None and key in items:
            first_seen_at, reason = at, items[key]
        elif first_seen_at is not None and key not in items and at < end:
            vanished_at = at if vanished_at is None else vanished_at
    if first_seen_at is None:
        return None
    return Window((scope,), start, end, reason, first_seen_at, 5, None, vanished_at)
