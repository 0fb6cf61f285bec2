from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporter.model import Language
from exporter.sla import Month
from exporter.web.downloads import Downloads, File, downloads
from exporter.web.reports import file_of, kept

ID, EN = Language.INDONESIAN, Language.ENGLISH


def only(name: str, *providers: str) -> File:
    ((file,),) = (of.files for of in downloads([name], providers))
    return file


def test_a_months_files_stand_together_the_latest_month_first_and_the_districts_own_before_a_providers() -> None:
    names = [
        "2026-01.json",
        "2026-01.id.pdf",
        "2026-02-serat.id.pdf",
        "2026-02-incidents.id.csv",
        "2026-02.id.csv",
        "2026-02.en.pdf",
        "2026-02.id.pdf",
        "2025-12.id.xlsx",
    ]
    assert downloads(names, ["serat"]) == (
        Downloads(
            Month(2026, 2),
            (
                File("2026-02.en.pdf", "pdf", EN, None, False),
                File("2026-02.id.pdf", "pdf", ID, None, False),
                File("2026-02.id.csv", "csv", ID, None, False),
                File("2026-02-incidents.id.csv", "csv", ID, None, True),
                File("2026-02-serat.id.pdf", "pdf", ID, "serat", False),
            ),
        ),
        Downloads(
            Month(2026, 1),
            (
                File("2026-01.id.pdf", "pdf", ID, None, False),
                File("2026-01.json", "json", None, None, False),
            ),
        ),
        Downloads(Month(2025, 12), (File("2025-12.id.xlsx", "xlsx", ID, None, False),)),
    )


def test_a_providers_files_are_offered_only_where_it_is_asked_for() -> None:
    names = ["2026-02-serat.id.pdf", "2026-02-gelombang.id.pdf", "2026-01-gelombang.id.pdf"]
    assert downloads(names) == ()
    assert downloads(names, ["serat"]) == (
        Downloads(Month(2026, 2), (File("2026-02-serat.id.pdf", "pdf", ID, "serat", False),)),
    )


@pytest.mark.parametrize(
    ("name", "provider", "is_incidents"),
    [
        ("2026-02-serat-incidents.id.csv", "serat", True),
        ("2026-02-incidents.id.pdf", "incidents", False),
        ("2026-02-incidents-incidents.id.csv", "incidents", True),
        ("2026-02-isp.id.id.pdf", "isp.id", False),
        ("2026-02-2026-02.en.md", "2026-02", False),
        ("2026-02-pt-serat_1.net.en.xlsx", "pt-serat_1.net", False),
    ],
)
def test_an_odd_code_of_a_provider_is_read_to_its_end(name: str, provider: str, is_incidents: bool) -> None:  # noqa: FBT001
    file = only(name, provider)
    assert (file.provider, file.is_incidents) == (provider, is_incidents)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "2026-02",
        "2026-02.pdf",
        "2026-02.id.exe",
        "2026-02.fr.pdf",
        "2026-13.id.pdf",
        "0000-01.id.pdf",
        "2026-2.id.pdf",
        "\uff12\uff10\uff12\uff16-02.id.pdf",
        "2026-02.id.pdf\n",
        " 2026-02.id.pdf",
        "../2026-02.id.pdf",
        "2026-02-../../etc.id.pdf",
        "2026-02-<b>.id.pdf",
        "2026-02-SERAT.id.pdf",
        "2026-02-\u202efdp.id.pdf",
        f"2026-02-{'x' * 101}.id.pdf",
        "2026-02-.id.pdf",
        "sla-2026-02.id.pdf",
    ],
)
def test_a_name_that_is_no_reports_is_not_offered(name: str) -> None:
    assert downloads([name], AnyCode()) == ()


class AnyCode(list[str]):
    """Takes every provider for a known one."""

    def __contains__(self, _: object) -> bool:
        return True


def test_a_name_that_comes_twice_is_offered_once() -> None:
    assert downloads(["2026-02.json"] * 2) == downloads(["2026-02.json"])


@given(st.lists(st.text(st.sampled_from("0126-.idencsvpfjox\n/<"), max_size=30)))
def test_whatever_the_names_are_nothing_is_offered_that_was_not_there(names: list[str]) -> None:
    assert {file.name for of in downloads(names, AnyCode()) for file in of.files} <= set(names)


@pytest.mark.parametrize(
    "name",
    [
        "2026-02.json",
        "2026-02.id.pdf",
        "2026-02-incidents.en.csv",
        "2026-02-serat.id.pdf",
        "2026-02-isp.id.id.pdf",
    ],
)
def test_what_is_offered_of_a_folder_is_what_its_address_gives(name: str, tmp_path: Path) -> None:
    (tmp_path / f"sla-{name}").touch()
    (offered,) = downloads(kept(tmp_path), AnyCode())
    assert [file_of(tmp_path, file.name, ID) for file in offered.files] == [tmp_path / f"sla-{name}"]
