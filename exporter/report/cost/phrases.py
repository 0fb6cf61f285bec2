"""The words of the report on costs, in Indonesian and in English."""

from __future__ import annotations

from exporter.report.words import Pair, Words
from exporter.terms import OFFICE_ITSELF

COST_WORDS: dict[str, Pair] = {
    "title": ("Laporan biaya sambungan internet", "Report on the costs of internet links"),
    "all": (
        "{month}: kabupaten membayar seluruhnya {amount} untuk {links} di {offices}.",
        "{month}: the district pays {amount} in all, for {links} of {offices}.",
    ),
    "all_unknown": (
        "{month}: berapa yang dibayar kabupaten untuk {links} di {offices} tidak diketahui.",
        "{month}: what the district pays for {links} of {offices} isn't known.",
    ),
    "no_links": ("{month}: tidak ada sambungan yang berlaku.", "{month}: no link is valid."),
    "all_without": (
        "Belum termasuk {links} tanpa biaya yang tercatat (sebulan penuh atau sebagian hari).",
        "Not in it: {links} without a fee on record (for the month or for some of its days).",
    ),
    "paid_by": ("Yang membayar: {payers}.", "Who pays: {payers}."),
    "payer_pays": ("{payer} {amount} ({links})", "{payer} {amount} ({links})"),
    "turn": ("Mulai {month}: {payers}.", "From {month} on: {payers}."),
    "payer_turns": ("{payer} dari {before} menjadi {after}", "{payer} from {before} to {after}"),
    "more_turns": (
        "Sesudah itu masih ada perubahan dalam {months} bulan; lihat tabelnya.",
        "After that {months} more months bring a change; see the table.",
    ),
    "no_turns": (
        "Sampai {month} tidak ada yang berubah menurut kontrak dan pembayar yang tercatat.",
        "Until {month} nothing changes, as contracts and payers stand.",
    ),
    "price": (
        (
            "Harga tiap Mbps unduh sebulan: {contracted} menurut kontrak ({of_contracted} dari {links}),"
            " {used} menurut pemakaian nyata ({of_used} dari {links})."
        ),
        (
            "A month's price of one Mbps of download: {contracted} as contracted ({of_contracted} of {links}),"
            " {used} as really used ({of_used} of {links})."
        ),
    ),
    "hardly_used": (
        "Terpakai di bawah 10 % di kedua arah: {links}; biayanya {amount} bulan ini.",
        "Under 10 % used in both directions: {links}; cost this month {amount}.",
    ),
    "none_hardly_used": (
        "Terpakai di bawah 10 % di kedua arah: tidak ada dari {links} yang diukur.",
        "Under 10 % used in both directions: none of {links} that were measured.",
    ),
    "full": ("Di atas 80 % dari kontrak: {links}.", "Over 80 % of the contract: {links}."),
    "full_link": ("{link} selama {hours} jam", "{link} for {hours} hours"),
    "none_full": (
        "Di atas 80 % dari kontrak: tidak ada dari {links} yang diukur.",
        "Over 80 % of the contract: none of {links} that were measured.",
    ),
    "use_unknown": (
        "Berapa dari kontrak yang terpakai tidak diketahui.",
        "How much of the contracts is used isn't known.",
    ),
    "and_more": ("dan {links} lagi", "and {links} more"),
    "gaps": ("Yang tidak diketahui: {gaps}.", "What isn't known: {gaps}."),
    "gap_fee": ("{links} tanpa biaya", "{links} without a fee"),
    "gap_payer": ("{links} tanpa pembayar", "{links} without a payer"),
    "gap_rate": ("{links} tanpa kecepatan kontrak", "{links} without a contracted rate"),
    "gap_means": ("{links} tanpa pengukuran pemakaian", "{links} without measured use"),
    "note_days": (
        (
            "Biaya dibagi menurut hari: biaya sebulan kali jumlah hari, dibagi jumlah hari dalam bulan itu. Jumlah"
            " tiap sambungan dipotong ke rupiah utuh satu kali; rupiah sisanya diberikan kepada bagian dengan sisa"
            " pecahan terbesar, sehingga semua bagian tepat sama dengan jumlahnya."
        ),
        (
            "Fees are shared out by days: a month's fee times the days, divided by the days of that month. Each"
            " link's sum is cut to whole rupiah once; the rupiah left over go to the parts with the largest"
            " remainders, so that all parts add up to the sum exactly."
        ),
    ),
    "note_outlook": (
        "Dua belas bulan dihitung menurut kontrak dan pembayar yang tercatat sekarang.",
        "The twelve months are reckoned as contracts and payers stand now.",
    ),
    "note_use": (
        (
            "Pemakaian nyata ialah persentil 95 dari rerata 5 menit; persennya terhadap kontrak yang berlaku saat"
            " itu. Jam di atas 80 % ialah banyaknya rerata 5 menit dengan salah satu arah di atas 80 % kontrak,"
            " dibagi 12. Yang tidak diketahui ditulis {nothing} dan tidak dihitung sebagai 0."
        ),
        (
            "What is really used is the 95th percentile of the 5-minute means; its percentage is of the contract in"
            " force at the time. Hours over 80 % are the 5-minute means with either direction above 80 % of its"
            " contract, divided by 12. What isn't known is written {nothing} and never counted as 0."
        ),
    ),
    "payers": ("Siapa membayar berapa", "Who pays what"),
    "outlook": ("Dua belas bulan per pembayar", "Twelve months by payer"),
    "turns": ("Bulan dengan perubahan", "Months with a change"),
    "use": ("Harga dan pemakaian", "Price and use"),
    "unused": ("Hampir tidak terpakai", "Hardly used"),
    "busy": ("Di atas 80 % kontrak", "Over 80 % of the contract"),
    "offices": ("Biaya per OPD", "Costs by office"),
    "shares": ("Rincian per sambungan", "Links in detail"),
    "changes": ("Perubahan menurut tanggal", "Changes by date"),
    "unknown": ("Yang tidak diketahui", "What isn't known"),
    "payer": ("Pembayar", "Payer"),
    "payer_itself": ("OPD sendiri", "the offices themselves"),
    "payer_unknown": ("pembayar tidak diketahui", "payer unknown"),
    "amount_unknown": ("jumlah yang tidak diketahui", "an unknown amount"),
    "price_unknown": ("tidak diketahui", "unknown"),
    "one_link": ("1 sambungan", "1 link"),
    "some_links": ("{number} sambungan", "{number} links"),
    "one_office": ("1 OPD", "1 office"),
    "some_offices": ("{number} OPD", "{number} offices"),
    "links": ("Sambungan", "Links"),
    "in_month": ("Biaya bulan ini", "Cost this month"),
    "without_fee": ("Sambungan tanpa biaya", "Links without a fee"),
    "total": ("Seluruhnya", "Total"),
    "month": ("Bulan", "Month"),
    "before": ("Sebelumnya", "Before"),
    "after": ("Menjadi", "After"),
    "difference": ("Selisih", "Difference"),
    "office_code": ("Kode OPD", "Office code"),
    "office": ("OPD", "Office"),
    "link": ("Sambungan", "Link"),
    "provider": ("Penyedia", "Provider"),
    "monthly_fee": ("Biaya sebulan", "Monthly fee"),
    "download": ("Kontrak unduh", "Contracted download"),
    "upload": ("Kontrak unggah", "Contracted upload"),
    "price_contracted": ("Per Mbps kontrak", "Per Mbps contracted"),
    "price_used": ("Per Mbps terpakai", "Per Mbps used"),
    "receive": ("Unduh nyata", "Download used"),
    "transmit": ("Unggah nyata", "Upload used"),
    "receive_share": ("Unduh terpakai", "Of the download"),
    "transmit_share": ("Unggah terpakai", "Of the upload"),
    "full_hours": ("Di atas 80 %", "Over 80 %"),
    "itself": ("Dibayar OPD sendiri", "Paid by itself"),
    "others": ("Dibayar pihak lain", "Paid by others"),
    "nobody": ("Pembayar tidak diketahui", "Payer unknown"),
    "first_day": ("Dari", "From"),
    "last_day": ("Sampai", "To"),
    "days": ("Hari", "Days"),
    "day": ("Tanggal", "Date"),
    "what": ("Yang berubah", "What changes"),
    "begins": ("mulai berlaku", "begins"),
    "ends": ("berakhir", "ends"),
    "fee_changes": ("biaya", "fee"),
    "payer_changes": ("pembayar", "payer"),
    "fee_and_payer_change": ("biaya dan pembayar", "fee and payer"),
    "fee_before": ("Biaya sebelumnya", "Fee before"),
    "fee_after": ("Biaya sesudahnya", "Fee after"),
    "payer_before": ("Pembayar sebelumnya", "Payer before"),
    "payer_after": ("Pembayar sesudahnya", "Payer after"),
    "days_without_fee": ("Hari tanpa biaya", "Days without a fee"),
    "days_without_payer": ("Hari tanpa pembayar", "Days without a payer"),
    "means": ("Rerata 5 menit", "5-minute means"),
}


class CostWords:
    """The report's words in one language; `words` has the forms of numbers, dates and money."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def __call__(self, key: str, **values: object) -> str:
        """Return the word or sentence of a key, with values put in."""
        return self.words.of(COST_WORDS[key]).format(**values)

    def amount(self, rupiah: int | None) -> str:
        """Return whole rupiah in a sentence."""
        return self("amount_unknown") if rupiah is None else self.words.money(rupiah)

    def price(self, rupiah: int | None) -> str:
        """Return what an Mbps costs, in a sentence."""
        return self("price_unknown") if rupiah is None else self.words.money(rupiah)

    def links(self, number: int) -> str:
        """Return so many links."""
        return self("one_link" if number == 1 else "some_links", number=number)

    def offices(self, number: int) -> str:
        """Return so many offices."""
        return self("one_office" if number == 1 else "some_offices", number=number)

    def payer(self, payer: str | None) -> str:
        """Return who pays, as the contract has it; the office itself, and nobody known, as words."""
        if payer is None:
            return self("payer_unknown")
        return self("payer_itself") if payer == OFFICE_ITSELF else payer
