from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from exporter.web.pages.rendering import BEGIN, END, VERSION, environment, page, shown

HEAD = f'<html data-version="{VERSION}">'


def written(*regions: tuple[str, str], around: str = "x") -> str:
    parts = (f'<p data-live="{key}" class="c">{BEGIN}{inside}{END}</p>' for key, inside in regions)
    return HEAD + around + "".join(parts)


def test_regions_are_taken_out_of_what_a_template_wrote() -> None:
    made = page(written(("a", "1 <b>one</b>"), ("d:x&amp;y", "2")))
    assert made.fragments == {"a": "1 <b>one</b>", "d:x&y": "2"}
    assert b"\x02" not in made.body
    assert b"\x03" not in made.body
    assert b'<p data-live="a" class="c">1 <b>one</b></p>' in made.body


def test_another_inside_of_a_region_leaves_the_skeleton_as_it_was() -> None:
    before, after = page(written(("a", "1"))), page(written(("a", "2")))
    assert before.skeleton == after.skeleton
    assert before.body != after.body


@pytest.mark.parametrize(
    "other",
    [written(("a", "1"), around="y"), written(("b", "1")), written(("a", "1"), ("b", "1")), written()],
    ids=["text outside", "another key", "one more", "none"],
)
def test_anything_else_that_differs_is_another_skeleton(other: str) -> None:
    assert page(written(("a", "1"))).skeleton != page(other).skeleton


def test_a_page_carries_its_version() -> None:
    made = page(written(("a", "1")))
    version = made.body.split(b'"')[1].decode()
    assert version.partition(".")[0] == made.skeleton
    assert version != page(written(("a", "2"))).body.split(b'"')[1].decode()


@given(st.text())
def test_no_text_can_make_or_end_a_region_or_bring_markup(text: str) -> None:
    template = environment().from_string('<p data-live="k">{{ BEGIN }}{{ text }}{{ END }}</p>')
    fragment = page(template.render(text=text)).fragments["k"]
    assert not set(fragment) & {"<", ">", '"', "\x00", "\x02", "\x03", "\x04", "\x7f"}


def test_nothing_is_written_for_none_and_a_missing_name_is_an_error() -> None:
    assert shown(None) == ""
    with pytest.raises(UndefinedError):
        environment().from_string("{{ missing }}").render()
