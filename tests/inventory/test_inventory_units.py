"""Durations, rates, shares and money."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter import units


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (units.whole_seconds, "1s", 1),
        (units.whole_seconds, "5m", 300),
        (units.whole_seconds, "2h", 7200),
        (units.whole_seconds, "3000ms", 3),
        (units.seconds, "150ms", 0.15),
        (units.seconds, "2s", 2.0),
        (units.bits_per_second, "512kbps", 512_000),
        (units.bits_per_second, "100Mbps", 100_000_000),
        (units.bits_per_second, "1.5Gbps", 1_500_000_000),
        (units.share, "99.5%", Fraction(199, 200)),
        (units.share, "0%", Fraction(0)),
        (units.rupiah, "4500000", 4_500_000),
    ],
)
def test_a_text_with_its_unit_has_one_exact_value(read: Callable[[str], object], text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (units.whole_seconds, "1", "expected a duration, for instance '30s', '5m' or '2h'; read '1'"),
        (units.whole_seconds, "1 s", "expected a duration, for instance '30s', '5m' or '2h'; read '1 s'"),
        (units.whole_seconds, "1500ms", "expected whole seconds, for instance '1s'; read '1500ms'"),
        (units.seconds, "-1s", "expected a duration, for instance '150ms' or '2s'; read '-1s'"),
        (units.seconds, "٣s", "expected a duration, for instance '150ms' or '2s'; read '٣s'"),
        (units.bits_per_second, "100", "expected a rate in kbps, Mbps or Gbps, for instance '100Mbps'; read '100'"),
        (
            units.bits_per_second,
            "0.0001kbps",
            "expected a rate of whole bits per second, for instance '1.5Mbps'; read '0.0001kbps'",
        ),
        (units.share, "99,5%", "expected a percentage with a decimal point, for instance '99.5%'; read '99,5%'"),
        (units.share, "99.5", "expected a percentage with a decimal point, for instance '99.5%'; read '99.5'"),
        (units.rupiah, "Rp4500000", "expected whole rupiah as digits alone, for instance '4500000'; read 'Rp4500000'"),
        (
            units.rupiah,
            "9" * 50,
            f"expected whole rupiah as digits alone, for instance '4500000'; read '{'9' * 39}…'",
        ),
    ],
)
def test_anything_else_is_refused_with_what_was_read_and_what_is_expected(
    read: Callable[[str], object], text: str, message: str
) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011  the whole message is compared below
        read(text)

    assert str(refused.value) == message


@given(st.integers(0, 10**12))
def test_whole_numbers_come_back_as_they_were_written(number: int) -> None:
    assert units.whole_seconds(f"{number}s") == number
    assert units.whole_seconds(f"{number}h") == 3600 * number
    assert units.bits_per_second(f"{number}kbps") == 1000 * number
    assert units.rupiah(str(number)) == number


@given(st.integers(0, 100_000))
def test_a_share_of_three_decimals_is_exact(thousandths: int) -> None:
    assert units.share(f"{thousandths // 1000}.{thousandths % 1000:03}%") == Fraction(thousandths, 100_000)


@given(st.text())
def test_no_text_raises_anything_but_value_error(text: str) -> None:
    for read in (units.whole_seconds, units.seconds, units.bits_per_second, units.share, units.rupiah):
        try:
            read(text)
        except ValueError as error:
            assert "read '" in str(error) or 'read "' in str(error)  # noqa: PT017  most texts are refused
