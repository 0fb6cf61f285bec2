"""A score as text for a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime

from exporter.scoring.causes import Explained
from exporter.scoring.comparing import Edges, Score, Tally
from exporter.scoring.expected import Row
from exporter.timeline import State

Json = dict[str, object]
_STATES = (State.UP, State.DEGRADED, State.DOWN, State.UNMEASURED)
_LABEL, _CELL = 34, 12
_TIME = "%Y-%m-%d %H:%M:%S"
_FIGURES: tuple[tuple[str, Callable[[Tally], object]], ...] = (
    ("links, nodes", lambda tally: tally.targets),
    ("outages of the truth", lambda tally: tally.outages),
    ("  found", lambda tally: tally.found),
    ("  missed", lambda tally: tally.missed),
    ("  invented", lambda tally: tally.invented),
    ("  undecided by the rule", lambda tally: tally.undecided),
    ("  left open, though ended", lambda tally: tally.ends_unseen),
    ("blips, which are no outages", lambda tally: tally.blips),
)
_REASONS = {
    "cut_off": "cut off",
    "not_running": "not running",
    "beside_cut_off": "beside being cut off",
    "before_a_kill": "before a kill",
    "after_a_start": "after a start",
    "tail": "not decided at the end",
    "unexplained": "unexplained",
}


def as_text(score: Score) -> str:
    """Return the score in aligned lines, ending in a line end."""
    return "\n".join(line.rstrip() for line in _lines(score)) + "\n"


def as_sentence(score: Score) -> str:
    """Return what matters most of a score, for the end of a demo."""
    links, nodes = score.links, score.nodes
    due, found = links.outages + nodes.outages, links.found + nodes.found
    errors = [*links.onsets.errors, *links.ends.errors, *nodes.onsets.errors, *nodes.ends.errors]
    right = sum(each.right for tally in (links, nodes) for each in (tally.onsets, tally.ends))
    edges = f"; {right} of {len(errors)} edges within a slot, the worst by {max(errors):.2f} s" if errors else ""
    left_open = links.ends_unseen + nodes.ends_unseen
    explained = links.explained
    why = f"; {explained.right} of {explained.judged} causes right" if explained.judged else ""
    told = f"{found} of {due} outages found" if due else "no outage that had to be found"
    return (
        f"Against the truth of {score.ends_at - score.header.starts_at:,.0f} s: {told}, "
        f"{links.invented + nodes.invented} invented{f', {left_open} left open' if left_open else ''}{edges}{why}; "
        f"{score.charged_while_cut_off} s charged while the monitor was cut off."
    )


def as_json(score: Score) -> Json:
    """Return the score as values that JSON takes; seconds, and null where nothing is known."""
    return {
        "scenario": score.header.scenario,
        "seed": score.header.seed,
        "start": score.header.starts_at,
        "end": score.ends_at,
        "same_inventory": score.is_same_inventory,
        "cut_off_seconds": round(score.cut_off_seconds, 3),
        "not_running_seconds": round(score.not_running_seconds, 3),
        "charged_while_cut_off_seconds": score.charged_while_cut_off,
        "links": _tally_as_json(score.links),
        "nodes": _tally_as_json(score.nodes),
    }


def _tally_as_json(tally: Tally) -> Json:
    return {
        "targets": tally.targets,
        "outages": tally.outages,
        "found": tally.found,
        "missed": tally.missed,
        "invented": tally.invented,
        "undecided": tally.undecided,
        "blips": tally.blips,
        "ends_unseen": tally.ends_unseen,
        "onsets": _edges_as_json(tally.onsets),
        "ends": _edges_as_json(tally.ends),
        "seconds": {
            row.value: {state.value: tally.seconds[row, state] for state in _STATES} for row in Row if _has(tally, row)
        },
        "seconds_right": tally.seconds_right,
        "seconds_wrong": tally.seconds_wrong,
        "unmeasured": asdict(tally.unmeasured),
        "explained": asdict(tally.explained),
    }


def _edges_as_json(edges: Edges) -> Json:
    return {
        "count": len(edges.errors),
        "right": edges.right,
        "median_seconds": edges.median,
        "p99_seconds": edges.p99,
        "max_seconds": edges.maximum,
    }


def _has(tally: Tally, row: Row) -> bool:
    return any(tally.seconds[row, state] for state in _STATES)


def _lines(score: Score) -> Iterator[str]:
    begin, end = (datetime.fromtimestamp(at, UTC) for at in (score.header.starts_at, score.ends_at))
    length = score.ends_at - score.header.starts_at
    yield f"{score.header.scenario}, seed {score.header.seed}: {length:,.0f} s, {begin:{_TIME}} to {end:{_TIME}} UTC"
    yield f"monitor cut off {score.cut_off_seconds:,.0f} s, not running {score.not_running_seconds:,.0f} s"
    if score.is_same_inventory is False:
        yield "the ledger's inventory is NOT the truth's: the figures may mean nothing"
    yield ""
    yield _row("", ("links", "nodes"))
    for label, figure in _FIGURES:
        yield _row(label, [_shown(figure(tally)) for tally in (score.links, score.nodes)])
    yield ""
    yield from _explained(score.links.explained)
    yield ""
    yield _row("edges", ("number", "right", "median", "p99", "max"))
    for label, edges in (
        ("onsets of links", score.links.onsets),
        ("ends of links", score.links.ends),
        ("onsets of nodes", score.nodes.onsets),
        ("ends of nodes", score.nodes.ends),
    ):
        errors = [_seconds(error) for error in (edges.median, edges.p99, edges.maximum)]
        yield _row(label, [_shown(len(edges.errors)), _shown(edges.right), *errors])
    for title, tally in (("links", score.links), ("nodes", score.nodes)):
        yield ""
        yield from _matrix(title, tally)
    yield ""
    yield _row("charged while cut off (must be 0)", [f"{score.charged_while_cut_off:,} s"])


def _explained(explained: Explained) -> Iterator[str]:
    yield _row("causes of links' ended outages", ("right", "unknown", "wrong", "not yet"))
    counts = (explained.right, explained.unknown, explained.wrong, explained.waiting)
    yield _row("  by their evidence", [_shown(count) for count in counts])
    yield _row("last hops of their paths", ("right", "none", "wrong"))
    hops = (explained.hops_right, explained.hops_missing, explained.hops_wrong)
    yield _row("  traced while they were down", [_shown(count) for count in hops])


def _matrix(title: str, tally: Tally) -> Iterator[str]:
    yield _row(f"seconds of {title}: truth \\ ledger", [state.value for state in _STATES])
    for row in Row:
        if _has(tally, row):
            yield _row(f"  {row.value}", [_shown(tally.seconds[row, state]) for state in _STATES])
    yield _row("  right", [_shown(tally.seconds_right)])
    yield _row("  wrong", [_shown(tally.seconds_wrong)])
    for reason, seconds in asdict(tally.unmeasured).items():
        if seconds or reason == "unexplained":
            yield _row(f"  unmeasured, {_REASONS[reason]}", [_shown(seconds)])


def _row(label: str, cells: tuple[str, ...] | list[str]) -> str:
    return f"{label:<{_LABEL}}" + "".join(f"{cell:>{_CELL}}" for cell in cells)


def _shown(value: object) -> str:
    return "-" if value is None else f"{value:,}"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f} s"
