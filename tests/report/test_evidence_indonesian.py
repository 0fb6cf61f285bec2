"""Evidence in Indonesian: the same things said as in English, by the same clock."""

from __future__ import annotations

from dataclasses import replace
from string import Formatter
from zoneinfo import ZoneInfo

from exporter.cause import Above, DeviceSeen, Evidence, Together, Trail
from exporter.model import Language
from exporter.report.evidence import SENTENCES, sentences

ZONE = ZoneInfo("Asia/Jakarta")
START = 1_770_000_000  # 2026-02-02 09:40:00
END = START + 60
UP = DeviceSeen(is_polled=True, good_before=START - 20, asked_at=END + 12, boot_at=START - 86_400)
ALONE = Evidence(START, END, UP)


def told(evidence: Evidence) -> list[str]:
    return list(sentences(evidence, ZONE, Language.INDONESIAN))


def test_both_languages_of_a_sentence_name_the_same_values() -> None:
    for indonesian, english in SENTENCES.values():
        named = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (indonesian, english)]
        assert named[0] == named[1]


def test_a_device_that_was_up_all_through() -> None:
    assert told(ALONE) == [
        "Perangkat menjawab dengan baik pada 2 Februari 2026 09.39.40 WIB, sebelum gangguan.",
        (
            "Ketika ditanya pada 2 Februari 2026 09.41.12 WIB, perangkat sudah menyala sejak"
            " 1 Februari 2026 09.40.00 WIB: sepanjang gangguan."
        ),
    ]


def test_a_boot_is_told_with_its_distance_from_the_end() -> None:
    assert told(replace(ALONE, device=replace(UP, boot_at=END - 4)))[1] == (
        "Ketika ditanya pada 2 Februari 2026 09.41.12 WIB, perangkat ternyata menyala ulang pada"
        " 2 Februari 2026 09.40.56 WIB, 4 detik sebelum gangguan selesai."
    )
    far = told(replace(ALONE, started_at=START - 7200, device=replace(UP, boot_at=END - 301)))[1]
    assert far.endswith("selesai, terlalu jauh untuk dijadikan bukti; batasnya 5 menit.")


def test_a_node_above_and_the_providers_links_come_first() -> None:
    both = replace(ALONE, above=Above("pop-ciruas", START - 3), together=Together("serat", 5, 8))
    assert told(both)[:2] == [
        (
            "Simpul pop-ciruas di atas sambungan ini juga tidak menjawab sejak 2 Februari 2026 09.39.57 WIB,"
            " 3 detik sebelum sambungan."
        ),
        "Dalam satu menit yang sama, 4 sambungan lain milik serat, dari 8 yang terukur, juga putus serentak.",
    ]


def test_the_path_is_shown_beside_the_last_good_one() -> None:
    trail = Trail(START + 12, ("192.0.2.2", None), "pop", ("pop",), START - 900, ("192.0.2.2", "198.18.10.1"))
    assert told(replace(ALONE, trail=trail))[-2:] == [
        "Jalur dilacak pada 2 Februari 2026 09.40.12 WIB: jalur berakhir di pop, titik ke-2: 192.0.2.2 > *.",
        "Jalur baik terakhir, pada 2 Februari 2026 09.25.00 WIB: 192.0.2.2 > 198.18.10.1.",
    ]
