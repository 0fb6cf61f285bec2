"""Addresses of websites' names, and the word of a resolver that has failed."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from exporter.sites import resolving
from exporter.sites.resolving import Resolver


class Names:
    """Names with addresses; every other one isn't found, or not for now where `is_down`. `asked` has each look-up."""

    def __init__(self, *known: str, is_down: bool = False) -> None:
        self.known = set(known)
        self.is_down = is_down
        self.asked: list[str] = []

    def __call__(self, host: str) -> list[str]:
        self.asked.append(host)
        if self.is_down:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        if host not in self.known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return ["192.0.2.7"]


async def test_a_name_has_its_addresses_and_another_none() -> None:
    resolver = Resolver(Names("a.example"))
    assert await resolver.addresses("a.example") == ["192.0.2.7"]
    with pytest.raises(socket.gaierror):
        await resolver.addresses("b.example")


async def test_the_machines_own_resolver_knows_localhost_with_ipv4_first() -> None:
    assert (await Resolver().addresses("localhost"))[0] == "127.0.0.1"


async def test_what_is_no_name_at_all_is_an_error() -> None:
    with pytest.raises((OSError, UnicodeError)):
        await Resolver().addresses("a" * 70 + ".example")


async def test_that_there_is_no_such_name_is_an_answer_though_it_is_all_names() -> None:
    names = Names()
    resolver = Resolver(names)
    resolver.watch(["a.kab.example", "b.kab.example", "c.kab.example"])
    assert not await resolver.has_failed("a.kab.example", is_temporary=False)
    assert names.asked == []


async def test_a_resolver_that_answers_for_another_name_has_not_failed_and_one_that_is_down_has() -> None:
    names = Names("a.example")
    resolver = Resolver(names)
    resolver.watch(["a.example", "b.example"])
    await resolver.addresses("a.example")
    assert not await resolver.has_failed("b.example", is_temporary=True)
    names.known.clear()
    assert not await resolver.has_failed("b.example", is_temporary=True), "it says that there is none"
    names.is_down = True
    assert await resolver.has_failed("b.example", is_temporary=True)


async def test_names_that_were_found_before_tell_of_the_resolver_first() -> None:
    names = Names("a.example")
    resolver = Resolver(names)
    resolver.watch(["gone1.example", "gone2.example", "gone3.example", "a.example", "b.example"])
    await resolver.addresses("a.example")
    names.asked.clear()
    assert not await resolver.has_failed("b.example", is_temporary=True)
    assert names.asked == ["a.example"]


async def test_at_the_start_any_other_name_tells_of_it() -> None:
    resolver = Resolver(Names("c.example"))
    resolver.watch(["a.example", "b.example", "c.example"])
    assert not await resolver.has_failed("a.example", is_temporary=True)
    down = Resolver(Names(is_down=True))
    down.watch(["a.example", "b.example"])
    assert await down.has_failed("a.example", is_temporary=True)


@pytest.mark.parametrize("is_temporary", [True, False])
async def test_where_there_is_one_website_its_resolvers_own_word_counts(is_temporary: bool) -> None:  # noqa: FBT001
    resolver = Resolver(Names(is_down=True))
    resolver.watch(["a.example", "192.0.2.1", "2001:db8::1"])
    assert await resolver.has_failed("a.example", is_temporary=is_temporary) is is_temporary


async def test_a_look_up_that_hangs_ends_and_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolving, "LOOK_UP_SECONDS", 0.05)
    release = threading.Event()

    def look_up(host: str) -> list[str]:
        if host == "hangs.example":
            release.wait(30)
        return ["192.0.2.7"]

    resolver = Resolver(look_up)
    hanging = asyncio.create_task(resolver.addresses("hangs.example"))
    assert await resolver.addresses("a.example") == ["192.0.2.7"]
    with pytest.raises(socket.gaierror) as raised:
        await hanging
    assert raised.value.errno == socket.EAI_AGAIN
    release.set()
