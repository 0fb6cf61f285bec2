"""JSON-LD, meta elements, microdata, and the state of single-page apps."""

from __future__ import annotations

import json

import pytest
from pages_of_sites import HOME, judged, newest, page, refusals

from exporter.freshness.state import script_state
from exporter.website import Source


def linked(data: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'


def state(data: object) -> str:
    return f'<script id="__NEXT_DATA__" type="application/json">{json.dumps(data)}</script>'


def test_an_article_in_linked_data_counts_with_its_address() -> None:
    graph = {"@graph": [{"@type": ["NewsArticle"], "url": f"{HOME}a", "datePublished": "2026-11-18T08:30:00+07:00"}]}
    publication = judged(page(linked(graph))).publications[0]
    assert (publication.source, publication.address) == (Source.STRUCTURED, f"{HOME}a")


def test_the_modification_of_an_article_counts() -> None:
    data = {"@type": "BlogPosting", "datePublished": "2025-01-01", "dateModified": "2026-11-18T08:30:00+07:00"}
    assert newest(page(linked(data))) == "2026-11-18 08:30"


@pytest.mark.parametrize("kind", ["Event", "WebPage", "WebSite", "JobPosting", "Comment"])
def test_other_kinds_of_things_do_not_count(kind: str) -> None:
    data = {"@type": kind, "datePublished": "2026-11-18", "dateModified": "2026-11-19", "startDate": "2026-11-17"}
    assert judged(page(linked(data))).candidates == ()


def test_an_article_of_another_site_is_refused() -> None:
    data = {"@type": "Article", "url": "https://lain.example/a", "datePublished": "2026-11-18"}
    assert refusals(page(linked(data))) == ["of another site"]


@pytest.mark.parametrize(
    "data", ["{", "[" * 50_000, '{"@type": 7}', "null", '{"@type": "Article", "datePublished": {}}']
)
def test_broken_linked_data_gives_nothing(data: str) -> None:
    assert judged(page(f'<script type="application/ld+json">{data}</script>')).candidates == ()


@pytest.mark.parametrize(
    "element",
    [
        '<meta property="article:published_time" content="2026-11-18T08:30:00+07:00">',
        '<meta property="article:modified_time" content="2026-11-18T01:30:00+00:00">',
        '<meta itemprop="datePublished" content="2026-11-18 08:30:00">',
        '<span property="dc:date dc:created" content="2026-11-18T08:30:00+07:00"></span>',
        '<div itemprop="datePublished" datetime="2026-11-18T08:30:00+07:00"></div>',
    ],
)
def test_an_element_for_machines_counts(element: str) -> None:
    assert newest(page(element)) == "2026-11-18 08:30"


def test_what_pages_say_of_their_last_update_for_social_networks_does_not_count() -> None:
    assert judged(page('<meta property="og:updated_time" content="2026-11-19T08:00:00+07:00">')).candidates == ()


@pytest.mark.parametrize(
    "item",
    [
        {"judul": "Panen raya", "published_at": "2026-11-18T01:30:00.000Z"},
        {"title": "Panen raya", "created_at": "2026-11-18 08:30:00"},
        {"judul": "Panen raya", "tanggalTerbit": "2026-11-18T08:30:00+07:00"},
        {"title": "Panen raya", "date": 1794965400},
        {"id": 1, "attributes": {"judul": "Panen raya", "publishedAt": "2026-11-18T01:30:00Z"}},
        {"judul": "Panen raya", "tanggal": "18 November 2026 08:30 WIB"},
    ],
)
def test_an_item_in_the_state_of_an_app_counts(item: dict[str, object]) -> None:
    assert newest(page(state({"props": {"pageProps": {"berita": [item]}}}))) == "2026-11-18 08:30"


@pytest.mark.parametrize(
    "data",
    [
        {"agenda": [{"judul": "Rapat", "tanggal": "2026-11-18"}]},
        {"data": [{"judul": "Rapat", "tanggal": "2026-11-18", "lokasi": "Aula"}]},
        {"berita": [{"judul": "Konsep", "created_at": "2026-11-18", "status": "draft"}]},
        {"user": {"title": "Admin", "created_at": "2026-11-18"}},
        {"serverTime": "2026-11-18T08:00:00Z", "settings": {"title": "x", "updated_at": "2026-11-18"}},
        {"komentar": [{"title": "Bagus", "created_at": "2026-11-18"}]},
    ],
)
def test_events_drafts_and_other_things_of_an_app_do_not_count(data: object) -> None:
    assert judged(page(state(data))).publications == ()


@pytest.mark.parametrize(
    "script",
    [
        'window.__INITIAL_STATE__ = {"berita":[{"judul":"Panen","created_at":"2026-11-18 08:30:00"}]};(function(){})()',
        '__NUXT__=(function(a,b){return {data:[{judul:"Panen: ya",created_at:b,x:a}]}}(null,"2026-11-18 08:30:00"));',
        'window.__NUXT__=(function(a){return {data:[{judul:a,created_at:"2026-11-18 08:30",x:void 0}]}}("Panen"))',
    ],
)
def test_a_state_that_a_script_assigns_counts(script: str) -> None:
    assert newest(page(f"<script>{script}</script>")) == "2026-11-18 08:30"


def test_a_state_whose_values_name_each_other_by_number_counts() -> None:
    table = [{"berita": 1}, [2], {"judul": 3, "created_at": 4}, "Panen raya", "2026-11-18T08:30:00+07:00"]
    assert newest(page(state(table))) == "2026-11-18 08:30"


def test_a_state_in_an_attribute_counts() -> None:
    data = json.dumps({"props": {"berita": [{"judul": "Panen", "published_at": "2026-11-18T01:30:00Z"}]}})
    assert newest(page(f"<div id='app' data-page='{data}'></div>")) == "2026-11-18 08:30"


@pytest.mark.parametrize(
    "script", ["", "x", "a = {", "a=(function(){return {1}}())", "a=(x", "a=(function(b){return {c:}}(1))"]
)
def test_a_script_without_a_state_has_none(script: str) -> None:
    assert script_state("", script) is None


def test_a_name_that_no_argument_gives_is_unknown() -> None:
    assert script_state("", "a = (function(b){return {c:b}}(d))") == {"c": None}
