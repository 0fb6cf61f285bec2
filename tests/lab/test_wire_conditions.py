from __future__ import annotations

import pytest

from exporter.errors import InputError
from exporter.lab import conditions
from exporter.lab.lies import Lie


@pytest.mark.parametrize(("how", "lies"), [("gbk", (Lie.GBK,)), (["nul", "twice"], (Lie.NUL, Lie.TWICE))])
def test_a_lie_is_written_alone_or_with_others(how: object, lies: tuple[Lie, ...]) -> None:
    assert conditions.parse({"kind": "lie", "how": how}) == conditions.Lies(lies)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("cut", "a condition is an object with a 'kind'; read 'cut'"),
        ({}, "unknown kind None; the kinds are cut, unreachable, loss, burst, delay, full, move, power_off"),
        (
            {"kind": "slow"},
            "unknown kind 'slow'; the kinds are cut, unreachable, loss, burst, delay, full, move, power_off",
        ),
        (
            {"kind": ["cut"]},
            "unknown kind ['cut']; the kinds are cut, unreachable, loss, burst, delay, full, move, power_off",
        ),
        ({"kind": "move"}, "move: 'to' is missing"),
        ({"kind": "move", "to": "x.example"}, "move: 'to' is 'x.example'; expected an IP address"),
        ({"kind": "move", "to": 7}, "move: 'to' is 7; expected an IP address"),
        ({"kind": "move", "to": "198.18.0.7", "ratio": 1}, "move: unknown key 'ratio'"),
        ({"kind": "cut", "ratio": 1}, "cut: unknown key 'ratio'"),
        ({"kind": "loss"}, "loss: 'ratio' is missing"),
        ({"kind": "loss", "ratio": "2%"}, "loss: 'ratio' is '2%'; expected a number"),
        ({"kind": "loss", "ratio": True}, "loss: 'ratio' is True; expected a number"),
        ({"kind": "loss", "ratio": float("nan")}, "loss: 'ratio' is nan; expected a number"),
        ({"kind": "loss", "ratio": 1.1}, "loss: 'ratio' is 1.1; expected 0 to 1"),
        ({"kind": "delay", "seconds": -1}, "delay: 'seconds' is -1; expected 0 to 3600 seconds"),
        ({"kind": "delay", "seconds": 1, "jitter_seconds": 4000}, "delay: 'jitter_seconds' is 4000; expected 0 to"),
        (
            {"kind": "burst", "good_loss_ratio": 0, "bad_loss_ratio": 1, "good_seconds": 0, "bad_seconds": 1},
            "burst: 'good_seconds' is 0; expected 0.01 to 3600 seconds",
        ),
        ({"kind": "power_off", "ratio": 1}, "power_off: unknown key 'ratio'"),
        ({"kind": "lie"}, "lie: 'how' is missing"),
        ({"kind": "lie", "how": []}, "lie: 'how' is []; expected one of speed-mbit, speed-zero,"),
        ({"kind": "lie", "how": "gkb"}, "lie: 'how' is 'gkb'; expected one of speed-mbit, speed-zero,"),
        ({"kind": "lie", "how": ["gbk", []]}, "lie: 'how' is ['gbk', []]; expected one of speed-mbit, speed-zero,"),
        ({"kind": "lie", "how": 7}, "lie: 'how' is 7; expected one of speed-mbit, speed-zero,"),
        ({"kind": "full", "load": 1, "queue_seconds": 1}, "full: 'load' is 1; expected more than 1"),
    ],
)
def test_a_condition_that_is_not_understood_is_refused(written: object, message: str) -> None:
    with pytest.raises(InputError) as refused:
        conditions.parse(written)
    assert str(refused.value).startswith(message)
