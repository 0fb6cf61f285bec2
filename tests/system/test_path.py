from __future__ import annotations

import asyncio
import errno
import subprocess
import sys
import time
from pathlib import Path

import icmplib
import pytest
from exporter_process import wait_until
from hypothesis import given
from hypothesis import strategies as st
from icmp_wire import HERE, Wire, route
from monitor_fakes import make_link
from path_wire import (
    ECHO_REQUEST,
    OWN,
    TARGET,
    UNREACHABLE,
    Replies,
    Says,
    Script,
    by_distance,
    other_nonce,
    other_sequence,
    routers,
)

from exporter.clock import SystemClock
from exporter.lab.network import Network
from exporter.lab.processes import end
from exporter.probes.icmp import HEADER
from exporter.probes.path import Answer, Course, PathProbe, Word, follow
from exporter.tracing import Tracer

A, B, C, D = "127.0.1.1", "127.0.1.2", "127.0.1.3", "127.0.1.4"
NOWHERE = "203.0.113.1"
PATIENCE_SECONDS = 0.2
Seen = tuple[tuple[str | None, ...], bool]
pytestmark = pytest.mark.usefixtures("private_network")


async def traced(
    address: str = TARGET, *, patience_seconds: float = PATIENCE_SECONDS, most_hops: int = 16
) -> Seen | None:
    probe = PathProbe(SystemClock(), most_hops=most_hops, patience_seconds=patience_seconds)
    path = await probe.trace(address)
    return None if path is None else (path.hops, path.is_whole)


async def traced_by(script: Script) -> Seen | None:
    with routers(script):
        return await traced()


@pytest.mark.parametrize("address", HERE.values())
async def test_what_is_next_door_is_a_path_of_one_hop(address: str) -> None:
    before = time.time()
    path = await PathProbe(SystemClock()).trace(address)
    assert path is not None
    assert (path.hops, path.is_whole) == ((address,), True)
    assert before <= path.at <= time.time()


async def test_an_address_may_be_written_at_length() -> None:
    assert await traced("0:0:0:0:0:0:0:1") == (("::1",), True)


@pytest.mark.parametrize("quoted_bytes", [8, 16, 64])
async def test_a_router_may_quote_the_header_alone(quoted_bytes: int) -> None:
    hops = [Says(hop, quoted_bytes=quoted_bytes) for hop in (A, B, C)]
    assert await traced_by(by_distance(*hops, Replies())) == ((A, B, C, TARGET), True)


async def test_who_is_silent_has_none_within_a_path_and_is_left_out_at_its_end() -> None:
    assert await traced_by(by_distance(None, Says(B), None, Replies())) == ((None, B, None, TARGET), True)
    assert await traced_by(by_distance(Says(A), None, Says(C), None)) == ((A, None, C), False)
    assert await traced_by(by_distance(None)) == ((), False)


@pytest.mark.parametrize(
    ("script", "hops"),
    [
        (by_distance(Says(A)), (A,)),
        (by_distance(Says(A), Says(B)), (A, B)),
        (lambda distance, _: [Says([C, A, B][distance % 3] if distance > 1 else D)], (D, B, C, A)),
        (by_distance(Says(A), None, Says(A), Says(A)), (A,)),
    ],
    ids=["one", "the last", "three in a ring", "with a silent one"],
)
async def test_a_path_ends_in_a_loop_whose_hops_are_named_once(script: Script, hops: tuple[str, ...]) -> None:
    assert await traced_by(script) == (hops, False)


async def test_a_router_that_answers_for_the_next_one_too_is_no_loop() -> None:
    assert await traced_by(by_distance(Says(A), Says(B), Says(B), Replies())) == ((A, B, None, TARGET), True)


@pytest.mark.parametrize("code", [0, 1, 13])
async def test_whoever_cannot_reach_the_target_is_the_last_hop(code: int) -> None:
    refusing = Says(C, UNREACHABLE, code)
    assert await traced_by(by_distance(Says(A), None, refusing, Replies())) == ((A, None, C), False)
    assert await traced_by(by_distance(Says(A), Says(C), refusing, Replies())) == ((A, C), False)
    assert await traced_by(by_distance(refusing, Says(A))) == ((C,), False)


async def test_a_target_that_refuses_echoes_has_answered() -> None:
    assert await traced_by(by_distance(Says(A), Says(TARGET, UNREACHABLE, 3))) == ((A, TARGET), True)


async def test_a_target_that_passes_echoes_on_is_named_once() -> None:
    assert await traced_by(by_distance(Says(A), Says(TARGET), Replies())) == ((A, TARGET), True)
    assert await traced_by(by_distance(Says(A), Says(TARGET), None)) == ((A, TARGET), False)


@pytest.mark.parametrize(
    "lie",
    [
        Says(B, quoted_bytes=16, change=other_nonce),
        Says(B, change=other_sequence),
        Says(B, change=lambda message: bytes([0]) + message[1:]),
        Says(B, 4),
        Says(B, 12),
        Replies(change=other_nonce),
        Replies(change=other_sequence),
        Replies(source=B),
        Replies(change=lambda message: message[:8]),
    ],
    ids=[
        "nonce",
        "sequence",
        "no request",
        "quench",
        "parameter",
        "reply's nonce",
        "its sequence",
        "its source",
        "short",
    ],
)
async def test_what_is_forged_or_of_another_kind_is_not_believed(lie: Says | Replies) -> None:
    assert await traced_by(by_distance(Says(A), lie, Replies())) == ((A, None, TARGET), True)


async def test_a_second_answer_changes_nothing() -> None:
    def script(distance: int, _: int) -> list[Says | Replies]:
        return [Says(A), Says(D)] if distance == 1 else [Replies(), Says(D, UNREACHABLE)]

    assert await traced_by(script) == ((A, TARGET), True)


async def test_each_distance_has_a_second_try() -> None:
    def script(distance: int, number: int) -> list[Says | Replies]:
        return [] if number == 1 else [Says(f"127.0.1.{distance}") if distance < 4 else Replies()]

    assert await traced_by(script) == ((A, B, C, TARGET), True)


async def test_four_silent_distances_are_the_end_and_get_two_tries_each() -> None:
    with routers(by_distance(Says(A), None)) as between:
        assert await traced() == ((A,), False)
    assert sorted(between.distances) == [1, 2, 2, 3, 3, 4, 4, 5, 5]


async def test_no_more_than_four_distances_wait_at_a_time() -> None:
    """Those that are silent first wait on; what answers makes room for one more."""
    with routers(by_distance(None, None, None, Says(A), Says(B), Says(C), Says(D), Replies())) as between:
        assert await traced(patience_seconds=0.5) == ((None, None, None, A, B, C, D, TARGET), True)
    assert between.distances[:8] == [1, 2, 3, 4, 5, 6, 7, 8]
    with routers(by_distance(None, None, None, None, Says(A))) as between:
        assert await traced() == ((), False)
    assert set(between.distances) == {1, 2, 3, 4}


@pytest.mark.parametrize("end", [Replies(), Says(B, UNREACHABLE)], ids=["the target", "unreachable"])
async def test_nobody_is_looked_for_beyond_a_paths_end(end: Says | Replies) -> None:
    with routers(by_distance(None, end)) as between:
        await traced()
    assert set(between.distances) == {1, 2, 3, 4}


async def test_a_path_of_hops_without_end_is_cut_off() -> None:
    with routers(lambda distance, _: [Says(f"127.0.2.{distance}")]) as between:
        assert await traced(most_hops=10) == (tuple(f"127.0.2.{distance}" for distance in range(1, 11)), False)
    assert between.distances == list(range(1, 11))


async def test_a_trace_takes_four_times_its_patience_at_most() -> None:
    """Were each distance waited for twice, this would take eight times as long, and see all 16."""
    with routers(lambda distance, _: [Says(f"127.0.2.{distance}")] if distance % 4 == 0 else []):
        began = time.monotonic()
        path = await traced()
        took = time.monotonic() - began
    assert path is not None
    hops, is_whole = path
    assert hops == tuple(None if number % 4 else f"127.0.2.{number}" for number in range(1, len(hops) + 1))
    assert (0 < len(hops) < 16, is_whole) == (True, False)
    assert took >= 4 * PATIENCE_SECONDS


async def test_all_echoes_of_a_trace_have_one_checksum_and_each_its_own_sequence() -> None:
    with routers(by_distance(None)) as between:
        await traced()
    headers = [HEADER.unpack_from(request.message) for request in between.heard]
    assert {(kind, code) for kind, code, *_ in headers} == {(ECHO_REQUEST, 0)}
    assert len({checksum for _, _, checksum, _, _ in headers}) == 1
    assert len({sequence for *_, sequence in headers}) == len(headers) == 8
    assert {len(request.message) for request in between.heard} == {HEADER.size + 56}


async def test_an_error_that_waits_keeps_no_echo_from_leaving() -> None:
    def script(distance: int, number: int) -> list[Says | Replies]:
        return [Says(A)] * 3 if distance == 1 else ([Replies()] if number == 1 else [])

    assert await traced_by(script) == ((A, TARGET), True)


async def test_what_this_machine_says_itself_is_no_hop_and_no_silence(caplog: pytest.LogCaptureFixture) -> None:
    assert await traced_by(by_distance(Says(OWN, UNREACHABLE, 1))) is None
    assert "127.0.0.1 itself" in caplog.text


@pytest.mark.parametrize("address", [NOWHERE, "2001:db8:99::1"])
async def test_without_a_route_there_is_no_path_and_the_log_says_so_once(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    probe = PathProbe(SystemClock())
    for _ in range(3):
        assert await probe.trace(address) is None
    assert [record.message.split()[:2] for record in caplog.records] == [["path_not_traced", f"address={address}"]]


async def test_a_refusal_is_told_again_when_it_is_another_or_comes_again(
    network: Network, caplog: pytest.LogCaptureFixture
) -> None:
    assert network
    probe = PathProbe(SystemClock())
    for kind in ("prohibit", "blackhole", "blackhole"):
        with route(kind, "198.18.77.1"):
            assert await probe.trace("198.18.77.1") is None
    path = await probe.trace("198.18.77.1")
    assert path is not None
    assert path.is_whole
    with route("blackhole", "198.18.77.1"):
        assert await probe.trace("198.18.77.1") is None
    assert len(caplog.records) == 3


async def test_a_machine_without_ipv6_has_no_path_of_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")

    monkeypatch.setattr(icmplib.ICMPv6Socket, "_create_socket", refuse)
    assert await traced("::1") is None
    assert "path_not_traced address=::1" in caplog.text
    assert await traced("127.0.0.1") == (("127.0.0.1",), True)


def test_without_permission_there_is_no_path() -> None:
    program = """
import asyncio
from exporter.clock import SystemClock
from exporter.probes.path import PathProbe
print(asyncio.run(PathProbe(SystemClock()).trace("127.0.0.1")))
"""
    words = ["unshare", "--net", sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "None\n"
    assert done.stderr.startswith("path_not_traced address=127.0.0.1 error=")


def open_sockets() -> list[str]:
    return sorted(str(path.readlink()) for path in Path("/proc/self/fd").iterdir() if path.is_socket())


@pytest.mark.parametrize("is_cancelled", [False, True])
async def test_a_trace_leaves_no_socket_open(network: Network, is_cancelled: bool) -> None:  # noqa: FBT001
    network.cut("198.18.66.2")
    try:
        before = open_sockets()
        trace = asyncio.create_task(traced("198.18.66.2" if is_cancelled else "198.18.77.1"))
        await asyncio.sleep(0)
        if is_cancelled:
            trace.cancel()
        await asyncio.gather(trace, return_exceptions=True)
        assert trace.cancelled() == is_cancelled
        assert open_sockets() == before
    finally:
        network.mend("198.18.66.2")


def test_a_far_end_that_answers_with_time_exceeded_is_a_path_of_the_repeated_hop(
    network: Network, tmp_path: Path
) -> None:
    """I7 (a), as the path probe sees it."""
    network.cut("198.18.10.1")
    said, program = tmp_path / "router.log", Path(__file__).with_name("real_world_parts.py")
    router = network.start([sys.executable, str(program), "198.18.10.1"], log=said)
    try:
        wait_until(lambda: said.exists() and "listening" in said.read_text(), "the router")
        assert asyncio.run(traced("198.18.10.1", patience_seconds=1.0)) == (("198.18.1.1",), False)
    finally:
        end(router)
        network.mend("198.18.10.1")


async def test_traces_of_a_link_that_is_alive_cost_it_no_echo(network: Network) -> None:
    """I7 (b): routers' answers to a trace come to its own socket alone."""
    assert network
    wire, probe, loop = Wire(), PathProbe(SystemClock(), most_hops=8), asyncio.get_running_loop()
    wire.sockets.open(loop, wire)
    try:
        with routers(by_distance(Says(A), Says(B), Says(C), Replies())):
            for number in range(10):
                for address in (TARGET, "198.18.77.1"):
                    wire.send(address, (address, number))
                far, near = await asyncio.gather(probe.trace(TARGET), probe.trace("198.18.77.1"))
                assert far is not None
                assert near is not None
                assert (far.hops, near.hops) == ((A, B, C, TARGET), ("198.18.77.1",))
            await wire.wait_for(20)
    finally:
        wire.sockets.close(loop)
    assert set(wire.answered) == {(address, number) for address in (TARGET, "198.18.77.1") for number in range(10)}
    assert wire.refused == []
    assert wire.sockets.forged == 0


async def test_the_loop_hands_on_the_path_of_a_link_that_went_down() -> None:
    clock, told = SystemClock(), asyncio.get_running_loop().create_future()
    probe, link = PathProbe(clock, patience_seconds=PATIENCE_SECONDS), make_link(address=TARGET)
    tracer = Tracer(
        probe.trace, clock, lambda host, _: host, lambda *path: told.set_result(path), is_spared=lambda _: False
    )
    with routers(by_distance(Says(A), None)):
        tracer.start([link], {})
        tracer.went_down(link.id)
        async with asyncio.timeout(30):
            link_id, path = await told
        await tracer.stop()
    assert (link_id, path.hops, path.is_whole) == (link.id, (A,), False)


ANSWERS = st.one_of(
    st.none(),
    st.builds(Answer, st.sampled_from([A, B, C, D]), st.sampled_from([Word.EXCEEDED] * 8 + [Word.UNREACHABLE])),
    st.just(Answer(TARGET, Word.REPLY)),
)


@given(decided=st.dictionaries(st.integers(1, 8), ANSWERS), later=st.dictionaries(st.integers(1, 8), ANSWERS))
def test_a_path_names_nobody_twice_and_only_grows_until_it_has_ended(
    decided: dict[int, Answer | None], later: dict[int, Answer | None]
) -> None:
    course, after = follow(decided, 8), follow({**later, **decided}, 8)
    named = [hop for hop in course.hops if hop is not None]
    assert len(named) == len(set(named))
    if course.is_ended:
        assert after == course
        assert course.hops[-1:] != (None,)
    assert [hop for hop in after.hops if hop is not None][: len(named)] == named
    assert course.is_whole == (course.is_ended and course.hops[-1:] == (TARGET,))


@pytest.mark.parametrize(
    ("answers", "course"),
    [
        ({}, Course((), is_ended=False)),
        ({1: Answer(A, Word.EXCEEDED), 3: Answer(B, Word.EXCEEDED)}, Course((A,), is_ended=False)),
        ({1: None, 2: None}, Course((None, None), is_ended=False)),
        ({1: None, 2: None, 3: Answer(A, Word.EXCEEDED)}, Course((None, None, A), is_ended=True)),
    ],
    ids=["nothing", "a gap", "silence", "as far as was asked"],
)
def test_a_path_is_known_up_to_the_first_distance_that_is_not_decided(
    answers: dict[int, Answer | None], course: Course
) -> None:
    assert follow(answers, 3) == course
