from __future__ import annotations

import json
from array import array
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from metrics_snapshots import POLLED, TODAY, make_link_status, make_snapshot, snapshots
from monitor_fakes import make_inventory, make_link

from exporter.judgement import Left
from exporter.linkstate import advance
from exporter.model import Contract, Medium
from exporter.observation import Observation, Outcome, SnmpFailure, SnmpStatus
from exporter.snapshot import Snapshot
from exporter.status.document import standing
from exporter.target import JudgedTarget
from exporter.timeline import State
from exporter.web import api
from exporter.web.history import CELL_SECONDS, CELLS, Past, Strip, half_hours
from exporter.web.lists import List, keyed
from exporter.web.questions import Paging

JAKARTA = ZoneInfo("Asia/Jakarta")
NOW = 1_770_000_300  # a quarter of an hour into a half hour
CELL = 1_770_000_000 - 1_770_000_000 % CELL_SECONDS
START = CELL - 47 * CELL_SECONDS


def test_a_link_is_given_with_all_that_is_known_of_it() -> None:
    link = make_link(parent="pop", medium=Medium.FIBRE, contracts=(Contract(download_bps=100_000_000),))
    polled = replace(POLLED, receive_bytes_per_second=6_250_000.0, transmit_bytes_per_second=1.0)
    status = replace(
        make_link_status(link, State.DEGRADED, in_maintenance=True, snmp=polled), loss_ratio=1 / 3, explained=None
    )
    strip = Strip(half_hours(NOW), {state: array("i", [number] * CELLS) for number, state in enumerate(State)})
    assert api.link(status, make_inventory(link), Past(strip, strip), TODAY) == {
        "link": "dinkes/primary",
        "office": "dinkes",
        "office_name": "Kantor dinkes",
        "district": "Ciruas",
        "name": "primary",
        "provider": "isp",
        "node": "pop",
        "medium": "fibre",
        "state": "degraded",
        "in_maintenance": True,
        "outage_open": False,
        "since": "2026-02-02T09:40:00+07:00",
        "rtt_last_seconds": 0.006,
        "rtt_variation_seconds": 0.002,
        "loss_ratio": 0.333333,
        "contract_use": {"receive": 0.5, "transmit": None},
        "saturated": True,
        "explained": None,
        "snmp": {"up": True, "reason": None, "text": None},
        "last_24_hours": {
            "start": api.instant(START, JAKARTA),
            "cell_seconds": 1800,
            "up": [0] * 48,
            "degraded": [1] * 48,
            "down": [2] * 48,
            "unmeasured": [3] * 48,
        },
    }


def test_what_is_not_known_of_a_link_is_null() -> None:
    link = make_link()
    status = replace(make_link_status(link, State.UNMEASURED, rtts=()), state_since=None)
    given_link = api.link(status, make_inventory(link), None, TODAY)
    unknown = {name for name, value in given_link.items() if value is None}
    assert unknown == {
        "node", "since", "rtt_last_seconds", "rtt_variation_seconds", "loss_ratio", "saturated", "explained",
        "last_24_hours",
    }  # fmt: skip


def test_an_open_outage_shows_what_it_looks_like_so_far() -> None:
    link = make_link()
    given_link = api.link(make_link_status(link, State.DOWN), make_inventory(link), None, TODAY)
    assert given_link["explained"] == {"cause": "upstream", "last_hop": "192.0.2.2"}


def test_of_a_link_that_is_down_no_use_is_told() -> None:
    link = make_link()
    polled = replace(POLLED, receive_bytes_per_second=1.0, transmit_bytes_per_second=1.0)
    given_link = api.link(make_link_status(link, State.DOWN, snmp=polled), make_inventory(link), None, TODAY)
    assert given_link["contract_use"] == {"receive": None, "transmit": None}


def test_a_device_that_gives_nothing_is_told_with_the_reason() -> None:
    link = make_link()
    silent = SnmpStatus(is_up=False, reason=SnmpFailure.TIMEOUT, text="no answer")
    given_link = api.link(make_link_status(link, snmp=silent), make_inventory(link), None, TODAY)
    assert given_link["snmp"] == {"up": False, "reason": "timeout", "text": "no answer"}
    assert api.link(make_link_status(link, snmp=None), make_inventory(link), None, TODAY)["snmp"] is None


@pytest.mark.parametrize(
    ("state", "was_full", "said"),
    [
        (State.DEGRADED, True, True),
        (State.DEGRADED, False, False),
        (State.DEGRADED, None, None),
        (State.UP, True, None),
        (State.DOWN, True, None),
    ],
)
def test_saturation_is_said_of_degraded_links_alone(state: State, was_full: bool | None, said: bool | None) -> None:  # noqa: FBT001
    link = make_link()
    status = replace(make_link_status(link, state), was_full=was_full)
    assert api.link(status, make_inventory(link), None, TODAY)["saturated"] is said


@given(snapshots())
def test_any_snapshot_is_a_document_that_the_terminal_understands(snapshot: Snapshot) -> None:
    links = [replace(status, state_since=status.state_since and status.state_since % NOW) for status in snapshot.links]
    snapshot = replace(snapshot, links=tuple(links))

    inventory = snapshot.inventory
    links = (api.link(status, inventory, None, snapshot.today) for status in snapshot.links)
    head = api.district(inventory.organisation, NOW) | {"monitor": api.monitor(snapshot.monitor)}
    document = json.loads(List.of("/api/v1/links", head, "links", keyed(links, "link")).page({}, Paging()).body)
    assert document["organisation"] == "Uji"
    read = standing(document, {"outages": []})
    assert [link.link_id for link in read.links] == [status.link.id for status in snapshot.links]
    assert [link.state for link in read.links] == [status.state for status in snapshot.links]


def test_the_loss_is_of_the_window_that_degraded_is_judged_by_with_the_slots_taken_together() -> None:
    target = JudgedTarget(make_link(), Left(), 600)
    for slot in range(10):
        outcome = Outcome.LOST if slot == 3 else Outcome.REPLY
        rtt_seconds = None if slot == 3 else 0.004
        target.judged.track = advance(target.judged.track, Observation(slot, outcome, rtt_seconds)).track
        target.judged.runs.add(slot, outcome)
    target.settle_down()
    ratios = {}
    for slot in range(10, 304):
        target.take_calm(slot, 0.004)
        status = target.status(make_link(), dict.fromkeys(State, 0), in_maintenance=False)
        ratios[slot + 1] = status.loss_ratio
    assert (ratios[20], ratios[300], ratios[303], ratios[304]) == (1 / 20, 1 / 300, 1 / 300, 0)


def test_a_link_that_is_down_has_no_loss() -> None:
    target = JudgedTarget(make_link(), Left(), 600)
    for slot in range(3):
        target.judged.track = advance(target.judged.track, Observation(slot, Outcome.LOST)).track
    status = target.status(make_link(), dict.fromkeys(State, 0), in_maintenance=False)
    assert (status.state, status.loss_ratio) == (State.DOWN, None)


def test_a_website_is_told_with_why_it_isnt_active_in_both_languages() -> None:
    snapshot = make_snapshot(State.DOWN)
    (status,) = snapshot.websites
    told = api.website(status, snapshot.inventory, 1_770_000_000)
    office = snapshot.inventory.offices["dinkes"]
    assert told == {
        "office": "dinkes",
        "office_name": office.name,
        "district": office.district,
        "url": "https://dinkes.example/",
        "update_every": "week",
        "note": None,
        "activity": "inactive",
        "since": "2026-01-21T19:53:20+07:00",
        "reason": {
            "fault": "tls_expired",
            "detail": "",
            "id": "sertifikat keamanan kedaluwarsa",
            "en": "security certificate expired",
        },
        "checked": {
            "at": "2026-02-02T09:40:00+07:00",
            "http_status": 200,
            "response_seconds": 0.25,
            "tls_not_after": "2026-05-29T03:26:40+07:00",
            "addresses": ["https://dinkes.example/"],
        },
        "published": {
            "at": "2026-02-01T05:53:20+07:00",
            "day_only": False,
            "source": "feed",
            "address": None,
        },
        "age_seconds": 100_000,
        "standing": "on_time",
        "looked": {"at": "2026-02-02T09:40:00+07:00", "obstacle": None},
    }


def test_a_website_of_which_nothing_is_known_says_so() -> None:
    snapshot = make_snapshot()
    status = replace(snapshot.websites[0], run=None, check=None, look=None)
    told = api.website(status, snapshot.inventory, 1_770_000_000)
    unknown = ("since", "reason", "checked", "published", "age_seconds", "looked")
    assert (told["activity"], told["standing"]) == ("unmeasured", "unknown")
    assert {name: told[name] for name in unknown} == dict.fromkeys(unknown)
