import pytest
from promtool_series import samples, scraped_each


@pytest.mark.parametrize(
    ("notation", "expected"),
    [
        ("1", ["1"]),
        ("1x2", ["1", "1", "1"]),
        ("0+5x2", ["0", "5", "10"]),
        ("1-2x2", ["1", "-1", "-3"]),
        ("-3600+0.5x1", ["-3600.0", "-3599.5"]),
        ("0.1+0.2x1", ["0.1", "0.3"]),
        ("1764000000x1", ["1764000000", "1764000000"]),
        ("_", ["_"]),
        ("_x2", ["_", "_"]),
        ("0x1 stale _x2 1", ["0", "0", "stale", "_", "_", "1"]),
        ("", []),
    ],
)
def test_a_notation_is_its_samples(notation: str, expected: list[str]) -> None:
    assert samples(notation) == expected


@pytest.mark.parametrize("notation", ["1+2", "_+1x2", "x3", "1x", "1xx2", "stalex2", "NaN", "1,2", "{{sum:1}}"])
def test_what_is_no_notation_of_ours_is_refused(notation: str) -> None:
    with pytest.raises(ValueError, match="not in promtool's notation"):
        samples(notation)


def test_each_third_sample_is_what_a_scrape_a_third_as_often_sees() -> None:
    assert scraped_each("0x5 1x2 stale _x5 1", 3) == "0 0 1 stale _ 1"


def test_a_marker_of_staleness_is_never_lost() -> None:
    with pytest.raises(ValueError, match=r"stale at \[4\], which aren't multiples of 3: 1x3 stale"):
        scraped_each("1x3 stale", 3)
