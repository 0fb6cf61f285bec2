from __future__ import annotations

import gzip

import pytest

from exporter.web.assets import Asset, Assets

MOST_BYTES = 60_000


def test_a_file_is_found_by_its_name_alone() -> None:
    assets = Assets({"a.css": b"p{}"})
    found = assets.named("a.css")
    assert found == Asset(
        "a.css", "text/css; charset=utf-8", b"p{}", gzip.compress(b"p{}", 9, mtime=0), found and found.mark
    )
    assert assets.named("b.css") is None


def test_an_address_changes_with_its_file_and_with_no_other() -> None:
    before, after = Assets({"a.css": b"p{}", "b.js": b"1"}), Assets({"a.css": b"p{}", "b.js": b"2"})
    assert before.url("a.css") == after.url("a.css")
    assert before.url("b.js") != after.url("b.js")
    assert before.url("a.css").startswith("/static/a.css?v=")


def test_a_page_cannot_ask_for_what_is_not_there() -> None:
    with pytest.raises(KeyError):
        Assets({}).url("terpadu.css")


def test_styles_and_scripts_are_small_together() -> None:
    assets = Assets.of_the_package()
    assert assets.named("terpadu.js")
    assert sum(len(asset.body) for asset in assets.all()) < MOST_BYTES


def test_scripts_and_styles_ask_for_nothing_from_outside() -> None:
    for asset in Assets.of_the_package().all():
        text = asset.body.decode().replace("http://www.w3.org/", "")
        assert "//" not in "".join(line for line in text.splitlines() if "http" in line), asset.name
        assert "@import" not in text
