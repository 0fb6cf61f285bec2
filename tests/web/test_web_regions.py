from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from exporter.web.regions import KEPT_VERSIONS, Story, version_of

FRAGMENTS = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["", "x", "y", "<b>z</b>"]), min_size=1)


def test_a_story_begins_with_all_that_the_page_shows() -> None:
    story = Story.begun("frame", {"a": "1", "b": "2"})
    assert (story.sequence, story.lacking(0), story.lacking(1)) == (1, {"a": "1", "b": "2"}, {})


def test_a_reader_lacks_what_changed_since_it_looked() -> None:
    story = Story.begun("frame", {"a": "1", "b": "2"}).after("frame", {"a": "1", "b": "3"})
    assert (story.sequence, story.lacking(0), story.lacking(1), story.lacking(2)) == (
        2,
        {"a": "1", "b": "3"},
        {"b": "3"},
        {},
    )


def test_who_comes_late_skips_what_lay_between() -> None:
    story = Story.begun("frame", {"a": "1", "b": "2"})
    story = (
        story.after("frame", {"a": "9", "b": "2"})
        .after("frame", {"a": "9", "b": "3"})
        .after("frame", {"a": "9", "b": "4"})
    )
    assert (story.lacking(1), story.lacking(2)) == ({"a": "9", "b": "4"}, {"b": "4"})


def test_a_page_that_is_the_same_is_no_version() -> None:
    story = Story.begun("frame", {"a": "1"})
    assert story.after("frame", {"a": "1"}) is story


def test_what_is_around_the_regions_can_only_be_loaded_again() -> None:
    story = Story.begun("frame", {"a": "1"}).after("other", {"a": "1", "b": "2"}).after("other", {"a": "1", "b": "3"})
    assert (story.lacking(1), story.lacking(2), story.lacking(0)) == (None, {"b": "3"}, {"a": "1", "b": "3"})


def test_a_reader_names_its_version_or_is_told_everything() -> None:
    first = {"a": "1"}
    story = Story.begun("frame", first).after("frame", {"a": "2"})
    assert story.seen(version_of("frame", first)) == 1
    assert story.seen(story.version) == 2
    assert (story.seen(""), story.seen("nonsense")) == (0, 0)


def test_only_a_page_of_the_same_frame_can_be_mended() -> None:
    story = Story.begun("frame", {"a": "1"}).after("other", {"a": "1"})
    assert not story.fits(version_of("frame", {"a": "1"}))
    assert story.fits(version_of("other", {"a": "7"}))
    assert (story.fits(""), story.fits("nonsense"), story.fits("oth")) == (True, False, False)


def test_old_versions_are_forgotten() -> None:
    story = Story.begun("frame", {"a": "0"})
    for number in range(1, 3 * KEPT_VERSIONS):
        story = story.after("frame", {"a": str(number)})
    assert len(story.known) == KEPT_VERSIONS
    assert story.seen(version_of("frame", {"a": "0"})) == 0


@given(st.lists(FRAGMENTS, min_size=1, max_size=8), st.data())
def test_a_reader_that_takes_what_it_lacks_has_the_page(versions: list[dict[str, str]], data: st.DataObject) -> None:
    keys = versions[0].keys()  # one frame, so the regions are the same
    versions = [{key: version.get(key, "") for key in keys} for version in versions]
    story = Story.begun("frame", versions[0])
    shown, seen = dict(versions[0]), 1
    for version in versions[1:]:
        story = story.after("frame", version)
        if data.draw(st.booleans()):
            shown |= story.lacking(seen) or {}
            seen = story.sequence
    assert shown | (story.lacking(seen) or {}) == versions[-1]


@given(FRAGMENTS, FRAGMENTS)
def test_pages_have_the_same_version_if_they_are_the_same(one: dict[str, str], other: dict[str, str]) -> None:
    is_same = list(one.items()) == list(other.items())
    assert (version_of("frame", one) == version_of("frame", other)) == is_same
    assert version_of("frame", one) != version_of("other", one)
