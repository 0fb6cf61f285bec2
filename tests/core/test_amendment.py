from __future__ import annotations

from exporter.amendment import UNSAID, Amendment, Word, word
from exporter.model import Cause


def said(**what: object) -> Amendment:
    return Amendment("uji/primary", 100, 200, "Bidang Telematika", **what)  # type: ignore[arg-type]


def test_where_nobody_spoke_nothing_is_said() -> None:
    assert word([]) == UNSAID == Word(None, None, None)


def test_the_latest_word_holds_of_each_kind_by_itself() -> None:
    spoken = [
        said(cause=Cause.POWER, note="PLN padam"),
        said(excluded="banjir"),
        said(cause=Cause.LINK),
        said(note="foto terlampir"),
    ]
    assert word(spoken) == Word(Cause.LINK, "banjir", "foto terlampir")


def test_what_is_excluded_may_be_charged_again_and_the_other_way_round() -> None:
    assert word([said(excluded="banjir"), said(charged="bukan banjir")]).excluded is None
    assert word([said(charged="bukan banjir"), said(excluded="banjir")]).excluded == "banjir"


def test_a_word_on_something_else_leaves_the_exclusion() -> None:
    assert word([said(excluded="banjir"), said(note="foto")]) == Word(excluded="banjir", note="foto")
