from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from benchmarks.paging_faults import Scale
from benchmarks.paging_judge import Arrival, Firing, Message, Verdict, judge, summary, why
from exporter import inventory
from exporter.lab.reach import Reach
from exporter.lab.scenario import Kind, Thing
from exporter.lab.truth import Fact, Header, Truth
from exporter.model import Cause

DISTRICT = inventory.load(Path(__file__).parents[2] / "inventory.yaml")
CAUSES = {Thing.OFFICE: Cause.POWER, Thing.NODE: Cause.UPSTREAM, Thing.PROVIDER: Cause.PROVIDER}
NAMES = {"OfficeOffline": "opd", "NodeDown": "node", "ProviderOutage": "provider"}
SERAT = "ProviderOutage serat-nusantara"
DINSOS = "OfficeOffline dinsos"


def silence(thing: Thing, name: str, start: float, end: float) -> Fact:
    return Fact(name, Kind.CUT, start, end, CAUSES[thing], Reach(DISTRICT).silent(thing, name))


DINSOS_CUT = silence(Thing.OFFICE, "dinsos", 100, 200)
SERAT_FAILS = silence(Thing.PROVIDER, "serat-nusantara", 100, 200)
ISOLATED = Fact("monitor", Kind.ISOLATE, 100, 140)


def alert(what: str, began: float, status: str = "firing", severity: str = "page") -> dict[str, Any]:
    """An alert as a webhook gets it, from `OfficeOffline dinsos`."""
    name, _, of = what.partition(" ")
    labels = {"alertname": name, "severity": severity} | ({NAMES.get(name, "opd"): of} if of else {})
    stamp = datetime.fromtimestamp(began, UTC).isoformat().replace("+00:00", ".000000007Z")
    return {"status": status, "labels": labels, "startsAt": stamp}


def message(at: float, *alerts: Mapping[str, Any], group: str = "one") -> Message:
    return Message(at, {"receiver": "webhook", "groupKey": group, "alerts": list(alerts)})


def fires(at: float, what: str, began: float | None = None) -> Message:
    return message(at, alert(what, at - 7 if began is None else began), group=what)


def ends(at: float, what: str) -> Message:
    return message(at, alert(what, 0.0, "resolved"), group=what)


def judged(facts: Sequence[Fact], *messages: Message) -> Verdict:
    in_order = tuple(sorted(facts, key=lambda fact: fact.from_))
    return judge(Truth(Header("test", 1, "", 0.0), in_order, 1000.0), DISTRICT, messages)


def told(verdict: Verdict) -> dict[str, list[str]]:
    """Each fault that counts with its pages, the kept one first."""
    return {
        str(each.fault.subject): [str(page) for page in ([each.kept] if each.kept else []) + each.surplus]
        for each in verdict.faults
    }


def test_a_fault_with_its_page_and_its_end_is_all_there_must_be() -> None:
    verdict = judged([DINSOS_CUT], fires(125.5, DINSOS), ends(285, DINSOS))
    assert summary(verdict) == {
        "faults": 1,
        "paged": 1,
        "missed": 0,
        "pages": 1,
        "surplus": 0,
        "pages a fault": 1.0,
        "while isolated": 0,
        "median delay": 25.5,
        "longest delay": 25.5,
        "resolved": 1,
        "false resolves": 0,
        "tickets": 0,
        "tickets' messages": 0,
    }
    assert (verdict.delays(Scale.OFFICE), verdict.delays(Scale.NODE), verdict.never_resolved) == ([25.5], [], ())


@pytest.mark.parametrize(
    ("facts", "messages", "expected"),
    [
        # a repeat is none, and neither is an alert that was told of before in its group
        ([DINSOS_CUT], [fires(125, DINSOS), fires(160, DINSOS, 118)], {"office dinsos": [DINSOS]}),
        # after an end it is one again
        ([DINSOS_CUT], [fires(125, DINSOS), ends(150, DINSOS), fires(160, DINSOS)], {"office dinsos": [DINSOS] * 2}),
        ([DINSOS_CUT], [], {"office dinsos": []}),
        # what is below is of what is above, even where it comes late; what is above and comes first is kept
        (
            [SERAT_FAILS],
            [fires(120, "NodeDown pop-baros"), fires(122, SERAT), fires(250, DINSOS, 118)],
            {"provider serat-nusantara": [SERAT, "NodeDown pop-baros", DINSOS]},
        ),
        # another name for the same fault
        (
            [silence(Thing.NODE, "pop-ciruas", 100, 200)],
            [fires(120, SERAT)],
            {"node pop-ciruas": [SERAT]},
        ),
        # an office's own fault after its provider's is its page's, although its alert began before
        (
            [SERAT_FAILS, silence(Thing.OFFICE, "dinsos", 150, 300)],
            [fires(122, SERAT), fires(280, DINSOS, 118)],
            {"provider serat-nusantara": [SERAT], "office dinsos": [DINSOS]},
        ),
        # a fault that needs no page counts where one came
        ([silence(Thing.OFFICE, "dinsos", 100, 111)], [fires(125, DINSOS)], {"office dinsos": [DINSOS]}),
        ([silence(Thing.OFFICE, "dinsos", 100, 111)], [], {}),
        ([ISOLATED], [fires(128, "MonitorIsolated")], {"monitor": ["MonitorIsolated"]}),
    ],
)
def test_each_page_belongs_to_a_fault(
    facts: list[Fact], messages: list[Message], expected: dict[str, list[str]]
) -> None:
    assert told(judged(facts, *messages)) == expected


def test_two_offices_in_one_message_are_two_pages_and_one_more_joins_them_as_a_third() -> None:
    facts = [silence(Thing.OFFICE, name, 100, 200) for name in ("dinsos", "dinkes", "dlh")]
    first = message(125, alert(DINSOS, 118), alert("OfficeOffline dinkes", 118))
    second = message(156, alert(DINSOS, 118), alert("OfficeOffline dinkes", 118), alert("OfficeOffline dlh", 123))
    assert told(judged(facts, first, second)) == {
        "office dinsos": [DINSOS],
        "office dinkes": ["OfficeOffline dinkes"],
        "office dlh": ["OfficeOffline dlh"],
    }


def test_a_page_of_nothing_is_a_stray_and_one_of_something_else_does_not_tell_of_a_fault() -> None:
    verdict = judged([DINSOS_CUT], fires(125, "OfficeOffline dinkes"), fires(130, "MonitorDown"), fires(500, DINSOS))
    assert [str(page) for page in verdict.stray] == ["OfficeOffline dinkes", "MonitorDown", DINSOS]
    assert [str(fault.subject) for fault in verdict.missed] == ["office dinsos"]
    assert (verdict.pages, verdict.surplus) == (3, 3)


def test_while_the_monitor_is_cut_off_pages_of_what_began_before_are_none_of_it() -> None:
    before = silence(Thing.OFFICE, "dinsos", 80, 300)
    pages = [fires(110, DINSOS, 99), fires(120, SERAT), fires(128, "MonitorIsolated"), fires(144, "OfficeOffline dlh")]
    verdict = judged([before, ISOLATED], *pages)
    assert [str(page) for page in verdict.while_isolated] == [SERAT, "OfficeOffline dlh"]


def test_an_end_while_it_is_not_over_is_false() -> None:
    verdict = judged([DINSOS_CUT], fires(125, DINSOS), ends(199, DINSOS), fires(210, DINSOS), ends(220, DINSOS))
    assert [gone.at for each in verdict.paged for gone in each.false_resolves] == [199]
    assert verdict.never_resolved == ()


def test_a_page_that_nobody_said_was_over_is_named() -> None:
    assert [str(page) for page in judged([DINSOS_CUT], fires(125, DINSOS)).never_resolved] == [DINSOS]


def test_tickets_are_counted_apart() -> None:
    verdict = judged(
        [],
        message(130, alert("LinkDown setda", 100, severity="ticket"), alert("LinkDown dlh", 100, severity="ticket")),
        message(400, alert("LinkDown setda", 100, severity="ticket"), alert("LinkDown dlh", 100, severity="ticket")),
        message(400, alert("SnmpSilent dlh", 100, severity="ticket"), group="other"),
        message(400, alert("WebsiteStale dlh", 100, severity="info"), group="third"),
    )
    assert (verdict.tickets, verdict.ticket_messages, verdict.pages) == ({"LinkDown": 2, "SnmpSilent": 1}, 3, 0)


def test_why_a_page_was_one_too_many_is_told_by_what_fired_beside_it() -> None:
    (page,) = (page for each in judged([DINSOS_CUT], fires(160, DINSOS)).paged for page in each.pages)
    earlier = Arrival(130.0, 120.0, page.labels)
    assert why(page, [earlier, page], []) == "the same alert as 30 s before"
    firing = [
        Firing({"alertname": "ProviderOutage", "severity": "page", "provider": "a"}, ((0, 20), (120, 155), (165, 300))),
        Firing({"alertname": "LinkDown", "severity": "ticket", "opd": "dinsos"}, ((120, 300),)),
        Firing({"alertname": "OfficeOffline", "severity": "page", "opd": "dlh"}, ((120, 300),)),
    ]
    assert why(page, [page], firing) == (
        "ProviderOutage a fired from 40 s before it to 5 s before it;"
        " ProviderOutage a fired from 5 s after it to 140 s after it"
    )
    assert why(page, [page], []) == "nothing that silences fired within a minute of it"
