"""The method in half a page of plain words, for whoever signs the report: what SLA_METHOD says to the second."""

from __future__ import annotations

from exporter.report.words import Pair, Words

METHOD: tuple[Pair, ...] = (
    (
        (
            "Bulan dihitung dari pukul 00.00 tanggal 1 hingga pukul 00.00 tanggal 1 bulan berikutnya menurut zona waktu"
            " organisasi; tiap sambungan dihitung selama masa kontraknya."
        ),
        (
            "The month runs from 00:00 on the 1st to 00:00 on the next 1st by the organisation's clock; each link is"
            " counted while its contract is valid."
        ),
    ),
    (
        (
            "Pada setiap selang waktu, satu ping dikirim ke tiap sambungan. Semua angka dihitung dari catatan itu"
            " dalam detik utuh; tidak ada yang diperkirakan."
        ),
        (
            "In each interval one echo (ping) is sent to each link. All figures are reckoned from that record in whole"
            " seconds; nothing is estimated."
        ),
    ),
    (
        (
            "Sambungan putus sejak ping pertama dari sederet ping tanpa balasan, dan pulih sejak balasan pertama"
            " dari sederet balasan; panjang deret itu ditetapkan untuk tiap sambungan. Waktu dengan mutu menurun tetap"
            " dihitung tersambung."
        ),
        (
            "A link is down from the first lost echo of a run of losses, and back from the first reply of a run of"
            " replies; how long a run must be is set for each link. Degraded time counts as available."
        ),
    ),
    (
        (
            "Waktu ketika alat pemantau mati atau terputus dari jaringan disebut tak terukur: tidak dihitung tersambung"
            " maupun putus, dan selalu dinyatakan tersendiri."
        ),
        (
            "Time in which the monitor didn't run, or was itself cut off, is unmeasured: it counts neither as up nor as"
            " down, and is always stated."
        ),
    ),
    (
        (
            "Yang dikecualikan, tiap detik satu kali dan menurut urutan ini: pemeliharaan yang diumumkan sebelum mulai,"
            " gangguan yang dikecualikan oleh pejabat beserta alasannya, dan gangguan dengan sebab yang dikecualikan"
            " kontrak."
        ),
        (
            "What is excluded, each second once and in this order: maintenance announced before it began, outages that"
            " a person excluded with a reason, and outages of a cause that the contract excludes."
        ),
    ),
    (
        (
            "Ketersediaan = tersambung / (tersambung + putus). Nilai minimum menganggap semua waktu tak terukur putus,"
            " nilai maksimum menganggapnya tersambung; cakupan ialah bagian waktu yang terukur."
        ),
        (
            "Availability = available / (available + down). The minimum takes all unmeasured time as down, the maximum"
            " takes it as up; coverage is the measured share of the time."
        ),
    ),
    (
        (
            "Target terpenuhi bila nilai minimum pun mencapainya, tidak terpenuhi bila nilai maksimum pun di bawahnya;"
            " selain itu belum dapat dipastikan. Yang dinilai ialah pecahan yang tepat, sebelum desimalnya dipotong."
        ),
        (
            "A target is met where even the minimum reaches it, and breached where even the maximum falls short; else"
            " it is undetermined. The exact fraction is judged, before decimals are cut."
        ),
    ),
    (
        (
            "OPD dihitung putus hanya selama tidak satu pun sambungannya tersedia. Detik semua sambungan satu penyedia"
            " dijumlahkan; persentase tidak pernah dirata-ratakan."
        ),
        (
            "An office is offline only while none of its links is available. A provider's seconds are added up over its"
            " links; percentages are never averaged."
        ),
    ),
    (
        (
            "Persentase dipotong pada tiga desimal dan tidak pernah dibulatkan ke atas; restitusi dipotong menjadi"
            " rupiah utuh di akhir. “Sekurangnya” berarti waktu tak terukur mungkin menambah jumlahnya."
        ),
        (
            "Percentages are cut to three decimals, never rounded up; a credit is cut to whole rupiah at the end. “At"
            " least” means that the unmeasured time could have earned more."
        ),
    ),
)


def paragraphs(words: Words) -> tuple[str, ...]:
    """Return the method's sentences, a thought each, in the order in which a figure comes to be."""
    return tuple(words.of(pair) for pair in METHOD)
