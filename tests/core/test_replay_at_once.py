"""Replies of calm targets are read and judged together: nothing of that may show."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from spelled_recordings import Recording, recordings, respelled

from exporter import inventory, reading
from exporter.errors import InputError
from exporter.ledger import Ledger
from exporter.observation import Outcome
from exporter.reading import Seen
from exporter.recording import Recorder
from exporter.replay import Replayed, replay

DISTRICT = """\
organisation: {name: "Uji", timezone: Asia/Jakarta}
references: [{name: gw, address: 192.0.2.250}]
providers:
  isp: {name: "PT Penyedia", availability: 99.5%}
offices:
  - code: uji
    name: "Kantor Uji"
    district: Ciruas
    links:
      - {name: primary, address: 192.0.2.1, provider: isp, contract: {download: 10Mbps, upload: 10Mbps}}
"""
BEGIN = 1_769_878_800


def played(document: str, lines: Iterable[str]) -> tuple[Replayed | str, dict[str, list[tuple[object, ...]]]]:
    """Return what a replay returned, or its error, and every row of the ledger."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.sqlite3"
        with Ledger.create(path) as ledger:
            try:
                done = replay(lines, "seen.jsonl", inventory.parse(document, "i.yaml"), document, ledger, "1.0")
            except InputError as error:
                return str(error), {}
            assert ledger.verify() == []
        connection = sqlite3.connect(path)
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {table: sorted(connection.execute(f"SELECT * FROM {table}"), key=repr) for table in tables}  # noqa: S608 -- its own names
        connection.close()
        return done, rows


def line(at: float, outcome: str = "reply", **more: object) -> str:
    return json.dumps({"at": at, "link": "uji/primary", "outcome": outcome, **more})


def calm(seconds: int, *others: tuple[int, str]) -> Iterator[str]:
    """Yield a link's slots and a reference's, all answered but some."""
    unlike = dict(others)
    for second in range(seconds):
        yield json.dumps({"at": BEGIN + second, "reference": "gw", "outcome": "reply", "rtt_ms": 0.4})
        yield unlike.get(second) or line(BEGIN + second, rtt_ms=20 + second % 7)


@settings(max_examples=25, deadline=None)
@given(recordings())
def test_what_is_judged_together_is_as_if_it_were_judged_slot_by_slot(recording: Recording) -> None:
    one_by_one = [respelled(told) for told in recording.lines]
    assert played(recording.document, recording.lines) == played(recording.document, one_by_one)


@pytest.mark.parametrize(("spelled", "with_care"), [(str, 5), (respelled, 6_000)])
def test_only_what_a_recorder_would_not_write_so_is_read_with_care(
    spelled: Callable[[str], str], with_care: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    parse = reading.parse

    def parse_told(told: str) -> reading.Seen | reading.Polled:
        read.append(told)
        return parse(told)

    monkeypatch.setattr(reading, "parse", parse_told)
    done, _ = played(DISTRICT, map(spelled, calm(3_000)))
    assert isinstance(done, Replayed)
    assert (done.observations, len(read)) == (6_000, with_care)


def test_a_recorders_replies_are_plain(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path, 0, held_seconds=10)
    for kind, name in (("link", "uji/primary"), ("node", "pop"), ("reference", "gw")):
        recorder.add(kind, name, BEGIN, Outcome.REPLY, 0.0123456789)
    recorder.close()
    (file,) = tmp_path.iterdir()
    with file.open(encoding="utf-8") as lines:
        found = [match and match.groups() for match in map(reading.plain, lines)]
    assert found == [
        (str(BEGIN), '"link": "uji/primary"', "12.345679"),
        (str(BEGIN), '"node": "pop"', "12.345679"),
        (str(BEGIN), '"reference": "gw"', "12.345679"),
    ]


@given(
    st.sampled_from(reading.KINDS),
    st.text(),
    st.integers(1, 10**12 - 1),
    st.integers(0, 10**8) | st.decimals(0, 10**6, places=6).map(float),
    st.sampled_from([(", ", ": "), (",", ":")]),
)
def test_what_is_read_at_a_glance_is_what_is_read_with_care(
    kind: str, name: str, at: int, rtt_ms: float, separators: tuple[str, str]
) -> None:
    told = json.dumps({"at": at, kind: name, "outcome": "reply", "rtt_ms": rtt_ms}, separators=separators)
    match = reading.plain(told)
    if match is not None and match[2] in reading.spellings(kind, name):
        seen = Seen(kind, name, int(match[1]), Outcome.REPLY, float(match[3]) / 1000)
        assert seen == reading.parse(told)


@pytest.mark.parametrize(
    "told",
    [
        '{"at": 01, "link": "a", "outcome": "reply", "rtt_ms": 1.5}',
        '{"at": 1.0, "link": "a", "outcome": "reply", "rtt_ms": 1.5}',
        '{"at": -1, "link": "a", "outcome": "reply", "rtt_ms": 1.5}',
        '{"at": \u0661, "link": "a", "outcome": "reply", "rtt_ms": 1.5}',
        '{"at": 1, "link": "a", "outcome": "lost", "rtt_ms": 1.5}',
        '{"at": 1, "link": "a", "outcome": "reply"}',
        '{"at": 1, "link": "a", "outcome": "reply", "rtt_ms": 01.5}',
        '{"at": 1, "link": "a", "outcome": "reply", "rtt_ms": 1.}',
        '{"at": 1, "link": "a", "outcome": "reply", "rtt_ms": -1.5}',
        '{"at": 1, "link": "a", "outcome": "reply", "rtt_ms": 1e-06}',
        '{"at": 1, "link": "a", "outcome": "reply", "rtt_ms": NaN}',
        '{"at": 1, "link": "a\\"", "outcome": "reply", "rtt_ms": 1.5}',
        '{"at": 1, "link": "a", "outcome": "reply", "rtt_ms": 1.5} {}',
        '{"at": 1, "link": "a", "outcome": "reply", "rtt_ms": 1.5, "rtt": 1}',
    ],
)
def test_what_is_not_plain_is_not_read_at_a_glance(told: str) -> None:
    assert reading.plain(told) is None


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (line(BEGIN + 1_000), "slot 1769879800 of uji/primary lies before 1769880799, its last one"),
        (line(BEGIN + 1_000, rtt_ms=1.5), "slot 1769879800 of uji/primary lies before 1769880799, its last one"),
        (line(BEGIN, rtt_ms=1.5)[:-1], "this is no JSON object"),
        (line(BEGIN + 2_000, rtt_ms=1.5).replace("uji/", "lain/"), "link 'lain/primary' isn't in the inventory"),
        (
            '{"at": 1769878800, "link": "uji/primary", "boot_at": 5, "receive_bytes": 1, "transmit_bytes": 1}',
            "a poll of 1769878800 comes after slots of 1769880799",
        ),
    ],
)
def test_a_wrong_line_after_a_thousand_that_were_judged_together_is_named(told: str, words: str) -> None:
    message, _ = played(DISTRICT, [*calm(2_000), told])
    assert isinstance(message, str)
    assert message.startswith(f"seen.jsonl:4001: {words}")


def test_a_reply_of_a_calm_link_that_lies_behind_all_others_is_named() -> None:
    late = [told for told in calm(1_000) if "gw" in told]
    message, _ = played(DISTRICT, [*calm(500), *late[500:], line(BEGIN + 500, rtt_ms=1.5)])
    assert message == "seen.jsonl:1501: slot 1769879300 of uji/primary comes after slots of 1769879799; sort by time"


def test_an_instant_that_no_calendar_has_is_named_with_its_line() -> None:
    end = 253_402_300_800  # of the year 9999
    document = DISTRICT.replace("Asia/Jakarta", "UTC")
    message, _ = played(document, (line(at, rtt_ms=1.5) for at in range(end - 50, end + 50)))
    assert message == "seen.jsonl:53: year 10000 is out of range"


def test_a_text_that_cannot_be_decoded_is_no_wrong_line() -> None:
    def lines() -> Iterator[str]:
        yield from calm(10)
        b"\xff".decode()

    with pytest.raises(UnicodeDecodeError):
        played(DISTRICT, lines())


def test_empty_lines_count_as_lines_and_not_as_observations() -> None:
    done, _ = played(DISTRICT, ["\n", *calm(100), "  \n"])
    assert isinstance(done, Replayed)
    assert (done.observations, done.polls, done.settled_until) == (200, 0, BEGIN + 100)


@example(50, 150)
@given(st.integers(1, 99), st.integers(100, 300))
@settings(max_examples=10, deadline=None)
def test_a_second_line_of_a_slot_that_was_answered_changes_nothing(first: int, second: int) -> None:
    lines = list(calm(400))
    doubled = list(lines)
    for place in (second, first):
        doubled.insert(2 * place + 2, line(BEGIN + place, "lost"))
    done, rows = played(DISTRICT, doubled)
    assert isinstance(done, Replayed)
    assert done.observations == 802
    assert rows == played(DISTRICT, lines)[1]
