"""The sentences and heads of the websites' report, in Indonesian and in English."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from exporter.model import UpdateEvery
from exporter.report.websites.evaluation import Site
from exporter.report.websites.words import FAULTS, SOURCES, STANDINGS, TARGETS, fault_text
from exporter.report.words import Pair, Words
from exporter.rhythm import Standing, days_ago
from exporter.website import Fault, Publication

SITE_WORDS: dict[str, Pair] = {
    "title": ("Laporan evaluasi website OPD", "Report on the offices' websites"),
    "sample": ("Contoh: bukan data sebenarnya", "Sample: not real data"),
    "month": ("Bulan", "Month"),
    "provisional": ("Sementara", "Provisional"),
    "until": ("sementara, terukur sampai {at}", "provisional, measured until {at}"),
    "headline_of_one": ("Dari 1 website OPD, {parts}", "Of 1 office website, {parts}"),
    "headline": ("Dari {number} website OPD, {parts}", "Of {number} office websites, {parts}"),
    "count_a": ("{number} aktif", "{number} active"),
    "count_b": ("{number} tidak aktif atau tidak diperbarui", "{number} inactive or not updated"),
    "count_unknown": ("{number} belum diketahui kapan diperbarui", "{number} of unknown date of update"),
    "count_unmeasured": ("{number} tidak terukur", "{number} not measured"),
    "reasons": ("Yang tidak aktif atau tidak diperbarui: {parts}.", "Inactive or not updated: {parts}."),
    "asleep": ("tidak diperbarui menurut sasarannya", "not updated as often as they should be"),
    "by_target": ("Sasaran {target} ({sites}): {parts}.", "Target {target} ({sites}): {parts}."),
    "without_target": ("Tanpa sasaran ({sites}): {parts}.", "Without a target ({sites}): {parts}."),
    "part": ("{number} {what}", "{number} {what}"),
    "reachable": (
        "Waktu terbuka semua website: {share} dari waktu yang terukur; {measured} dari bulan itu terukur.",
        "Time reachable of all websites: {share} of the measured time; {measured} of the month was measured.",
    ),
    "changed": ("Dibanding {month}, {sites} berubah: {parts}.", "Since {month}, {sites} changed: {parts}."),
    "change": ("{office} dari {before} menjadi {after}", "{office} from {before} to {after}"),
    "unchanged": ("Dibanding {month}, tidak ada yang berubah.", "Since {month}, nothing has changed."),
    "before_unknown": (
        "Perubahan sejak {month} tidak diketahui: bulan itu tidak terukur.",
        "What has changed since {month} isn't known: that month wasn't measured.",
    ),
    "unknown": (
        "Belum diketahui kapan diperbarui, karena tidak ada tanggal yang ditemukan: {offices}.",
        "Of unknown date of update, because no date was found: {offices}.",
    ),
    "unmeasured": ("Tidak terukur bulan ini: {offices}.", "Not measured in this month: {offices}."),
    "guarded": (
        "Dilindungi dari akses otomatis, maka harus dilihat orang (terhitung tidak aktif): {sites}, yaitu {offices}.",
        "Protected from automated access, so a person must look (counted as inactive): {sites}, of {offices}.",
    ),
    "offices_without": (
        "OPD tanpa website, tidak dihitung: {number}.",
        "Offices without a website, not counted: {number}.",
    ),
    "forgotten": (
        "Terukur bulan ini, tetapi tidak ada dalam inventaris, maka tidak dilaporkan: {offices}.",
        "Measured in this month and not in the inventory, so not reported: {offices}.",
    ),
    "and_more": ("dan {number} lagi", "and {number} more"),
    "one_site": ("1 website", "1 website"),
    "some_sites": ("{number} website", "{number} websites"),
    "is_active": ("aktif", "active"),
    "is_unknown": ("belum diketahui", "unknown"),
    "is_unmeasured": ("tidak terukur", "not measured"),
    "is_inactive": ("tidak aktif", "inactive"),
    "is_on_time": ("tepat waktu", "on time"),
    "is_late": ("terlambat", "late"),
    "is_asleep": ("tidak diperbarui", "not updated"),
    "is_unasked": ("aktif tanpa sasaran", "active without a target"),
    "updated_that_day": ("diperbarui pada hari pemeriksaan terakhir", "updated on the day of the last check"),
    "updated_a_day_ago": ("diperbarui 1 hari yang lalu", "updated 1 day ago"),
    "updated_days_ago": ("diperbarui {days} hari yang lalu", "updated {days} days ago"),
    "no_date": ("tidak ada tanggal terbitan yang ditemukan", "no date of a publication was found"),
    "no_check": ("tidak ada pemeriksaan yang terukur", "no check was measured"),
    "attention": ("Perlu ditindaklanjuti", "Needs somebody to act"),
    "rhythm": ("Menurut sasaran pembaruan", "By target of update"),
    "changes": ("Perubahan dari bulan sebelumnya", "Changes since the month before"),
    "sites": ("Semua website", "All websites"),
    "faults": ("Arti alasan dan tindak lanjut", "Reasons, and what to do"),
    "no_attention": (
        "Tidak ada website yang tidak aktif atau tidak diperbarui.",
        "No website is inactive or not updated.",
    ),
    "no_changes": ("Tidak ada yang berubah.", "Nothing has changed."),
    "changes_unknown": ("Bulan sebelumnya tidak terukur.", "The month before wasn't measured."),
    "office_code": ("Kode OPD", "Office code"),
    "office": ("OPD", "Office"),
    "url": ("Alamat", "Address"),
    "verdict": ("Hasil", "Result"),
    "since": ("Sejak", "Since"),
    "reason": ("Keterangan", "Reason"),
    "published": ("Terbitan terakhir", "Last publication"),
    "source": ("Sumber tanggal", "Source of the date"),
    "target": ("Sasaran", "Target"),
    "standing": ("Kepatuhan", "Standing"),
    "weeks": ("Pekan dengan terbitan, dari 12", "Weeks with a publication, of 12"),
    "interval": ("Jarak terbitan, hari", "Days between publications"),
    "share": ("Waktu terbuka", "Time reachable"),
    "note": ("Catatan", "Note"),
    "before": ("Sebelumnya", "Before"),
    "after": ("Sekarang", "Now"),
    "number": ("Website", "Websites"),
    "meaning": ("Arti dan tindak lanjut", "Meaning, and what to do"),
    "total": ("Seluruhnya", "Total"),
    "note_active": (
        (
            "Aktif: pada pemeriksaan terukur terakhir bulan itu halamannya terbuka dengan isi yang sebenarnya, dan"
            " websitenya masih diperbarui menurut sasarannya. Waktu terbuka hanya menilai halamannya. Tiap website"
            " diperiksa setiap 5 menit; hasilnya berganti bila dua pemeriksaan sependapat, terhitung sejak yang"
            " pertama."
        ),
        (
            "Active: at the month's last measured check its page opened with real content, and it was still updated"
            " by its target. The time reachable judges the page alone. Each website is checked every 5 minutes; its"
            " result changes where two checks agree, counted from the first."
        ),
    ),
    "note_updated": (
        (
            "Umur terbitan dihitung sampai pemeriksaan terakhir bulan itu: tepat waktu sampai satu masa sasaran"
            " (1, 7 atau 31 hari), terlambat sampai tiga, tidak diperbarui sesudahnya. Yang terlambat masih"
            " dihitung aktif. Bila hanya harinya yang diketahui, umur dihitung dari akhir hari itu."
        ),
        (
            "A publication's age is counted up to the month's last check: on time up to one period of the target"
            " (1, 7 or 31 days), late up to three, not updated beyond. The late ones still count as active. Where"
            " only the day is known, age is counted from the day's end."
        ),
    ),
    "note_time": (
        (
            "Waktu terbuka ialah bagian dari waktu yang terukur, dipotong dan tidak dibulatkan. Selama pemantau"
            " sendiri terputus tidak ada yang terukur. Yang tidak diketahui ditulis {nothing}, dan tidak pernah"
            " diperkirakan."
        ),
        (
            "Time reachable is a share of the measured time, cut and never rounded up. While the monitor itself is"
            " cut off nothing is measured. What isn't known is written {nothing}, and never guessed."
        ),
    ),
    "note_rhythm": (
        (
            "Pekan dengan terbitan, dan jarak terbitan (nilai tengah), ialah dari 12 pekan terakhir, sejauh"
            " terbitannya terlihat oleh pemantau."
        ),
        (
            "Weeks with a publication, and the days between publications (their median), are of the last 12"
            " weeks, as far as the monitor has seen what was published."
        ),
    ),
}


class SiteWords:
    """The report's words in one language; `words` has the forms of numbers and dates, days are those of a zone."""

    def __init__(self, words: Words, zone: ZoneInfo) -> None:
        self.words = words
        self._zone = zone

    def __call__(self, key: str, **values: object) -> str:
        """Return the word or sentence of a key, with values put in."""
        return self.words.of(SITE_WORDS[key]).format(**values)

    def sites(self, number: int) -> str:
        """Return so many websites."""
        return self("one_site" if number == 1 else "some_sites", number=number)

    def day(self, at: int | None) -> date | None:
        """Return an instant's day by the zone's clock."""
        return None if at is None else self._local(at).date()

    def target(self, update_every: UpdateEvery | None) -> str:
        """Return how often a website is meant to be updated."""
        return self.words.of(TARGETS[update_every])

    def standing(self, standing: Standing) -> str:
        """Return how well a website is kept up to date."""
        return self.words.of(STANDINGS[standing])

    def fault(self, fault: Fault | None) -> str:
        """Return a reason without what is special to one website; None is that it isn't updated."""
        return self("asleep") if fault is None else self.words.of(FAULTS[fault])

    def source(self, publication: Publication | None) -> str | None:
        """Return where a date was found."""
        return None if publication is None else self.words.of(SOURCES[publication.source])

    def verdict(self, site: Site) -> str:
        """Return what a website is shown as; of those in B whether it is inactive or asleep."""
        return self(f"is_{site.state.value}")

    def reason(self, site: Site) -> str:
        """Return why a website isn't active, or how long ago it was updated."""
        if site.last is None:
            return self("no_check")
        if site.last.fault is not None:
            return fault_text(site.last.fault, site.last.detail, self.words.language)
        if site.newest is None:
            return self("no_date")
        days = days_ago(self._local(site.newest.published_at), self._local(site.last.until - 1))
        if days > 1:
            return self("updated_days_ago", days=self.words.number(days))
        return self("updated_a_day_ago" if days else "updated_that_day")

    def _local(self, at: int) -> datetime:
        return datetime.fromtimestamp(at, UTC).astimezone(self._zone)
