"""The reports' words and forms of numbers, dates and money, in Indonesian and in English, from one set."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from exporter.maintenance import Standing
from exporter.model import Cause, CreditFormula, Language
from exporter.sla import Month, Verdict, percent
from exporter.terms import OFFICE_ITSELF

NOTHING = "–"  # noqa: RUF001 -- a dash as tables have it
Pair = tuple[str, str]

WORDS: dict[str, Pair] = {
    "title": ("Laporan SLA bulanan", "Monthly SLA report"),
    "month": ("Bulan", "Month"),
    "period": ("Masa", "Period"),
    "provisional": ("Sementara", "Provisional"),
    "revision": ("Revisi", "Revision"),
    "not_closed": ("belum ditutup", "not closed"),
    "changed_since": ("berubah sejak revisi {number}", "changed since revision {number}"),
    "hash": ("Sidik jari data (SHA-256)", "Hash of the data (SHA-256)"),
    "page": ("Halaman {page} dari {pages}", "Page {page} of {pages}"),
    "yes": ("ya", "yes"),
    "no": ("tidak", "no"),
    "none": ("tidak ada", "none"),
    "summary": ("Ringkasan", "Summary"),
    "links": ("Sambungan", "Links"),
    "offices": ("OPD", "Offices"),
    "providers": ("Penyedia", "Providers"),
    "incidents": ("Gangguan", "Incidents"),
    "method": ("Cara menghitung", "Method"),
    "maintenance": ("Pemeliharaan terencana", "Planned maintenance"),
    "link": ("Sambungan", "Link"),
    "opd": ("Kode OPD", "OPD"),
    "office": ("OPD", "Office"),
    "provider": ("Penyedia", "Provider"),
    "circuit": ("Sirkit", "Circuit"),
    "target": ("Target", "Target"),
    "availability": ("Ketersediaan", "Availability"),
    "availability_min": ("Ketersediaan minimum", "Availability min"),
    "availability_max": ("Ketersediaan maksimum", "Availability max"),
    "coverage": ("Cakupan", "Coverage"),
    "experienced": ("Ketersediaan yang dialami", "Experienced availability"),
    "verdict": ("Hasil", "Verdict"),
    "total": ("Seluruhnya", "Total"),
    "up": ("Tersambung", "Up"),
    "degraded": ("Mutu menurun", "Degraded"),
    "down": ("Putus", "Down"),
    "unmeasured": ("Tak terukur", "Unmeasured"),
    "excluded": ("Dikecualikan", "Excluded"),
    "bridged": ("Dijembatani", "Bridged"),
    "excluded_maintenance": ("Dikecualikan: pemeliharaan", "Excluded: maintenance"),
    "excluded_amendment": ("Dikecualikan: keputusan", "Excluded: amendment"),
    "excluded_cause": ("Dikecualikan: sebab", "Excluded: cause"),
    "budget": ("Sisa batas putus", "Downtime budget left"),
    "outages_started": ("Gangguan mulai", "Outages started"),
    "outages_ended": ("Gangguan selesai", "Outages ended"),
    "mttr": ("MTTR", "MTTR"),
    "mtbo": ("MTBO", "MTBO"),
    "rtt_p50": ("RTT median", "RTT median"),
    "rtt_p95": ("RTT persentil 95", "RTT 95th percentile"),
    "loss": ("Paket hilang", "Packet loss"),
    "receive_p95": ("Unduh persentil 95", "Download 95th percentile"),
    "transmit_p95": ("Unggah persentil 95", "Upload 95th percentile"),
    "samples": ("rerata 5 menit", "5-minute means"),
    "fee": ("Biaya sebulan", "Monthly fee"),
    "payer": ("Pembayar", "Payer"),
    "payer_itself": ("OPD sendiri", "the office itself"),
    "credit": ("Restitusi", "Credit"),
    "credit_formula": ("Rumus restitusi", "Credit formula"),
    "credit_at_least": ("sekurangnya {amount}", "at least {amount}"),
    "credit_is_least": ("Restitusi itu sekurangnya", "Credit is the least"),
    "claims": ("Menunggu konfirmasi", "Awaiting confirmation"),
    "id": ("Nomor", "Id"),
    "start": ("Mulai", "Start"),
    "end": ("Selesai", "End"),
    "open": ("belum selesai", "open"),
    "seconds_in_month": ("Putus dalam bulan ini", "Down in this month"),
    "cause": ("Sebab", "Cause"),
    "cause_pending": ("belum diketahui", "not known yet"),
    "confirmed": ("Dikonfirmasi", "Confirmed"),
    "evidence": ("Bukti", "Evidence"),
    "note": ("Catatan", "Note"),
    "reason": ("Alasan", "Reason"),
    "continues": ("Melewati batas bulan, atau belum selesai", "Continues beyond the month, or open"),
    "was_cut": ("Berakhir bersama sambungannya", "Ended with its link"),
    "scope": ("Berlaku untuk", "Scope"),
    "standing": ("Status", "Standing"),
    "report_for": ("untuk {provider}", "for {provider}"),
    "known_until": ("Data baru sampai {at}.", "The data reach until {at}."),
    "provisional_why": (
        "SEMENTARA: ada gangguan yang belum selesai atau data yang belum lengkap; angka masih dapat berubah.",
        "PROVISIONAL: an outage is open or the data aren't complete; figures may change.",
    ),
    "changed_why": (
        "BERUBAH sejak revisi {number}: data yang mendasarinya tidak sama lagi.",
        "CHANGED since revision {number}: the data beneath it aren't the same any more.",
    ),
    "of_links": ("dari {total} sambungan", "of {total} links"),
    "of_outages": ("dari {total} gangguan", "of {total} outages"),
    "part_of": ("{part} dari {whole}", "{part} of {whole}"),
    "undetermined": ("Belum dapat dipastikan", "Undetermined"),
    "credit_due": ("Restitusi yang menjadi hak", "Credit due"),
    "breached_count": ("Sambungan di bawah target", "Links below their target"),
    "provider_verdicts": ("Hasil tiap penyedia", "Verdict by provider"),
    "breached_links": ("Sambungan yang tidak memenuhi target", "Links that breached their target"),
    "undetermined_links": (
        "Belum dapat dipastikan: waktu tak terukur dapat mengubah hasilnya",
        "Undetermined: the unmeasured time could change the verdict",
    ),
    "unmeasured_links": (
        "Sambungan dengan waktu tak terukur: {links}; yang restitusinya karena itu mungkin lebih besar: {more}.",
        "Links with unmeasured time: {links}; those whose credit could be higher because of it: {more}.",
    ),
    "claims_awaiting": (
        "Menunggu konfirmasi: masih dihitung, dan dikecualikan bila sebabnya dipastikan",
        "Awaiting confirmation: counted still, and excluded once a person confirms the cause",
    ),
    "windows_not_applied": ("Pemeliharaan yang tidak dikecualikan", "Maintenance that isn't excluded"),
    "fee_unknown": (
        "Restitusi tak dapat dihitung: biaya sebulan tidak tercatat",
        "Credit can't be reckoned: no monthly fee is recorded",
    ),
    "over_budget": ("Melebihi batas putus", "Over downtime budget"),
    "name": ("Nama", "Name"),
    "district": ("Kecamatan", "District"),
    "link_count": ("Banyaknya sambungan", "Number of links"),
    "link_total": ("{total} sambungan", "{total} links"),
    "incident": ("Gangguan", "Incident"),
    "band_verdict": ("Target dan hasil", "Target and verdict"),
    "band_time": ("Waktu (jam:menit:detik)", "Time (hours:minutes:seconds)"),
    "band_more": ("Mutu, pemakaian, dan biaya", "Quality, use and fee"),
    "band_cause": ("Sebab dan status", "Cause and standing"),
    "band_other": ("Lainnya", "Other"),
    "band_excluded": ("Alasan pengecualian", "Why excluded"),
    "on_screen_only": (
        "Mulai kolom {column}: hanya di layar, tidak ikut dicetak.",
        "From column {column} on: for the screen, not printed.",
    ),
    "recomputed_from_seconds": ("Dihitung ulang dari detik", "Recomputed from the seconds"),
    "recomputed": ("{what}, dihitung ulang", "{what}, recomputed"),
    "in_seconds": ("{what} (detik)", "{what} (s)"),
    "is_same": ("Sama?", "Same?"),
    "same": ("sama", "same"),
    "differs": ("BERBEDA", "DIFFERS"),
    "counted": ("dihitung", "counted"),
    "counted_in_part": ("dihitung sebagian; dikecualikan: {why}", "counted in part; excluded: {why}"),
    "left_out": ("tidak dihitung; dikecualikan: {why}", "not counted; excluded: {why}"),
    "why_maintenance": ("pemeliharaan terencana", "planned maintenance"),
    "why_amendment": ("keputusan pejabat ({reason})", "decision ({reason})"),
    "why_cause": ("sebab ({cause})", "cause ({cause})"),
    "scope_of_window": ("Berlaku untuk", "Applies to"),
    "approved_by": ("Disetujui oleh", "Approved by"),
    "timezone": ("Zona waktu", "Time zone"),
    "parameters": ("Parameter pengukuran", "Parameters of measurement"),
    "parameter_interval": ("Selang ping", "Echo interval"),
    "parameter_timeout": ("Batas tunggu (detik)", "Timeout (s)"),
    "parameter_down_after": ("Putus setelah ping tanpa balasan", "Down after lost echoes"),
    "parameter_up_after": ("Pulih setelah balasan", "Back after replies"),
    "parameter_bridge": ("Dijembatani hingga selang", "Bridged up to slots"),
    "parameter_window": ("Mutu: jendela selang", "Degraded: window of slots"),
    "parameter_loss_above": ("Mutu: hilang di atas", "Degraded: loss above"),
    "parameter_rtt_above": ("Mutu: RTT di atas (detik)", "Degraded: RTT above (s)"),
    "contract_rules": ("Aturan kontrak tiap penyedia", "Contract rules by provider"),
    "excluded_causes": ("Sebab yang dikecualikan", "Excluded causes"),
    "once_confirmed": ("setelah dipastikan", "once confirmed"),
    "without_confirmation": ("tanpa perlu dipastikan", "without confirmation"),
    "min_outage": ("Gangguan yang lebih lama dari", "Outages longer than"),
    "tiers": ("Jenjang restitusi", "Credit tiers"),
    "tier": ("di bawah {below}: {credit} dari biaya", "below {below}: {credit} of the fee"),
}
VERDICTS: dict[Verdict, Pair] = {
    Verdict.MET: ("terpenuhi", "met"),
    Verdict.BREACHED: ("tidak terpenuhi", "breached"),
    Verdict.UNDETERMINED: ("belum dapat dipastikan", "undetermined"),
    Verdict.NOT_APPLICABLE: ("tanpa target", "not applicable"),
}
CAUSES: dict[Cause, Pair] = {
    Cause.POWER: ("listrik di OPD", "power at the office"),
    Cause.LINK: ("sambungan", "link"),
    Cause.UPSTREAM: ("simpul di atasnya", "upstream"),
    Cause.PROVIDER: ("penyedia", "provider"),
    Cause.UNKNOWN: ("tidak diketahui", "unknown"),
}
STANDINGS: dict[Standing, Pair] = {
    Standing.APPLIED: ("berlaku", "applied"),
    Standing.LATE: ("terlambat diumumkan, tidak berlaku", "announced late, not applied"),
    Standing.CHANGED: ("diubah sewaktu berjalan, tidak berlaku", "changed while it ran, not applied"),
}
FORMULAS: dict[str, Pair] = {
    CreditFormula.PRO_RATA_DOWNTIME.value: ("sebanding lama putus", "pro rata of the downtime"),
    CreditFormula.SLA_HOURS.value: ("sebanding lama putus terhadap jam SLA", "downtime by SLA hours"),
    CreditFormula.BELOW_TARGET.value: ("sebanding kekurangan dari target", "what is lacking to the target"),
    "tiers": ("berjenjang", "by tiers"),
}
MONTHS: tuple[Pair, ...] = (
    ("Januari", "January"), ("Februari", "February"), ("Maret", "March"), ("April", "April"), ("Mei", "May"),
    ("Juni", "June"), ("Juli", "July"), ("Agustus", "August"), ("September", "September"), ("Oktober", "October"),
    ("November", "November"), ("Desember", "December"),
)  # fmt: skip
UNITS: tuple[tuple[int, Pair], ...] = (
    (86_400, ("hari", "d")), (3_600, ("jam", "h")), (60, ("menit", "min")), (1, ("detik", "s")),
)  # fmt: skip


SECONDS: Pair = ("detik", "s")


class Words:
    """One language's words and forms; a value that isn't known is a dash."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._place = 0 if language is Language.INDONESIAN else 1

    def __call__(self, key: str, **values: object) -> str:
        """Return the word or sentence of a key, with values put in."""
        return self.of(WORDS[key]).format(**values)

    def of(self, pair: Pair) -> str:
        """Return this language's half."""
        return pair[self._place]

    def verdict(self, verdict: Verdict) -> str:
        """Return what can be said of a target."""
        return self.of(VERDICTS[verdict])

    def cause(self, cause: Cause | None) -> str:
        """Return why an outage was."""
        return self("cause_pending") if cause is None else self.of(CAUSES[cause])

    def standing(self, standing: Standing) -> str:
        """Return whether a window leaves the figures."""
        return self.of(STANDINGS[standing])

    def payer(self, by: str | None) -> str:
        """Return who pays."""
        if by is None:
            return NOTHING
        return self("payer_itself") if by == OFFICE_ITSELF else by

    def unit(self, unit: str) -> str:
        """Return a unit as a table's head has it: s is seconds, others are as they stand."""
        return self.of(SECONDS) if unit == "s" else unit

    def formula(self, formula: str) -> str:
        """Return how a credit is reckoned."""
        return self.of(FORMULAS[formula])

    def yes_no(self, claim: bool) -> str:  # noqa: FBT001 -- it is what is asked
        """Return yes or no."""
        return self("yes" if claim else "no")

    def decimal(self, text: str | None) -> str:
        """Return a number, written with a point, by the language's own mark."""
        if text is None:
            return NOTHING
        return text.replace(".", ",") if self.language is Language.INDONESIAN else text

    def percent(self, share: Fraction | None) -> str:
        """Return a share as percent, cut to 3 decimals."""
        return NOTHING if share is None else f"{self.decimal(percent(share))} %"

    def number(self, value: int | None) -> str:
        """Return an integer in groups of three."""
        if value is None:
            return NOTHING
        grouped = f"{value:,}"
        return grouped.replace(",", ".") if self.language is Language.INDONESIAN else grouped

    def money(self, rupiah: int | None) -> str:
        """Return whole rupiah."""
        if rupiah is None:
            return NOTHING
        return f"Rp{self.number(rupiah)}" if self.language is Language.INDONESIAN else f"IDR {self.number(rupiah)}"

    def rate(self, bps: int | None) -> str:
        """Return bits a second as Mbps, cut to 2 decimals."""
        if bps is None:
            return NOTHING
        return f"{self.decimal(f'{bps // 1_000_000}.{bps % 1_000_000 // 10_000:02}')} Mbps"

    def duration(self, seconds: int | None) -> str:
        """Return a length, exact to the second; units that are zero are left out."""
        if seconds is None:
            return NOTHING
        left = abs(seconds)
        parts: list[str] = []
        for size, names in UNITS:
            if left >= size or (size == 1 and not parts):
                parts.append(f"{left // size} {self.of(names)}")
                left %= size
        return ("-" if seconds < 0 else "") + " ".join(parts)

    def date(self, day: date) -> str:
        """Return a day, for instance 3 Februari 2026."""
        return f"{day.day} {self.of(MONTHS[day.month - 1])} {day.year}"

    def month(self, month: Month) -> str:
        """Return a month, for instance Februari 2026."""
        return f"{self.of(MONTHS[month.month - 1])} {month.year}"

    def instant(self, at: int | None, zone: ZoneInfo) -> str:
        """Return an instant by a zone's clock with the zone's name, to the second; None is still open."""
        if at is None:
            return self("open")
        local = datetime.fromtimestamp(at, UTC).astimezone(zone)
        mark = "." if self.language is Language.INDONESIAN else ":"
        clock = f"{local:%H}{mark}{local:%M}{mark}{local:%S}"
        return f"{self.date(local.date())} {clock} {local:%Z}"
