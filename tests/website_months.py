"""A district's websites in a ledger, for the report's tests: a November of 31 sites, and small months by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from exporter import inventory
from exporter.ledger import Batch, Ledger, SiteRecord
from exporter.model import Inventory
from exporter.rhythm import DAY_SECONDS
from exporter.website import Activity, Fault, Look, Publication, SiteSpan, Source

ACTIVE, INACTIVE, UNMEASURED = Activity
JAKARTA = ZoneInfo("Asia/Jakarta")
HEAD = """
organisation:
  name: Diskominfosatik Kabupaten Uji
  timezone: Asia/Jakarta
  language: id
  signatories: [{role: Kepala Dinas, name: Nama Lengkap Pejabat, id: NIP 000000000000000000}]
providers: {serat: {name: PT Serat Nusantara, availability: 99.5%}}
offices:
"""
OFFICE = (
    "  - {{code: {code}, name: {name}, district: Ciruas{website}, links: [{{name: primary, address: 192.0.2.{number},"
    " provider: serat, contract: {{monthly_fee: 1}}}}]}}\n"
)
NAMES = (
    "Sekretariat Daerah", "Sekretariat DPRD", "Inspektorat",
    "Badan Perencanaan Pembangunan, Riset dan Inovasi Daerah", "Badan Pengelolaan Keuangan dan Aset Daerah",
    "Badan Pendapatan Daerah", "Badan Kepegawaian dan Pengembangan Sumber Daya Manusia",
    "Badan Kesatuan Bangsa dan Politik", "Dinas Pendidikan dan Kebudayaan",
    "Dinas Kependudukan dan Pencatatan Sipil", "Dinas Penanaman Modal dan Pelayanan Terpadu Satu Pintu",
    "Dinas Kesehatan", "Dinas Sosial", "Dinas Perhubungan", "Dinas Lingkungan Hidup", "Dinas Pertanian",
    "Dinas Perikanan", "Dinas Kepemudaan dan Olahraga", "Dinas Tenaga Kerja dan Transmigrasi", "Dinas Pariwisata",
    "Dinas Perpustakaan dan Kearsipan", "Dinas Ketahanan Pangan", "Dinas Pekerjaan Umum dan Penataan Ruang",
    "Satuan Polisi Pamong Praja", "Kecamatan Ciruas", "Kecamatan Kramatwatu", "Kecamatan Anyar", "Kecamatan Baros",
    "Kecamatan Cikande", "Kecamatan Pamarayan", "Kecamatan Tirtayasa",
)  # fmt: skip
TARGETS = ("day", "week", "week", "month")
FAULTS = {
    7: (Fault.TLS_EXPIRED, ""), 23: (Fault.NAME_NOT_FOUND, ""), 25: (Fault.HTTP_STATUS, "503"),
    26: (Fault.SUSPENDED, ""), 27: (Fault.GUARDED, ""), 29: (Fault.REDIRECTS_ELSEWHERE, "judi.example"),
}  # fmt: skip
ASLEEP = {24: 60, 28: 400}
KNOWN_UNTIL = "2020-12-02T08:00"
NOTE = "=1+1 surat @kabid *lama* <b> | 12/2020 #5"


def at(text: str) -> int:
    """Read local time in Jakarta."""
    return int(datetime.fromisoformat(text).replace(tzinfo=JAKARTA).timestamp())


def district(*websites: str | None) -> Inventory:
    """Return an inventory of an office for each website, a, b, c and so on; None is an office without one."""
    return inventory.parse(document(*websites), "uji.yaml")


def document(*websites: str | None, names: tuple[str, ...] = ()) -> str:
    """Return that inventory's text; a website is what stands in its braces beside the URL."""
    offices = []
    for number, more in enumerate(websites):
        code = chr(ord("a") + number) if number < 26 else f"a{chr(ord('a') + number - 26)}"
        website = "" if more is None else f', website: {{url: "https://{code}.example/"{more and ", "}{more}}}'
        name = f'"{names[number]}"' if names else f"Kantor {code}"
        offices.append(OFFICE.format(code=code, name=name, website=website, number=number + 1))
    return HEAD + "".join(offices)


def span(start: str, end: str, activity: Activity = ACTIVE, fault: Fault | None = None, detail: str = "") -> SiteSpan:
    """Return a span between local times."""
    return SiteSpan(at(start), at(end), activity, fault, detail)


def published(
    day: str, seen: str | None = None, *, is_day_only: bool = False, source: Source = Source.FEED
) -> Publication:
    """Return something published at a local time, and seen then or later."""
    return Publication(at(day), is_day_only, source, at(seen or day), f"https://a.example/{day[:10]}")


def write(ledger: Ledger, office: str, *spans: SiteSpan, publications: tuple[Publication, ...] = ()) -> None:
    """Write what was seen of an office's website."""
    batch = Batch()
    look = Look(max((of.seen_at for of in publications), default=0), publications) if publications else None
    batch.add_site(office, SiteRecord(spans, None, look))
    ledger.write(batch)


def november(ledger: Ledger) -> Inventory:
    """Fill a new ledger with November 2020 of 31 websites, 23 of which are active, and return its inventory.

    It reaches from October to the second of December; the first website was measured from November on, and the eighth
    fell in it.
    """
    notes = {24: ', note: "Menunggu operator baru"', 29: f', note: "{NOTE}"'}
    websites = [f"update_every: {TARGETS[n % 4]}{notes.get(n, '')}" for n in range(31)]
    text = document(*websites, names=NAMES)
    placed = inventory.parse(text, "uji.yaml")
    ledger.record_inventory(text, at("2020-10-01"), "0")
    for number, code in enumerate(placed.offices):
        write(ledger, code, *_spans(number), publications=_published(number))
    return placed


def _spans(number: int) -> tuple[SiteSpan, ...]:
    """Return a site that fell in October or November, or one that was away for a while on the tenth."""
    start = "2020-11-03T09:00" if number == 0 else "2020-10-01"
    if number in FAULTS:
        fell = "2020-11-23" if number == 7 else "2020-10-12T06:00"
        return span(start, fell), span(fell, KNOWN_UNTIL, INACTIVE, *FAULTS[number])
    away = span("2020-11-10T04:00", f"2020-11-10T05:{number:02}", INACTIVE, Fault.TIMEOUT)
    return SiteSpan(at(start), away.start, ACTIVE), away, SiteSpan(away.end, at(KNOWN_UNTIL), ACTIVE)


def _published(number: int) -> tuple[Publication, ...]:
    """Return a year of publications at the target's pace, the newest of them two days old at most, or asleep."""
    days = {"day": 1, "week": 7, "month": 30}[TARGETS[number % 4]]
    newest = at("2020-11-30T09:30") - ASLEEP.get(number, number % 3) * DAY_SECONDS
    source = tuple(Source)[number % len(Source)]
    ages = range(0, 365 * DAY_SECONDS, days * DAY_SECONDS)
    return tuple(Publication(newest - age, False, source, newest - age + 3_600) for age in ages)


def make_november(folder: Path) -> tuple[Path, Inventory]:
    """Make a ledger of that November in a folder."""
    path = folder / "terpadu.sqlite3"
    with Ledger.create(path) as ledger:
        return path, november(ledger)
