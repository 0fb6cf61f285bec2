"""What is said of websites: something of everything that can be, in both languages, and nothing of a stranger's."""

import errno
import os
import subprocess
import sys
from enum import Enum

import pytest

from exporter.model import Language, UpdateEvery
from exporter.report.websites.advice import ADVICE
from exporter.report.websites.phrases import SITE_WORDS
from exporter.report.websites.words import (
    ACTIVITIES,
    FAULTS,
    SOURCES,
    STANDINGS,
    STATUSES,
    TARGETS,
    fault_text,
)
from exporter.report.words import Pair
from exporter.rhythm import Standing
from exporter.website import Activity, Fault, Source

INDONESIAN, ENGLISH = Language.INDONESIAN, Language.ENGLISH
LONGEST_REASON = 60  # characters: a column of the document


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (ACTIVITIES, [*Activity]), (FAULTS, [*Fault]), (SOURCES, [*Source]), (STANDINGS, [*Standing]),
        (TARGETS, [*UpdateEvery, None]), (ADVICE, [None, *Fault]),
    ],
)  # fmt: skip
def test_everything_that_can_be_said_has_words_of_its_own_in_both_languages(
    words: dict[Enum | None, Pair], known: list[Enum | None]
) -> None:
    assert set(words) == set(known)
    for language in (0, 1):
        told = [pair[language] for pair in words.values()]
        assert all(told)
        assert len(set(told)) == len(told)


@pytest.mark.parametrize("language", [0, 1])
def test_a_reason_fits_a_column_and_names_no_abbreviation(language: int) -> None:
    told = [pair[language] for pair in FAULTS.values()]
    assert [of for of in told if len(of) > LONGEST_REASON] == []
    assert [of for of in told if any(word in of for word in ("TLS", "SSL", "DNS", "HTTP"))] == []


@pytest.mark.parametrize(
    ("fault", "detail", "indonesian", "english"),
    [
        (Fault.TLS_EXPIRED, "", "sertifikat keamanan kedaluwarsa", "security certificate expired"),
        (
            Fault.HTTP_STATUS, "503", "server menjawab dengan kode 503 (layanan tidak tersedia)",
            "server answers with code 503 (service unavailable)",
        ),
        (Fault.HTTP_STATUS, "418", "server menjawab dengan kode 418", "server answers with code 418"),
        (Fault.HTTP_STATUS, "", "server menjawab dengan galat", "server answers with an error"),
        (
            Fault.REDIRECTS_ELSEWHERE, "judi.example", "dialihkan ke domain lain: judi.example",
            "redirects to another domain: judi.example",
        ),
        (
            Fault.CONNECTION_FAILED, "Connection refused", "tidak dapat tersambung ke server (sambungan ditolak)",
            "no connection to the server (connection refused)",
        ),
        (
            Fault.CONNECTION_FAILED, "Protocol error", "tidak dapat tersambung ke server (Protocol error)",
            "no connection to the server (Protocol error)",
        ),
        (
            Fault.TLS_EXPIRED, "2020-11-05", "sertifikat keamanan kedaluwarsa (5 November 2020)",
            "security certificate expired (5 November 2020)",
        ),
        (
            Fault.TLS_EXPIRED, "has expired", "sertifikat keamanan kedaluwarsa (has expired)",
            "security certificate expired (has expired)",
        ),
        (
            Fault.TLS_WRONG_NAME, "2020-11-05", "sertifikat keamanan bukan untuk alamat ini (2020-11-05)",
            "security certificate of another address (2020-11-05)",
        ),
    ],
)  # fmt: skip
def test_a_reason_says_what_the_check_saw(fault: Fault, detail: str, indonesian: str, english: str) -> None:
    assert fault_text(fault, detail, INDONESIAN) == indonesian
    assert fault_text(fault, detail, ENGLISH) == english


@pytest.mark.parametrize(
    "number", [errno.ECONNREFUSED, errno.ECONNRESET, errno.ETIMEDOUT, errno.ENETUNREACH, errno.EHOSTUNREACH]
)
def test_a_systems_common_errors_are_told_in_indonesian(number: int) -> None:
    told = fault_text(Fault.CONNECTION_FAILED, os.strerror(number), INDONESIAN)
    assert os.strerror(number) not in told
    assert told.startswith("tidak dapat tersambung ke server (")


@pytest.mark.parametrize("fault", [Fault.REDIRECTS_ELSEWHERE, Fault.BAD_ANSWER, Fault.HTTP_STATUS])
def test_a_strangers_long_text_is_cut_where_the_cut_shows(fault: Fault) -> None:
    told = fault_text(fault, "x" * 121, ENGLISH)
    assert told.count("x") == (0 if fault is Fault.HTTP_STATUS else FAULTS[fault][1].count("x")) + 119
    assert "x…" in told
    assert "…" not in fault_text(fault, "x" * 120, ENGLISH)


def test_states_sources_and_standings_have_words() -> None:
    assert ACTIVITIES[Activity.UNMEASURED][0] == "tidak terukur"
    assert SOURCES[Source.SITEMAP][0] == "peta situs"
    assert STANDINGS[Standing.ASLEEP][1] == "not updated"


def test_sentences_have_the_same_places_in_both_languages() -> None:
    def places(text: str) -> set[str]:
        return {part.partition("}")[0] for part in text.split("{")[1:]}

    pairs = [*SITE_WORDS.values(), *STATUSES.values()]
    assert [pair for pair in pairs if places(pair[0]) != places(pair[1])] == []


def test_the_words_are_there_without_anything_that_draws_or_sets() -> None:
    code = "import sys, exporter.report.websites.words; print({'typst', 'xlsxwriter', 'aiohttp'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=30)
    assert told.stdout == "set()\n"
