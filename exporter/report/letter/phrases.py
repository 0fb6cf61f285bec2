"""The words of the document that is signed, beside those of every form."""

from __future__ import annotations

from exporter.report.words import WORDS, Pair, Words

PHRASES: dict[str, Pair] = {
    "sample": ("Contoh: bukan data sebenarnya", "Sample: not real data"),
    "provisional_until": (
        "Sementara: terukur sampai {until}, angkanya masih dapat berubah",
        "Provisional: measured until {until}, the figures may change yet",
    ),
    "provisional_open": (
        "Sementara: ada gangguan, sebab atau pemeliharaan yang belum tuntas; angkanya masih dapat berubah",
        "Provisional: an outage is open, a cause undecided or maintenance under way; the figures may change yet",
    ),
    "revision_of": ("Final: revisi {number}", "Final: revision {number}"),
    "revision_provisional": ("Sementara: revisi {number}", "Provisional: revision {number}"),
    "revision_changed": ("Draf: berubah sejak revisi {number}", "Draft: changed since revision {number}"),
    "revision_none": ("Draf: belum ditutup", "Draft: not closed yet"),
    "for_provider": ("Khusus sambungan {name}", "The links of {name} alone"),
    "days_from_to": ("{start} sampai {end}", "{start} to {end}"),
    "between": ("{low} – {high}", "{low} – {high}"),  # noqa: RUF001 -- a range is written with a dash
    "out_of": ("{part} dari {whole}", "{part} of {whole}"),
    "with_more": ("{text} ({more})", "{text} ({more})"),
    "links_breached": ("Sambungan di bawah target", "Links below target"),
    "min_max": ("Min – maks", "Min – max"),  # noqa: RUF001 -- the same
    "credit_total": ("Jumlah restitusi", "Credit in all"),
    "answer_who": ("Sambungan di bawah target", "Links below target"),
    "answer_links": ("{part} dari {whole} sambungan", "{part} of {whole} links"),
    "answer_providers": ("Penyedia di bawah target: {names}", "Providers below target: {names}"),
    "answer_how_far": ("Pelampauan terbesar", "Largest overrun"),
    "answer_due": ("Restitusi yang menjadi hak", "Credit that is due"),
    "answer_from": ("dari {names}", "from {names}"),
    "many_providers": ("{count} penyedia", "{count} providers"),
    "answer_unsaid": ("Belum dapat dipastikan", "Not determined"),
    "answer_open": (
        "menunggu konfirmasi: {claims}; pemeliharaan tidak berlaku: {windows}",
        "awaiting confirmation: {claims}; windows not applied: {windows}",
    ),
    "breaches": ("Sambungan yang tidak memenuhi target", "Links that missed their target"),
    "breaches_none": ("Tidak ada.", "None."),
    "seconds_of": ("{seconds} detik", "{seconds} s"),
    "within_budget": ("batas putus sebulan belum habis", "the whole month's budget is not used up yet"),
    "unsaid": ("Yang belum dapat dipastikan", "What can't be said"),
    "unsaid_none": ("Tidak ada: semua hasil sudah pasti.", "Nothing: every verdict is certain."),
    "unsaid_verdict": (
        "{name}: {unmeasured} tak terukur{pooled}, maka ketersediaannya antara {low} dan {high}; target {target}.",
        "{name}: {unmeasured} unmeasured{pooled}, so its availability lies between {low} and {high}; target {target}.",
    ),
    "pooled_over": (" (jumlah dari {links} sambungan)", " (of {links} links together)"),
    "unsaid_claim": (
        "{name}: putus {length} karena {cause}, menunggu konfirmasi. Bila dikonfirmasi, waktu itu dikecualikan.",
        "{name}: down for {length}, cause: {cause}; awaits confirmation. Once confirmed, that time is excluded.",
    ),
    "unsaid_window": (
        "Pemeliharaan {scope}, {start} sampai {end}: {standing}.",
        "Maintenance of {scope}, {start} to {end}: {standing}.",
    ),
    "unsaid_credit": (
        "Restitusi baru nilai minimal, karena ada waktu tak terukur atau biaya yang belum diketahui: {names}.",
        "The credit is a lower bound, because of unmeasured time or an unknown fee: {names}.",
    ),
    "unsaid_forgotten": (
        "Terukur dalam bulan ini, tetapi tidak ada dalam inventaris, maka tidak dilaporkan: {names}.",
        "Measured in this month and in no inventory, so not reported: {names}.",
    ),
    "unsaid_fee": (
        "Restitusi tidak dapat dihitung, karena biaya sebulannya tidak diketahui: {names}.",
        "The credit can't be reckoned, because the monthly fee isn't known: {names}.",
    ),
    "unsaid_target": (
        "Tidak dapat dinilai, karena tanpa target: {names}.",
        "Can't be judged without a target: {names}.",
    ),
    "chart": ("Ketersediaan harian", "Daily availability"),
    "chart_none": ("Tidak ada hari yang terukur.", "No day was measured."),
    "chart_lowest": ("terendah {share} ({day})", "lowest {share} ({day})"),
    "chart_always": ("selalu {share}", "{share} throughout"),
    "chart_days": ("tanggal", "day of the month"),
    "day_unmeasured": ("tak terukur sehari penuh", "unmeasured all day"),
    "day_partly": ("sebagian tak terukur", "unmeasured in part"),
    "day_excluded": ("dikecualikan sehari penuh", "excluded all day"),
    "no_links": ("tanpa sambungan", "no links"),
    "not_valid": ("di luar masa kontrak", "outside its contract"),
    "all_excluded": ("seluruhnya dikecualikan", "all excluded"),
    "down_and_mttr": ("Putus dan MTTR", "Down and MTTR"),
    "mttr_of": ("MTTR {length}", "MTTR {length}"),
    "provider_page": ("Penyedia: {name}", "Provider: {name}"),
    "provider_empty": ("Tidak ada sambungan dalam bulan ini.", "It has no link in this month."),
    "excluded_why": ("{reason}: {length}", "{reason}: {length}"),
    "by_maintenance": ("pemeliharaan", "maintenance"),
    "by_amendment": ("keputusan", "amendment"),
    "by_cause": ("sebab", "cause"),
    "breaches_and_credit": ("Pelanggaran dan restitusi", "Breaches and credit"),
    "credit_none": (
        "Tidak ada sambungan di bawah target, dan tidak ada restitusi.",
        "No link is below target, and no credit is due.",
    ),
    "no_credit_rule": ("Tidak ada ketentuan restitusi.", "There is no rule for credit."),
    "formula_pro_rata_downtime": (
        "Restitusi = biaya sebulan × lama putus ÷ {seconds} detik sebulan",  # noqa: RUF001 -- a product
        "Credit = monthly fee × downtime ÷ {seconds} s of the month",  # noqa: RUF001 -- the same
    ),
    "formula_sla_hours": (
        "Restitusi = biaya sebulan × lama putus ÷ ({seconds} detik sebulan × target)",  # noqa: RUF001 -- the same
        "Credit = monthly fee × downtime ÷ ({seconds} s of the month × target)",  # noqa: RUF001 -- the same
    ),
    "formula_below_target": (
        "Restitusi = biaya sebulan × (target − ketersediaan maksimum) × detik berlaku ÷ {seconds} detik sebulan",  # noqa: RUF001 -- the same
        "Credit = monthly fee × (target − availability max) × valid seconds ÷ {seconds} s of the month",  # noqa: RUF001 -- the same
    ),
    "formula_tiers": (
        (
            "Restitusi = biaya sebulan × jenjang menurut ketersediaan maksimum × detik berlaku ÷ {seconds} detik"  # noqa: RUF001 -- the same
            " sebulan; jenjang: {tiers}"
        ),
        (
            "Credit = monthly fee × tier by the availability max × valid seconds ÷ {seconds} s of the month;"  # noqa: RUF001 -- the same
            " tiers: {tiers}"
        ),
    ),
    "tier_below": ("di bawah {below}: {credit}", "below {below}: {credit}"),
    "only_longer": ("hanya gangguan yang lebih lama dari {length}", "only outages longer than {length}"),
    "excludes": (
        "Di luar tanggung jawab penyedia setelah dikonfirmasi: {causes}.",
        "Not the provider's, once confirmed: {causes}.",
    ),
    "excludes_unconfirmed": ("Di luar tanggung jawab penyedia: {causes}.", "Not the provider's: {causes}."),
    "from_day": ("{text}, mulai {day}", "{text}, from {day}"),
    "incidents_none": ("Tidak ada gangguan dalam bulan ini.", "There was no outage in this month."),
    "when": ("Mulai dan selesai", "Start and end"),
    "in_all": ("seluruhnya {length}", "{length} in all"),
    "excluded_for": ("dikecualikan {length}", "{length} excluded"),
    "unmeasured_for": ("tak terukur {length}", "{length} unmeasured"),
    "is_confirmed": ("dikonfirmasi oleh {by}", "confirmed by {by}"),
    "over_edge": ("Melewati batas bulan.", "Reaches over the month's edge."),
    "is_unconfirmed": ("belum dikonfirmasi", "not confirmed"),
    "excluded_reason": ("Dikecualikan oleh {by}: {reason}", "Excluded by {by}: {reason}"),
    "is_claim": (
        "Dikecualikan begitu sebabnya dikonfirmasi; sampai saat itu tetap dihitung.",
        "Excluded once its cause is confirmed; counts until then.",
    ),
    "offline": ("Luring", "Offline"),
    "windows_none": (
        "Tidak ada pemeliharaan terencana dalam bulan ini.",
        "There was no planned maintenance in this month.",
    ),
    "approved_by_whom": ("Disetujui: {by}", "Approved by {by}"),
    "added_by": ("Ditambahkan: {by}", "Added by {by}"),
    "ended_early": ("Diakhiri {at}", "Ended at {at}"),
    "signatures": ("Pengesahan", "Signatures"),
    "sign_place": ("Tempat dan tanggal", "Place and date"),
    "sign_role": ("Jabatan", "Position"),
    "sign_name": ("Nama", "Name"),
    "sign_id": ("NIP", "Staff number"),
    "in_workbook": (
        "{rows} baris: terlalu panjang untuk dokumen ini; lihat XLSX atau CSV.",
        "{rows} rows: too long for this document; see the XLSX or the CSV.",
    ),
    "no_glyph": (
        "Kotak berisi nomor Unicode menggantikan huruf yang tidak ada dalam fon dokumen ini.",
        "A box with a Unicode number stands for a character that this document's fonts lack.",
    ),
}


class Phrases(Words):
    """One language's words, those of the document among them."""

    def __call__(self, key: str, **values: object) -> str:
        """Return the word or sentence of a key, with values put in."""
        return self.of(PHRASES[key] if key in PHRASES else WORDS[key]).format(**values)
