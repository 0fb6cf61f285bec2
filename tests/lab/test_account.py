from __future__ import annotations

import socket
from collections.abc import Mapping
from datetime import datetime
from itertools import islice

import pytest
from scenario_district import DISTRICT, LINKS, listed

from exporter.lab import seen
from exporter.lab.account import Account, Mark
from exporter.lab.conductor import Happening
from exporter.lab.plan import Episode, episodes
from exporter.lab.scenario import Kind, Thing
from exporter.lab.seen import Seen, SeenLink, SeenOutage

START = 1_770_000_000.0
UP = SeenLink("up", START - 900)
DOWN = SeenLink("down", START + 1, outage_is_open=True)
LINK = "dinkes/primary"


def clock(seconds: float) -> str:
    return f"{datetime.fromtimestamp(START + seconds).astimezone():%H:%M:%S}"


def says(
    at: float, links: Mapping[str, SeenLink] | None = None, *outages: SeenOutage, is_isolated: bool = False
) -> Seen:
    """What a monitor says so long after the start, all other links up."""
    return Seen(START + at, dict.fromkeys(LINKS, UP) | dict(links or {}), outages, is_isolated)


def outage(target: str, start: float, end: float | None = None, cause: str | None = None) -> SeenOutage:
    return SeenOutage(target, START + start, None if end is None else START + end, cause)


class Watched:
    """An account of one event's episodes, or of several events', which begin and end when they are told to."""

    def __init__(self, *events: str) -> None:
        self.account = Account(DISTRICT)
        self.episodes: list[Episode] = list(islice(episodes(listed(*events), DISTRICT, 1), len(events)))
        self.turn(0, began=0)

    def turn(self, number: int, *, began: float | None = None, ended: float | None = None) -> None:
        at = began if began is not None else ended
        assert at is not None
        self.account.add(Happening(self.episodes[number], START + at, is_beginning=began is not None))

    def verdict(self, at: float, seen: Seen | None, number: int = 0) -> tuple[Mark, str]:
        """The verdict on one of the entries, after a look so long after the start."""
        self.account.look(seen, START + at)
        found = self.account.entries[number].verdict
        return found.mark, found.words


CUT = "at: 0s, cut: dinkes/primary, for: 40s"


def test_a_cut_waits_for_the_rule_and_is_right_once_the_link_is_down() -> None:
    watched = Watched(CUT)
    assert watched.verdict(8, says(8)) == (Mark.WAITING, "silent, and an outage after 10 s")
    assert watched.verdict(12, says(12, {LINK: DOWN}, outage(LINK, 1))) == (Mark.RIGHT, f"down since {clock(1)}")
    watched.turn(0, ended=40)
    assert watched.verdict(52, says(52, {}, outage(LINK, 1, 41))) == (Mark.RIGHT, f"down from {clock(1)} for 40 s")


def test_the_causes_that_the_monitor_found_stand_with_an_outage_that_is_over() -> None:
    watched = Watched(CUT)
    watched.verdict(12, says(12, {LINK: "down"}, outage(LINK, 1)))
    ended = outage(LINK, 1, 41, "link")
    assert watched.verdict(52, says(52, {}, ended))[1] == f"down from {clock(1)} for 40 s: link"


def test_what_is_settled_is_looked_at_no_longer() -> None:
    watched = Watched(CUT)
    watched.turn(0, ended=40)
    watched.verdict(52, says(52, {}, outage(LINK, 1, 41)))
    assert watched.account.look(says(120), START + 120) == []


def test_only_what_has_changed_is_told() -> None:
    watched = Watched(CUT)
    first = watched.account.look(says(12, {}, outage(LINK, 1)), START + 12)
    again = watched.account.look(says(14, {}, outage(LINK, 1)), START + 14)
    assert ([str(entry) for entry in first], again) == (["link dinkes/primary is cut"], [])


def test_a_cut_that_the_monitor_does_not_see_is_wrong() -> None:
    watched = Watched(CUT)
    assert watched.verdict(23, says(23)) == (Mark.WRONG, "0 of 1 seen")


def test_an_outage_of_before_is_not_taken_for_it() -> None:
    watched = Watched(CUT)
    assert watched.verdict(23, says(23, {}, outage(LINK, -90, -30)))[0] is Mark.WRONG


def test_a_short_silence_is_right_without_an_outage_and_wrong_with_one() -> None:
    watched = Watched("at: 0s, cut: dinkes/primary, for: 4s")
    watched.turn(0, ended=4)
    assert watched.verdict(6, says(6)) == (Mark.RIGHT, "no outage: shorter than 10 s")
    assert watched.verdict(14, says(14, {LINK: DOWN}, outage(LINK, 1)))[0] is Mark.WRONG


def test_a_short_silence_within_another_is_no_error() -> None:
    watched = Watched(CUT, "at: 5s, flap: dinkes/primary, for: 4s, period: 4s, down: 99%")
    watched.turn(1, began=5)
    watched.turn(1, ended=9)
    assert watched.verdict(14, says(14, {LINK: DOWN}, outage(LINK, 1)), 1) == (Mark.RIGHT, f"down since {clock(1)}")


def test_a_node_takes_its_links_with_it() -> None:
    watched = Watched("at: 0s, fail: pop, for: 60s")
    targets = ("dinkes/primary", "setda/primary", "pop", "far")
    some = says(12, {}, *(outage(target, 1) for target in targets[:2]))
    assert watched.verdict(12, some) == (Mark.WAITING, "silent, and an outage after 10 s")
    every = [outage(target, 1) for target in targets]
    assert watched.verdict(14, says(14, {}, *every)) == (Mark.RIGHT, f"2 links and 2 nodes down since {clock(1)}")


@pytest.mark.parametrize("deed", ["isolate", "kill"])
def test_what_the_monitor_could_not_see_is_not_held_against_it(deed: str) -> None:
    watched = Watched(CUT, f"at: 2s, {deed}: monitor, for: 30s")
    watched.turn(1, began=2)
    assert watched.verdict(25, says(25)) == (Mark.UNSEEN, "not to be seen: the monitor was blind meanwhile")


def test_a_kill_is_told_by_how_long_nobody_measured() -> None:
    watched = Watched("at: 0s, kill: monitor, for: 8s")
    assert watched.verdict(2, None) == (Mark.WAITING, "not running: nobody measures")
    watched.turn(0, ended=8)
    assert watched.verdict(9, None)[0] is Mark.WAITING
    assert watched.verdict(11, says(11)) == (Mark.RIGHT, "runs again; 8 s and some unmeasured")


def test_while_the_monitor_does_not_answer_a_verdict_stays() -> None:
    watched = Watched(CUT)
    right = watched.verdict(12, says(12, {}, outage(LINK, 1)))
    assert watched.verdict(14, None) == right


def test_an_isolation_is_right_once_the_monitor_knows() -> None:
    watched = Watched("at: 0s, isolate: monitor, for: 30s")
    assert watched.verdict(1, says(1)) == (Mark.WAITING, "waiting for its references")
    assert watched.verdict(4, says(4, is_isolated=True)) == (Mark.RIGHT, "knows that it is cut off: nobody is charged")
    watched.turn(0, ended=30)
    assert watched.verdict(35, says(35)) == (Mark.RIGHT, "knew that it was cut off: nobody is charged")


def test_a_reference_that_dies_is_nobodys_outage() -> None:
    watched = Watched("at: 0s, cut: random reference, for: 30s")
    assert watched.verdict(15, says(15)) == (Mark.RIGHT, "nobody's outage: the offices answer")
    assert watched.verdict(16, says(16, is_isolated=True))[0] is Mark.UNSEEN


def test_an_impaired_link_is_degraded_or_stays_within_its_limits() -> None:
    worse = {LINK: SeenLink("degraded", START + 20)}
    watched = Watched("at: 0s, degrade: dinkes/primary, for: 60s, loss: 20%")
    assert watched.verdict(10, says(10)) == (Mark.WAITING, "available so far")
    assert watched.verdict(22, says(22, worse)) == (Mark.RIGHT, f"degraded since {clock(20)}")
    assert watched.verdict(50, says(50)) == (Mark.RIGHT, "was degraded")
    other = Watched("at: 0s, degrade: dinkes/primary, for: 60s, loss: 3%")
    other.turn(0, ended=60)
    assert other.verdict(64, says(64)) == (Mark.RIGHT, "stayed within its limits")


MOVE = Episode(Kind.MOVE, Thing.LINK, "arsip/primary", 0, 0)


def moved(at: float, seen: Seen) -> tuple[Mark, str]:
    account = Account(DISTRICT)
    entry = account.add(Happening(MOVE, START, is_beginning=True))
    account.look(seen, START + at)
    return entry.verdict.mark, entry.verdict.words


def test_a_name_that_moves_is_right_once_no_outage_came_of_it() -> None:
    assert moved(1, says(1)) == (Mark.WAITING, "no outage so far")
    assert moved(23, says(23)) == (Mark.RIGHT, "answers at its new address")
    assert moved(23, says(23, {"arsip/primary": SeenLink("unmeasured")})) == (Mark.WAITING, "no answer yet")


def test_a_moved_name_that_is_taken_for_down_is_wrong() -> None:
    assert moved(14, says(14, {}, outage("arsip/primary", 1))) == (Mark.WRONG, "takes 1 target for down")


def test_what_took_a_moment_is_over_at_once() -> None:
    assert Account(DISTRICT).add(Happening(MOVE, START, is_beginning=True)).ended_at == START


@pytest.mark.parametrize("deed", ["reboot: dinkes/primary", "mute: dinkes/primary, for: 60s"])
def test_what_befalls_a_router_is_right_while_its_link_answers_and_wrong_where_it_is_taken_for_down(deed: str) -> None:
    watched = Watched(f"at: 0s, {deed}")
    assert watched.verdict(2, says(2)) == (Mark.RIGHT, "nobody's outage: echoes go on")
    assert watched.verdict(2, says(2, {LINK: DOWN}, outage(LINK, 1))) == (Mark.WRONG, "takes 1 target for down")


def test_an_impaired_link_that_is_taken_for_down_is_wrong() -> None:
    watched = Watched("at: 0s, degrade: dinkes/primary, for: 60s, loss: 20%")
    assert watched.verdict(20, says(20, {LINK: DOWN}, outage(LINK, 5))) == (Mark.WRONG, "takes 1 target for down")


def test_an_outage_of_an_impaired_link_that_is_also_cut_is_not() -> None:
    watched = Watched("at: 0s, degrade: dinkes/primary, for: 60s, loss: 20%", CUT.replace("0s", "5s", 1))
    watched.turn(1, began=5)
    assert watched.verdict(20, says(20, {LINK: DOWN}, outage(LINK, 5)))[0] is Mark.WAITING


def test_a_link_that_answers_again_and_stays_down_is_wrong() -> None:
    watched = Watched(CUT)
    watched.turn(0, ended=40)
    assert watched.verdict(55, says(55, {LINK: DOWN}, outage(LINK, 1)))[0] is Mark.RIGHT
    late = watched.verdict(64, says(64, {LINK: DOWN}, outage(LINK, 1)))
    assert late == (Mark.WRONG, f"down since {clock(1)}, though it answers")


def test_an_isolation_that_is_never_seen_is_wrong_unless_it_was_too_short() -> None:
    watched = Watched("at: 0s, isolate: monitor, for: 30s")
    watched.turn(0, ended=30)
    assert watched.verdict(43, says(43)) == (Mark.WRONG, "didn't see that it was cut off")
    short = Watched("at: 0s, isolate: monitor, for: 3s")
    short.turn(0, ended=3)
    assert short.verdict(16, says(16)) == (Mark.RIGHT, "too short to be known, and no outage")


def test_an_outage_while_a_reference_is_dead_is_wrong_where_nothing_explains_it() -> None:
    watched = Watched("at: 0s, cut: random reference, for: 30s")
    assert watched.verdict(15, says(15, {}, outage(LINK, 2))) == (Mark.WRONG, "takes 1 target for down")


def test_what_goes_on_is_kept_however_much_happens_meanwhile() -> None:
    account = Account(DISTRICT)
    (cut,) = islice(episodes(listed(CUT), DISTRICT, 1), 1)
    first = account.add(Happening(cut, START, is_beginning=True))
    for number in range(300):
        account.add(Happening(MOVE, START + number, is_beginning=True))
    assert account.add(Happening(cut, START + 400, is_beginning=False)) is first
    assert len(account.entries) == 200


def test_losses_by_chance_are_no_outage() -> None:
    account = Account(DISTRICT)
    (background,) = islice(episodes(listed(top="loss: 2%"), DISTRICT, 1), 1)
    account.add(Happening(background, START, is_beginning=True))
    account.look(says(5), START + 5)
    assert account.entries[0].verdict.words == "losses by chance are no outage"


def test_an_end_without_a_beginning_is_an_error() -> None:
    (cut,) = islice(episodes(listed(CUT), DISTRICT, 1), 1)
    with pytest.raises(ValueError, match=r"^what never began can't end: over: link dinkes/primary is cut$"):
        Account(DISTRICT).add(Happening(cut, START, is_beginning=False))


def link_document(state: str, *, since: str | None = "2026-02-02T09:40:01+07:00", is_open: bool = False) -> object:
    return {"link": f"kantor/{state}", "state": state, "since": since, "outage_open": is_open}


def test_what_the_api_says_is_read() -> None:
    links = {
        "time": "2026-02-02T09:40:20+07:00",
        "monitor": {"isolated": None},
        "links": [link_document("down", is_open=True), link_document("unmeasured", since=None)],
    }
    outages = {
        "outages": [
            {
                "link": None,
                "node": "pop",
                "start": "2026-02-02T09:39:00+07:00",
                "end": "2026-02-02T09:39:30+07:00",
                "cause": None,
            }
        ]
    }
    found = seen.parse(links, outages)
    assert found == Seen(
        START + 20,
        {"kantor/down": SeenLink("down", START + 1, outage_is_open=True), "kantor/unmeasured": SeenLink("unmeasured")},
        (SeenOutage("pop", START - 60, START - 30), SeenOutage("kantor/down", START + 1)),
    )
    assert str(found) == "0 of 1 links up, 1 unmeasured, 1 outage open"


@pytest.mark.parametrize(
    ("links", "words"),
    [
        ({}, "0 of 0 links up, none measured yet, no outages open"),
        ({"a": UP, "b": SeenLink("degraded", START)}, "2 of 2 links up, 1 degraded, no outages open"),
        ({"a": DOWN, "b": DOWN, "c": UP}, "1 of 3 links up, 2 outages open"),
    ],
)
def test_what_is_seen_reads_as_a_sentence(links: dict[str, SeenLink], words: str) -> None:
    assert str(Seen(START, links)) == words
    assert str(Seen(START, links, is_isolated=True)) == f"{words}; cut off itself"


def test_a_monitor_that_does_not_answer_says_nothing() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        assert seen.read(f"http://127.0.0.1:{silent.getsockname()[1]}") is None
