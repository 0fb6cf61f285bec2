from __future__ import annotations

import asyncio
import errno
import select
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator

import icmplib
import pytest
from icmp_wire import (
    HERE,
    PATIENCE_SECONDS,
    Overhearer,
    Wire,
    forge_error,
    forge_reply,
    no_ipv6,
    own_socket,
    replay,
    route,
    silence,
)

from exporter.errors import ProbeError
from exporter.lab.network import Network
from exporter.observation import Outcome
from exporter.probes.icmp import HEADER, NONCE_BYTES, SEQUENCES, Echo

NOWHERE = "203.0.113.1"


@pytest.fixture
async def wire(network: Network) -> AsyncIterator[Wire]:
    assert network
    made = Wire()
    loop = asyncio.get_running_loop()
    made.sockets.open(loop, made)
    yield made
    made.sockets.close(loop)


@pytest.fixture
def cut(network: Network) -> Iterator[str]:
    """An address that is cut."""
    address = "198.18.66.1"
    network.cut(address)
    yield address
    network.mend(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "198.18.77.1"])
@pytest.mark.parametrize("payload_bytes", [16, 56, 1400])
@pytest.mark.parametrize("identity", [0, 1])
async def test_a_reply_comes_back_to_its_own_echo(wire: Wire, address: str, payload_bytes: int, identity: int) -> None:
    wire.send(address, "mine", payload_bytes, identity)
    await wire.wait_for(1)
    ((target, rtt_seconds),) = wire.replies
    assert target == "mine"
    assert 0 < rtt_seconds < PATIENCE_SECONDS


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("payload_bytes", [16, 1400])
async def test_an_echo_carries_the_bytes_that_were_asked_for(wire: Wire, version: int, payload_bytes: int) -> None:
    with Overhearer(version) as overhearer:
        echo = wire.send(HERE[version], payload_bytes=payload_bytes)
        message = overhearer.request(echo)
    assert len(message) == HEADER.size + payload_bytes


async def test_an_address_that_is_cut_is_silent_and_others_answer(wire: Wire, cut: str) -> None:
    wire.send(cut, "cut")
    for number in range(50):
        wire.send("198.18.67.1", number)
    await wire.wait_for(50)
    assert wire.answered == list(range(50))
    assert wire.refused == []


async def test_two_links_with_one_address_get_each_its_own_replies(wire: Wire) -> None:
    wire.send("127.0.0.1", "dinkes/primary", payload_bytes=56)
    wire.send("127.0.0.1", "disdik/primary", payload_bytes=1400)
    await wire.wait_for(2)
    assert sorted(map(str, wire.answered)) == ["dinkes/primary", "disdik/primary"]


@pytest.mark.parametrize("version", [4, 6])
async def test_two_identities_have_two_icmp_identifiers(wire: Wire, version: int) -> None:
    identifiers = []
    with Overhearer(version) as overhearer:
        for identity in (0, 1, 2):
            message = overhearer.request(wire.send(HERE[version], identity=identity))
            identifiers.append(HEADER.unpack_from(message)[3])
    first, second, third = identifiers
    assert first != second
    assert first == third


async def test_the_sequence_wraps_without_a_false_reply(wire: Wire) -> None:
    own = wire.send("127.0.0.1", "before").socket
    assert own is not None
    own._sequence = 65_530
    sequences = [wire.send("127.0.0.1", number).key[1] for number in range(20)]
    await wire.wait_for(21)
    assert sequences == [*range(65_530, SEQUENCES), *range(14)]
    assert wire.answered == ["before", *range(20)]
    assert wire.sockets.forged == 0


async def test_a_sequence_that_is_still_out_to_an_address_is_not_used_again(wire: Wire) -> None:
    with silence():
        first = wire.send("127.0.0.1", "first")
        assert first.socket is not None
        first.socket._sequence = first.key[1]
        second = wire.send("127.0.0.1", "second")
        for echo in (first, second):
            forge_reply(echo)
            wire.take(echo)
    assert second.key[1] == (first.key[1] + 1) % SEQUENCES
    assert wire.answered == ["first", "second"]


async def test_a_reply_of_a_former_round_answers_nothing_of_this_one(wire: Wire) -> None:
    with Overhearer(4) as overhearer:
        former = wire.send("127.0.0.1", "former")
        old = overhearer.reply(former)
    await wire.wait_for(1)
    wire.clock.later_seconds = 65_536.0
    wire.sockets.drain()
    assert former.socket is not None
    former.socket._sequence = former.key[1]
    with silence():
        echo = wire.send("127.0.0.1", "this")
        replay(old)
        wire.take(echo)
        assert echo.key[1] == former.key[1]
        assert wire.answered == ["former"]
        forge_reply(echo)
        wire.take(echo)
    assert wire.answered == ["former", "this"]


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param({"payload": bytes(NONCE_BYTES)}, id="another nonce"),
        pytest.param({"source": "127.0.0.2"}, id="another address"),
        pytest.param({"sequences_off": 1}, id="another sequence"),
    ],
)
async def test_a_forged_reply_is_not_believed(wire: Wire, lie: dict[str, object]) -> None:
    """The kernel hands over any reply with the socket's identifier; source, sequence and nonce decide."""
    with silence():
        echo = wire.send("127.0.0.1", "asked")
        forge_reply(echo, **lie)  # type: ignore[arg-type]
        wire.take(echo)
        assert wire.replies == []
        assert wire.sockets.forged == 1
        forge_reply(echo)
        wire.take(echo)
    assert wire.answered == ["asked"]
    assert wire.sockets.forged == 1


async def test_a_second_reply_is_handed_over_as_well(wire: Wire) -> None:
    with Overhearer(4) as overhearer:
        echo = wire.send("127.0.0.1", "twice")
        replay(overhearer.reply(echo))
    await wire.wait_for(2)
    assert wire.answered == ["twice", "twice"]


@pytest.mark.parametrize("step_seconds", [-3_600, 3_600])
async def test_a_clock_that_steps_while_an_echo_is_out_shows_in_no_rtt(wire: Wire, step_seconds: int) -> None:
    wire.clock.step_seconds = step_seconds
    wire.send("127.0.0.1")
    await wire.wait_for(1)
    assert 0 < wire.replies[0][1] < PATIENCE_SECONDS


@pytest.mark.parametrize("version", [4, 6])
async def test_a_reply_is_timed_by_the_kernel_and_not_when_it_is_read(wire: Wire, version: int) -> None:
    echo = wire.send(HERE[version])
    wire.clock.later_seconds = 3_600.0
    wire.take(echo)
    assert 0 < wire.replies[0][1] < PATIENCE_SECONDS


async def test_an_error_of_one_destination_is_credited_to_it_and_keeps_no_other_echo_from_leaving(
    wire: Wire, cut: str
) -> None:
    dead = wire.send(cut, "dead")
    forge_error(dead, 3, 1)
    wire.await_event(dead, select.POLLERR)
    wire.send("198.18.67.1", "alive")
    assert wire.refused == [("dead", Outcome.LOST)]
    await wire.wait_for(2)
    assert wire.answered == ["alive"]


async def test_an_error_that_found_no_room_in_the_queue_is_not_taken_for_another_destination(
    wire: Wire, cut: str
) -> None:
    dead = wire.send(cut, "dead")
    wire.fill(dead)
    forge_error(dead, 3, 1)
    wire.await_event(dead, select.POLLERR)
    wire.send("198.18.67.1", "alive")


# Type 3 is unreachable and 11 time exceeded (RFC 792), of IPv6 they are 1 and 3 (RFC 4443).
@pytest.mark.parametrize(
    ("version", "kind", "code"),
    [(4, 3, 0), (4, 3, 1), (4, 3, 13), (4, 11, 0), (6, 1, 0), (6, 1, 3), (6, 3, 0)],
)
async def test_unreachable_and_time_exceeded_are_losses(wire: Wire, version: int, kind: int, code: int) -> None:
    with silence():
        echo = wire.send(HERE[version], "lost")
        forge_error(echo, kind, code)
        wire.take(echo)
    assert wire.refused == [("lost", Outcome.LOST)]


# Source quench and parameter problem.
@pytest.mark.parametrize(("version", "kind", "code"), [(4, 4, 0), (4, 12, 0), (6, 4, 0)])
async def test_another_error_decides_nothing(wire: Wire, version: int, kind: int, code: int) -> None:
    with silence():
        echo = wire.send(HERE[version], "undecided")
        forge_error(echo, kind, code)
        wire.take(echo)
        forge_reply(echo)
        wire.take(echo)
    assert wire.refused == []
    assert wire.answered == ["undecided"]


async def test_a_router_may_quote_the_header_alone(wire: Wire) -> None:
    with silence():
        echo = wire.send("127.0.0.1", "lost")
        forge_error(echo, 3, 1, payload=b"")
        wire.take(echo)
    assert wire.refused == [("lost", Outcome.LOST)]


async def test_an_error_that_quotes_another_nonce_decides_nothing(wire: Wire) -> None:
    with silence():
        echo = wire.send("127.0.0.1")
        forge_error(echo, 3, 1, payload=bytes(NONCE_BYTES))
        wire.take(echo)
    assert wire.refused == []


async def test_an_error_that_the_kernel_no_longer_tells_of_is_found_in_the_queue(wire: Wire) -> None:
    with silence():
        echo = wire.send("127.0.0.1", "lost")
        forge_error(echo, 3, 1)
        wire.await_event(echo, select.POLLERR)
        own_socket(echo).getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        wire.take(echo)
    assert wire.refused == [("lost", Outcome.LOST)]


async def test_an_error_is_taken_while_the_loop_runs(wire: Wire) -> None:
    with silence():
        forge_error(wire.send("127.0.0.1", "lost"), 11, 0)
        await wire.wait_for(1)
    assert wire.refused == [("lost", Outcome.LOST)]


@pytest.mark.parametrize("address", [NOWHERE, "2001:db8::10"])
async def test_without_a_route_of_its_own_the_monitor_is_at_fault(wire: Wire, address: str) -> None:
    assert wire.refusal(address) is Outcome.ERROR


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [("unreachable", Outcome.LOST), ("prohibit", Outcome.ERROR), ("blackhole", Outcome.ERROR)],
)
async def test_a_host_that_this_machine_finds_dead_is_a_loss_and_its_own_refusal_an_error(
    wire: Wire, kind: str, outcome: Outcome
) -> None:
    with route(kind, NOWHERE):
        assert wire.refusal(NOWHERE) is outcome


async def test_an_echo_that_did_not_leave_is_not_waited_for(wire: Wire) -> None:
    own = wire.send("198.18.77.1", "left").socket
    assert own is not None
    wire.refusal(NOWHERE)
    assert [echo.target for echo in own._sent.values()] == ["left"]


async def test_an_echo_that_does_not_leave_is_told_once_until_one_leaves(
    wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    for _ in range(2):
        with route("prohibit", "198.18.77.1"):
            for _ in range(3):
                wire.refusal("198.18.77.1")
        wire.send("198.18.77.1")
    assert [record.message.split()[:3] for record in caplog.records] == [
        ["echo_not_sent", "address=198.18.77.1", "outcome=error"],
        ["echo_sent_again", "address=198.18.77.1"],
    ] * 2


@pytest.mark.parametrize("number", [0, 1])
async def test_without_sockets_of_ipv4_there_is_no_monitor(
    network: Network, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """And none stays open; without IPv6 there is one."""
    assert network
    opened: list[icmplib.ICMPv4Socket] = []

    def scarce(*, privileged: bool) -> icmplib.ICMPv4Socket:
        if len(opened) == number:
            raise icmplib.ICMPSocketError("[Errno 24] Too many open files")
        opened.append(real(privileged=privileged))
        return opened[-1]

    real = icmplib.ICMPv4Socket
    monkeypatch.setattr(icmplib, "ICMPv4Socket", scarce)
    wire = Wire()
    with pytest.raises(ProbeError, match="Too many open files; see the limit of open files"):
        wire.sockets.open(asyncio.get_running_loop(), wire)
    assert all(one.sock is None for one in opened)


async def test_replies_that_had_no_room_are_noticed(wire: Wire) -> None:
    echo = wire.send("127.0.0.1")
    assert not wire.sockets.was_dropped(echo)
    assert wire.sockets.drops == 0
    wire.fill(echo)
    assert wire.sockets.was_dropped(echo)
    assert wire.sockets.drops > 0


async def test_an_echo_after_the_drops_and_one_of_the_other_identity_are_not_suspected(wire: Wire) -> None:
    other = wire.send("127.0.0.1", identity=1)
    wire.fill(wire.send("127.0.0.1"))
    wire.sockets.drain()
    wire.clock.later_seconds = 1.0
    assert not wire.sockets.was_dropped(wire.send("127.0.0.1"))
    assert not wire.sockets.was_dropped(other)


async def test_drops_that_no_loss_asked_after_are_counted_at_the_reading(wire: Wire) -> None:
    wire.fill(wire.send("127.0.0.1"))
    assert wire.sockets.drops == 0
    wire.sockets.drain()
    assert wire.sockets.drops > 0


async def test_an_echo_is_forgotten_only_after_the_longest_timeout(wire: Wire) -> None:
    wire.sockets.longest_timeout_seconds = 60.0
    with silence():
        echo = wire.send("127.0.0.1", "patient")
        for later_seconds in (61.0, 64.0):
            wire.clock.later_seconds = later_seconds
            wire.sockets.drain()
            forge_reply(echo)
            wire.take(echo)
    assert wire.answered == ["patient"]
    assert wire.sockets.forged == 1


async def test_a_machine_that_has_ipv6_switched_off_gives_errors_and_no_losses(wire: Wire) -> None:
    with no_ipv6():
        assert wire.refusal("::1") is Outcome.ERROR


@pytest.mark.usefixtures("private_network")
@pytest.mark.parametrize("made_before", [0, 1])
async def test_a_machine_without_ipv6_sockets_gives_errors_and_pings_ipv4(
    monkeypatch: pytest.MonkeyPatch, made_before: int
) -> None:
    create, left = icmplib.ICMPv6Socket._create_socket, iter(range(made_before))

    def refuse(self: icmplib.ICMPv6Socket, kind: int) -> socket.socket:
        if next(left, None) is None:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return create(self, kind)

    monkeypatch.setattr(icmplib.ICMPv6Socket, "_create_socket", refuse)
    wire, loop = Wire(), asyncio.get_running_loop()
    wire.sockets.open(loop, wire)
    try:
        for identity in (0, 1):
            assert wire.sockets.send(Echo("x", 0, "::1"), 56, identity) is Outcome.ERROR
        wire.send("127.0.0.1", "four")
        await wire.wait_for(1)
    finally:
        wire.sockets.close(loop)
    assert wire.answered == ["four"]


@pytest.mark.usefixtures("private_network")
def test_without_permission_the_sysctl_is_named() -> None:
    program = """
import asyncio
from exporter.clock import SystemClock
from exporter.errors import ProbeError
from exporter.probes.icmp import EchoSockets
with asyncio.Runner() as runner:
    try:
        EchoSockets(SystemClock()).open(runner.get_loop(), None)
    except ProbeError as error:
        print(error)
"""
    done = subprocess.run(
        ["unshare", "--net", sys.executable, "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == (
        "no permission for ICMP echoes: this group may not open ping sockets; "
        'type as root: sysctl -w net.ipv4.ping_group_range="0 2147483647"\n'
    )
    assert done.stderr == ""
