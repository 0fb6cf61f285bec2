from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator

import pytest
from fake_time import FakeTime

from exporter.model import Family, Inventory, Link, Office, Organisation, Snmp
from exporter.names import Names, hosts, look_up


class Answers(dict):
    """A resolver that a test fills; `hold` makes a name hang until released."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.held: dict[str, threading.Event] = {}

    def __call__(self, host: str, family: Family | None) -> str:
        self.asked.append(host)
        if host in self.held:
            self.held[host].wait(10)
        if host not in self:
            raise OSError("Name or service not known")
        return self[host] if family is None else self[f"{host} {family.value}"]


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
async def names(time: FakeTime, answers: Answers) -> AsyncIterator[Names]:
    names = Names(look_up=answers, sleep=time.sleep, monotonic=time.monotonic)
    yield names
    for event in answers.held.values():
        event.set()
    await names.settled()
    await names.stop()


async def next_round(names: Names, time: FakeTime) -> None:
    await time.advance(60.0)
    await names.settled()


@pytest.mark.parametrize("literal", ["198.18.0.1", "2001:db8::1"])
async def test_literals_pass_at_once_and_are_never_looked_up(names: Names, answers: Answers, literal: str) -> None:
    names.start([(literal, None)])
    assert names.address_of(literal) == literal
    await names.settled()
    assert answers.asked == []


async def test_a_name_is_unknown_until_it_is_found(names: Names, answers: Answers) -> None:
    answers["dinkes.example"] = "198.18.10.1"
    names.start([("dinkes.example", None)])
    assert names.address_of("dinkes.example") is None
    await names.settled()
    assert names.address_of("dinkes.example") == "198.18.10.1"


async def test_a_name_is_looked_up_again_each_minute(names: Names, answers: Answers, time: FakeTime) -> None:
    answers["dinkes.example"] = "198.18.10.1"
    names.start([("dinkes.example", None)])
    await names.settled()
    answers["dinkes.example"] = "198.18.10.2"
    assert names.address_of("dinkes.example") == "198.18.10.1"
    await next_round(names, time)
    assert names.address_of("dinkes.example") == "198.18.10.2"
    await time.advance(59.0)
    assert len(answers.asked) == 2


async def test_the_last_good_answer_is_kept_while_look_ups_fail_and_told_once(
    names: Names, answers: Answers, time: FakeTime, caplog: pytest.LogCaptureFixture
) -> None:
    answers["dinkes.example"] = "198.18.10.1"
    names.start([("dinkes.example", None)])
    await names.settled()
    del answers["dinkes.example"]
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await next_round(names, time)
    assert names.address_of("dinkes.example") == "198.18.10.1"
    assert [record.getMessage() for record in caplog.records] == [
        "address of dinkes.example not found (Name or service not known), using 198.18.10.1"
    ]


async def test_a_name_that_hangs_harms_nobody_and_is_not_asked_twice(
    names: Names, answers: Answers, time: FakeTime
) -> None:
    answers.held["hangs.example"] = threading.Event()
    answers["dinkes.example"] = "198.18.10.1"
    names.start([("hangs.example", None), ("dinkes.example", None)])
    await asyncio.wait({names._asking["dinkes.example", None]})
    await time.advance(180.0)
    assert answers.asked.count("hangs.example") == 1


async def test_a_name_has_an_address_for_each_family(names: Names, answers: Answers) -> None:
    answers |= {"dinkes.example": "198.18.10.1", "dinkes.example ipv6": "2001:db8::1"}
    names.start([("dinkes.example", None), ("dinkes.example", Family.IPV6)])
    await names.settled()
    assert names.address_of("dinkes.example") == "198.18.10.1"
    assert names.address_of("dinkes.example", Family.IPV6) == "2001:db8::1"


async def test_a_reload_asks_for_new_names_at_once_and_forgets_gone_ones(names: Names, answers: Answers) -> None:
    answers |= {"old.example": "198.18.10.1", "new.example": "198.18.10.2", "kept.example": "198.18.10.3"}
    names.start([("old.example", None), ("kept.example", None)])
    await names.settled()
    names.reload([("new.example", None), ("kept.example", None)])
    await names.settled()
    assert names.address_of("old.example") is None
    assert names.address_of("new.example") == "198.18.10.2"
    assert answers.asked.count("kept.example") == 1


async def test_a_doubted_name_is_looked_up_at_once_and_each_3_seconds_at_most(
    names: Names, answers: Answers, time: FakeTime
) -> None:
    answers |= {"dinkes.example": "198.18.10.1", "setda.example": "198.18.11.1"}
    names.start([("dinkes.example", None), ("setda.example", None)])
    await names.settled()
    answers["dinkes.example"] = "198.18.10.2"
    for _ in range(59):
        await time.advance(0.1)
        names.doubt("dinkes.example", None)
        await names.settled()
    assert names.address_of("dinkes.example") == "198.18.10.2"
    assert answers.asked.count("dinkes.example") == 2
    await time.advance(0.1)
    names.doubt("dinkes.example", None)
    await names.settled()
    assert (answers.asked.count("dinkes.example"), answers.asked.count("setda.example")) == (3, 1)


async def test_a_name_that_stays_silent_is_asked_for_no_oftener_than_the_others(
    names: Names, answers: Answers, time: FakeTime
) -> None:
    answers["dinkes.example"] = "198.18.10.1"
    names.start([("dinkes.example", None)])
    await names.settled()
    for _ in range(600):
        await time.advance(1.0)
        names.doubt("dinkes.example", None)
        await names.settled()
    assert answers.asked.count("dinkes.example") <= 1 + 10 + 600 // 60
    await time.advance(120.0)
    before = answers.asked.count("dinkes.example")
    names.doubt("dinkes.example", None)
    await time.advance(3.0)
    names.doubt("dinkes.example", None)
    await names.settled()
    assert answers.asked.count("dinkes.example") > before


async def test_a_lossy_name_that_moves_is_followed_all_the_same(names: Names, answers: Answers, time: FakeTime) -> None:
    answers["dinkes.example"] = "198.18.10.1"
    names.start([("dinkes.example", None)])
    await names.settled()
    for second in range(100):
        await time.advance(1.0)
        if second % 3 == 0:
            names.doubt("dinkes.example", None)
            await names.settled()
    answers["dinkes.example"] = "198.18.10.2"
    for _ in range(4):
        await time.advance(1.0)
        names.doubt("dinkes.example", None)
        await names.settled()
    assert names.address_of("dinkes.example") == "198.18.10.2"


async def test_a_doubted_name_that_is_not_found_keeps_its_address(
    names: Names, answers: Answers, time: FakeTime
) -> None:
    answers["dinkes.example"] = "198.18.10.1"
    names.start([("dinkes.example", None)])
    await names.settled()
    del answers["dinkes.example"]
    await time.advance(3.0)
    names.doubt("dinkes.example", None)
    await names.settled()
    assert (names.address_of("dinkes.example"), len(answers.asked)) == ("198.18.10.1", 2)


async def test_a_doubted_name_that_hangs_is_not_asked_twice(names: Names, answers: Answers, time: FakeTime) -> None:
    answers.held["hangs.example"] = threading.Event()
    names.start([("hangs.example", None)])
    for _ in range(5):
        await time.advance(4.0)
        names.doubt("hangs.example", None)
    answers.held["hangs.example"].set()
    await names.settled()
    assert answers.asked == ["hangs.example"]


async def test_a_name_that_went_and_came_while_it_hung_can_be_doubted(
    names: Names, answers: Answers, time: FakeTime
) -> None:
    answers.held["hangs.example"] = threading.Event()
    names.start([("hangs.example", None)])
    await time.advance(1.0)
    names.reload([])
    names.reload([("hangs.example", None)])
    names.doubt("hangs.example", None)
    answers.held["hangs.example"].set()
    await names.settled()
    assert answers.asked == ["hangs.example"]


@pytest.mark.parametrize("host", ["198.18.0.1", "gone.example"])
async def test_an_address_or_a_name_that_nobody_wants_is_not_doubted(
    names: Names, answers: Answers, time: FakeTime, host: str
) -> None:
    names.start([("198.18.0.1", None)])
    await time.advance(4.0)
    names.doubt(host, None)
    await names.settled()
    assert answers.asked == []


async def test_a_label_that_is_too_long_is_a_failed_look_up(time: FakeTime) -> None:
    names = Names(sleep=time.sleep)
    names.start([("a" * 70 + ".example", None)])
    await names.settled()
    assert names.address_of("a" * 70 + ".example") is None
    await names.stop()


def test_localhost_has_its_ipv4_address_first() -> None:
    assert look_up("localhost", None) == "127.0.0.1"


def test_links_and_their_devices_are_wanted(link: Link) -> None:
    office = Office("dinkes", "Dinas Kesehatan", "Ciruas", (link,))
    inventory = Inventory(
        Organisation("Kabupaten", None),
        offices={"dinkes": office},
    )
    assert hosts(inventory) == {("dinkes.example", Family.IPV6), ("router.example", Family.IPV6)}


@pytest.fixture
def link() -> Link:
    snmp = Snmp("ether1", address="router.example")
    return Link("dinkes", "primary", "dinkes.example", "serat", (), family=Family.IPV6, snmp=snmp)
