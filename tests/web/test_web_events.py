from __future__ import annotations

import gzip
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.web import events

TEXT = st.text(st.one_of(st.sampled_from("\r\n\u2028\x00:é🌧<>\"'"), st.characters()), max_size=50)


def test_an_event_has_its_name_its_version_and_one_line_of_data() -> None:
    assert events.event("change", {"a": "x\ny", "b": "é"}, "v1").plain.decode() == (
        'event: change\nid: v1\ndata: {"a":"x\\ny","b":"é"}\n\n'
    )


def test_an_event_without_a_version_leaves_the_readers_as_it_is() -> None:
    assert events.event("reload", {}).plain == b"event: reload\ndata: {}\n\n"
    assert events.beat().plain == b"event: beat\ndata: {}\n\n"


def test_a_stream_begins_with_how_soon_to_come_back() -> None:
    assert events.opening().plain == b"retry: 3000\n\n"


@given(st.dictionaries(TEXT, TEXT, max_size=4))
def test_any_text_is_one_event(data: dict[str, str]) -> None:
    written = events.event("change", data, "v").plain.decode()
    assert written.splitlines(keepends=False)[:2] == ["event: change", "id: v"]
    fields = written.split("\n")  # what ends a line of the stream; a bare CR would too
    assert "\r" not in written
    assert (len(fields), fields[3:]) == (5, ["", ""])
    wanted = {
        key.encode(errors="replace").decode(): text.encode(errors="replace").decode() for key, text in data.items()
    }
    assert json.loads(fields[2].removeprefix("data: ")) == wanted


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0), (1, 1, 1, 0)])
def test_a_compressed_stream_is_put_together_from_any_events(order: tuple[int, ...]) -> None:
    sent = [events.event("change", {"a": "halo " * 9000}, "1"), events.event("change", {"a": "x"}, "2"), events.beat()]
    packed = events.opening().packed + b"".join(sent[number].packed for number in order)
    wanted = events.opening().plain + b"".join(sent[number].plain for number in order)
    assert zlib.decompressobj(wbits=31).decompress(packed) == wanted


def test_each_event_can_be_read_as_soon_as_it_has_come() -> None:
    reader = zlib.decompressobj(wbits=31)
    for sent in (events.opening(), events.event("change", {"a": "x" * 100_000}, "1"), events.beat()):
        assert reader.decompress(sent.packed) == sent.plain


def test_a_long_event_is_much_shorter_compressed() -> None:
    sent = events.event("change", {str(n): "<td>Tersambung</td>" for n in range(500)}, "1")
    assert len(sent.packed) < len(sent.plain) / 5
    assert len(gzip.compress(sent.plain)) > 0
