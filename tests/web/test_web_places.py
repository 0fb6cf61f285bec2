from __future__ import annotations

from itertools import product

import pytest

from exporter.model import Language
from exporter.web.negotiation import wanted_language, wants_html
from exporter.web.pages import Place
from exporter.web.places import language_of, place_of
from exporter.web.refusals import Refusal

INDONESIAN, ENGLISH = Language.INDONESIAN, Language.ENGLISH


def placed(path: str, *, is_public: bool = False, **query: str) -> Place:
    return place_of(path, query, "", INDONESIAN, is_public=is_public)


@pytest.mark.parametrize(
    "path", ["/", "/offices/dinkes", "/outages", "/outages/dinkes/primary@20260202T024500Z", "/reports/"]
)
def test_a_page_is_known_by_its_path(path: str) -> None:
    assert placed(path) == Place(path, INDONESIAN)


@pytest.mark.parametrize(
    "path", ["/offices", "/offices/", "/offices/a/b", "/outages/", "/metrics", "", "//", "/reports", "/" + "a" * 500]
)
def test_any_other_path_is_no_page(path: str) -> None:
    with pytest.raises(Refusal) as refused:
        placed(path)
    assert refused.value.status == 404


def test_a_query_is_sorted_and_holds_known_keys_with_a_value_alone() -> None:
    query = {"provider": "serat", "office": "dinkes", "cause": "", "utm_source": "x", "lang": "id", "limit": "5"}
    assert placed("/outages", **query).query == (("office", "dinkes"), ("provider", "serat"))
    assert placed("/", **query).query == ()


def test_a_value_that_is_too_long_is_refused_in_words() -> None:
    assert placed("/outages", office="a" * 400).query == (("office", "a" * 400),)
    with pytest.raises(Refusal) as refused:
        placed("/outages", office="a" * 401)
    assert (refused.value.status, refused.value.sentence.english) == (
        400,
        "office is longer than 400 characters; shorten it",
    )
    assert placed("/", office="a" * 401).query == ()


@pytest.mark.parametrize("value", ["1", "true", "yes", "x", " "])
def test_whatever_asks_for_the_public_page_is_given_it(value: str) -> None:
    assert placed("/", public=value).is_public


@pytest.mark.parametrize("value", ["", "0", "false", "No"])
def test_a_query_may_say_that_it_is_not_for_the_public(value: str) -> None:
    assert not placed("/", public=value).is_public
    assert placed("/", public=value, is_public=True).is_public


def test_the_publics_listener_has_four_places_of_a_page_whatever_is_asked() -> None:
    asked = product(["", "id", "en", "de"], ["", "0", "1", "x"], ["", "id", "en", "de, *;q=0.5"], ["", "1"])
    places = {
        place_of("/", {"lang": lang, "public": public, "x": other}, accepted, INDONESIAN, is_public=True)
        for lang, public, accepted, other in asked
    }
    assert places == {
        Place("/", language, is_public=True, is_language_chosen=is_chosen)
        for language in Language
        for is_chosen in (False, True)
    }


@pytest.mark.parametrize("path", ["/outages", "/outages/a@b", "/reports/"])
def test_the_public_has_fewer_pages(path: str) -> None:
    with pytest.raises(Refusal) as refused:
        placed(path, public="1")
    assert refused.value.status == 404


def test_the_language_is_the_querys_else_the_clients_else_the_organisations() -> None:
    assert language_of({"lang": "en"}, "id", INDONESIAN) is ENGLISH
    assert language_of({"lang": "de"}, "en-GB", INDONESIAN) is ENGLISH
    assert language_of({}, "de", INDONESIAN) is INDONESIAN


@pytest.mark.parametrize(
    ("accept_language", "language"),
    [
        ("", INDONESIAN),
        ("en", ENGLISH),
        ("EN-us,en;q=0.9", ENGLISH),
        ("id-ID,id;q=0.9,en-US;q=0.8,en;q=0.7", INDONESIAN),
        ("in-ID, en;q=0.5", INDONESIAN),
        ("en;q=0.5, id;q=0.8", INDONESIAN),
        ("en, id", ENGLISH),
        ("de-DE,de;q=0.9", INDONESIAN),
        ("de, *;q=0.5", INDONESIAN),
        ("de, en;q=0.1, *;q=0.5", INDONESIAN),
        ("en;q=0.6, *;q=0.5", ENGLISH),
        ("en;q=0", INDONESIAN),
        ("id;q=0, en;q=0.1", ENGLISH),
        ("en;q=high", INDONESIAN),
        (";;=,,", INDONESIAN),
    ],
)
def test_the_language_is_what_the_client_would_rather_read(accept_language: str, language: Language) -> None:
    assert wanted_language(accept_language, INDONESIAN) is language


@pytest.mark.parametrize(
    ("accept", "wants"),
    [("text/html", True), ("application/xhtml+xml;q=0.9", True), ("*/*", False), ("", False), ("text/html;q=0", False)],
)
def test_a_page_is_for_who_names_html(accept: str, wants: bool) -> None:  # noqa: FBT001 -- the table's
    assert wants_html(accept) is wants
