"""How much of its contract a link uses."""

from fractions import Fraction

from exporter.bandwidth import Mean
from exporter.usage import Contracted, Usage, usage

MBPS = 125_000.0  # bytes a second


def means(*megabits: tuple[float, float], start: int = 0) -> list[Mean]:
    return [Mean(start + 300 * n, down * MBPS, up * MBPS) for n, (down, up) in enumerate(megabits)]


def rates(download: int | None, upload: int | None, start: int = 0, end: int = 10**6) -> Contracted:
    of = [None if rate is None else rate * 1_000_000 for rate in (download, upload)]
    return Contracted(start, end, *of)


def test_each_direction_has_the_percentile_of_its_own_shares() -> None:
    found = usage(means(*((n, 1.0) for n in range(1, 101))), [rates(100, 50)])
    assert found == Usage(Fraction(95, 100), Fraction(1, 50), Fraction(20, 12))


def test_just_80_percent_is_not_over_it_in_either_direction() -> None:
    carried = means((80.0, 0.0), (80.001, 0.0), (0.0, 40.0), (0.0, 40.001), (90.0, 45.0))
    assert usage(carried, [rates(100, 50)]).full_hours == Fraction(3, 12)


def test_just_10_percent_is_used_and_a_little_less_in_both_directions_is_not() -> None:
    cases = [((10.0, 5.0), False), ((9.99, 5.0), False), ((9.99, 4.99), True), ((0.0, 0.0), True)]
    assert [usage(means(carried), [rates(100, 50)]).is_hardly_used for carried, _ in cases] == [of for _, of in cases]


def test_a_mean_is_held_against_the_rate_of_its_own_time() -> None:
    carried = means(*[(9.0, 0.0)] * 4)
    found = usage(carried, [rates(10, 10, 0, 600), rates(100, 100, 600, 1200)])
    assert found == Usage(Fraction(9, 10), Fraction(0), Fraction(2, 12))


def test_what_cannot_be_compared_is_unknown() -> None:
    assert usage([], [rates(100, 50)]) == Usage(None, None, None)
    assert usage(means((50.0, 5.0)), [rates(None, None)]) == Usage(None, None, None)
    assert usage(means((50.0, 5.0)), []).is_hardly_used is None
    assert not usage([], [rates(100, 50)]).is_full


def test_one_known_direction_can_show_use_but_not_disuse() -> None:
    assert [usage(means((down, 0.0)), [rates(100, None)]).is_hardly_used for down in (50.0, 5.0)] == [False, None]
    assert usage(means((90.0, 90.0)), [rates(None, 100)]) == Usage(None, Fraction(9, 10), Fraction(1, 12))


def test_a_share_is_exact_where_a_float_would_be_cut_below_it() -> None:
    assert usage(means((29.0, 29.0)), [rates(100, 100)]).receive == Fraction(29, 100)
