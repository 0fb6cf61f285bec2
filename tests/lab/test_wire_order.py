from __future__ import annotations

import pytest
from test_fate import CORE, FIBRE, NAMED, POP, SMALL, STRANGER, VSAT
from test_wire_packets import request, sent

from exporter.lab.fate import Fates
from exporter.lab.topology import Topology, read_address
from exporter.lab.wire import Wire


class Frames:
    """A device that holds what comes and what goes."""

    def __init__(self, *frames: bytes) -> None:
        self.coming = list(frames)
        self.gone: list[bytes] = []

    def recv(self, size: int, /) -> bytes:
        if not self.coming:
            raise BlockingIOError
        return self.coming.pop(0)[:size]

    def send(self, frame: bytes, /) -> int:
        self.gone.append(frame)
        return len(frame)

    def sources(self) -> list[str]:
        return [sent(frame)[0] for frame in self.gone]


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def echo_to(address: str, ttl: int = 64) -> bytes:
    source, destination = read_address("192.0.2.1"), read_address(address)
    assert source is not None
    assert destination is not None
    return request(source, destination, b"x" * 56, ttl)


def wire_with(*frames: bytes) -> tuple[Wire, Frames, Hands]:
    device, clock = Frames(*frames), Hands()
    wire = Wire(device, Fates(Topology(SMALL), 1), clock)
    wire.receive()
    return wire, device, clock


def test_replies_go_in_the_order_they_are_due_and_never_before() -> None:
    wire, device, clock = wire_with(echo_to(VSAT), echo_to(FIBRE), echo_to(FIBRE, 1), echo_to(STRANGER))
    assert device.sources() == [STRANGER]
    while (wait := wire.until_due_seconds()) is not None:
        clock.now += wait - 1e-6
        before = len(device.gone)
        wire.send_due()
        assert len(device.gone) == before
        clock.now += 2e-6
        wire.send_due()
    assert device.sources() == [STRANGER, CORE, FIBRE, VSAT]
    assert 1000.56 <= clock.now <= 1000.65


def test_a_cut_takes_the_replies_that_are_on_their_way_and_leaves_others() -> None:
    wire, device, clock = wire_with(echo_to(VSAT), echo_to(FIBRE))
    said = wire.command('{"set": "dinkes/backup", "condition": {"kind": "cut"}}')
    assert {key: said[key] for key in ("closed", "opened", "isolated")} == {
        "closed": [VSAT],
        "opened": [],
        "isolated": False,
    }
    clock.now += 5
    wire.send_due()
    assert device.sources() == [FIBRE]


def test_isolation_takes_everything_that_is_on_its_way() -> None:
    wire, device, clock = wire_with(echo_to(VSAT), echo_to(FIBRE))
    said = wire.command('{"set": "monitor", "condition": {"kind": "cut"}}')
    assert (said["isolated"], said["closed"]) == (True, [])
    clock.now += 5
    wire.send_due()
    assert device.gone == []


def test_clearing_says_what_is_open_again() -> None:
    wire, _, _ = wire_with()
    wire.command('{"set": "gelombang", "condition": {"kind": "cut"}}')
    said = wire.command('{"clear": "gelombang", "kind": "cut"}')
    assert (said["closed"], said["opened"]) == ([], [VSAT])


def test_a_move_takes_the_replies_that_are_on_their_way_and_says_where_the_names_lead() -> None:
    wire, device, clock = wire_with(echo_to(NAMED))
    said = wire.command('{"set": "named/primary", "condition": {"kind": "move", "to": "198.18.9.9"}}')
    assert (said["closed"], said["opened"], said["names"]) == ([NAMED], [], {"198.18.9.9": "named.example"})
    clock.now += 5
    wire.send_due()
    assert device.gone == []
    assert "names" not in wire.command('{"set": "pop", "condition": {"kind": "cut"}}')


@pytest.mark.parametrize(
    "line",
    [
        "",
        "cut",
        "[]",
        "{}",
        '{"set": "pop"}',
        '{"set": 4, "condition": {"kind": "cut"}}',
        '{"set": "pop", "condition": "cut"}',
        '{"set": "pop", "condition": {"kind": "cut"}, "at": 3}',
        '{"set": "pop", "condition": {"kind": "cut", "ratio": 1}}',
        '{"clear": "pop"}',
        '{"clear": "pop", "kind": "cut"}',
        '{"clear": "pop", "kind": "slow"}',
        '{"set": "nobody", "condition": {"kind": "cut"}}',
        '{"set": "pop", "condition": {"kind": "move", "to": "198.18.9.9"}}',
    ],
)
def test_a_line_that_is_not_understood_is_answered_with_an_error_and_changes_nothing(line: str) -> None:
    wire, device, clock = wire_with(echo_to(VSAT))
    assert list(wire.command(line)) == ["error"]
    clock.now += 5
    wire.send_due()
    device.coming = [echo_to(FIBRE), echo_to(POP)]
    wire.receive()
    clock.now += 5
    wire.send_due()
    assert device.sources() == [VSAT, POP, FIBRE]
