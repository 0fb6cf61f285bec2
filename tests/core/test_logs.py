from __future__ import annotations

import json
import logging
import sys

from exporter.logs import JsonFormatter


def formatted(message: str, *arguments: object, exc_info: object = None) -> dict[str, str]:
    record = logging.LogRecord("exporter", logging.WARNING, "", 0, message, arguments, exc_info)  # type: ignore[arg-type]
    record.created = 1_770_000_000.5
    line = JsonFormatter().format(record)
    assert "\n" not in line
    return json.loads(line)  # type: ignore[no-any-return]


def test_an_events_fields_are_keys() -> None:
    assert formatted("outage_began link=%s at=%s", "dinkes/primary", "2026-02-02T00:00:00+00:00") == {
        "time": "2026-02-02T02:40:00.500+00:00",
        "level": "warning",
        "event": "outage_began",
        "link": "dinkes/primary",
        "at": "2026-02-02T00:00:00+00:00",
    }


def test_a_fields_text_goes_on_to_the_next_field() -> None:
    found = formatted("ledger_not_writable error=disk is full; free some space path=/x")
    assert (found["error"], found["path"]) == ("disk is full; free some space", "/x")


def test_free_text_is_last_and_whole() -> None:
    found = formatted("snmp_down link=%s text=%s", "dinkes/primary", "no interface 'wan up=1'; it has lan=2")
    assert found["text"] == "no interface 'wan up=1'; it has lan=2"
    assert set(found) == {"time", "level", "event", "link", "text"}


def test_words_without_a_key_are_the_message_and_no_field_replaces_the_events_own() -> None:
    found = formatted('reload_failed the inventory stays: "x" level=11')
    assert (found["event"], found["message"]) == ("reload_failed", 'the inventory stays: "x"')
    assert found["level"] == "warning"


def test_what_was_raised_is_told_in_the_same_line() -> None:
    try:
        int("salah")
    except ValueError:
        assert "'salah'" in formatted("internal_error", exc_info=sys.exc_info())["exception"]
