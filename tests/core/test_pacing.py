from __future__ import annotations

import threading

import pytest

from exporter import pacing


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the rests taken; a thread's CPU time advances 0.4 ms each time that it is read."""
    taken: list[float] = []
    ticks = iter(range(1_000_000))
    monkeypatch.setattr(pacing.time, "thread_time", lambda: next(ticks) * 0.0004)
    monkeypatch.setattr(pacing.time, "sleep", taken.append)
    return taken


def test_paced_work_rests_after_each_millisecond(rests: list[float]) -> None:
    assert pacing.paced(lambda: list(pacing.resting(range(9)))) == list(range(9))
    assert rests == [pacing.REST_SECONDS] * 3


def test_other_work_never_rests(rests: list[float]) -> None:
    assert list(pacing.resting(range(1000))) == list(range(1000))
    assert rests == []


def test_pacing_ends_with_the_work_that_fails(rests: list[float]) -> None:
    def fail() -> None:
        raise ValueError("a fault")

    with pytest.raises(ValueError, match="a fault"):
        pacing.paced(fail)
    list(pacing.resting(range(1000)))
    assert rests == []


def test_pacing_is_of_one_thread(rests: list[float]) -> None:
    other = threading.Thread(target=lambda: list(pacing.resting(range(1000))))

    def work() -> None:
        other.start()
        other.join()

    pacing.paced(work)
    assert rests == []


def test_work_that_nobody_wants_any_more_is_given_up_where_it_rests(rests: list[float]) -> None:
    wanted = iter([True, False])
    done: list[int] = []
    with pytest.raises(pacing.Abandoned):
        pacing.paced_while(lambda: next(wanted), lambda: [done.append(each) for each in pacing.resting(range(100))])
    assert len(rests) == 1
    assert 0 < len(done) < 10
    pacing.paced(lambda: list(pacing.resting(range(9))))
