from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from exporter.model import Language
from exporter.web.pages.place import Place

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


def test_links_keep_what_the_reader_chose_and_say_nothing_else() -> None:
    plain = Place("/", Language.INDONESIAN)
    chosen = Place("/", Language.ENGLISH, is_public=True, is_language_chosen=True, is_public_asked=True)
    assert plain.url("/outages", provider="x", open=None) == "/outages?provider=x"
    assert chosen.url("/offices/dinkes") == "/offices/dinkes?lang=en&public=1"


def test_a_page_on_the_publics_own_listener_needs_no_word_for_it() -> None:
    assert Place("/", Language.INDONESIAN, is_public=True).url("/offices/dinkes") == "/offices/dinkes"


def test_another_language_keeps_the_filter() -> None:
    place = Place("/outages", Language.INDONESIAN, (("month", "2026-10"),))
    assert place.in_language(Language.ENGLISH) == "/outages?month=2026-10&lang=en"


def test_another_page_of_a_list_keeps_the_filter() -> None:
    place = Place("/outages", Language.INDONESIAN, (("after", "a"), ("month", "2026-10")))
    assert place.here(after="b") == "/outages?after=b&month=2026-10"
    assert place.here(after=None) == "/outages?month=2026-10"


@given(TEXTS, TEXTS, st.booleans(), st.sampled_from(["lang", "accept"]))
def test_a_stream_names_all_that_its_page_depends_on(path: str, value: str, is_public: bool, named_by: str) -> None:  # noqa: FBT001
    place = Place(
        f"/{path}",
        Language.ENGLISH,
        (("office", value),),
        is_public=is_public,
        is_public_asked=is_public,
        is_language_chosen=named_by == "lang",
    )
    asked = urlsplit(place.stream)
    public = {"public": "1"} if is_public else {}
    assert asked.path == "/live"
    assert dict(parse_qsl(asked.query, keep_blank_values=True)) == {
        "path": f"/{path}", "office": value, named_by: "en", **public,
    }  # fmt: skip
