"""A district's bad February in a ledger, for the reports' tests: breaches, windows, amendments, gaps, odd names."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from exporter import inventory
from exporter.amendment import Amendment
from exporter.bandwidth import Mean
from exporter.cause import DeviceSeen, Evidence, Trail, Verdict
from exporter.ledger import Batch, Ledger
from exporter.model import Cause, Inventory
from exporter.statistics import Sketch
from exporter.timeline import Outage, Span, State

JAKARTA = ZoneInfo("Asia/Jakarta")
START, END = "2026-01-20T00:00", "2026-03-05T00:00"
DISTRICT = """
organisation:
  name: Diskominfosatik Kabupaten Uji
  timezone: Asia/Jakarta
  language: id
  signatories: [{role: Kepala Dinas, name: Nama Lengkap Pejabat, id: NIP 000000000000000000}]
providers:
  serat: {name: "PT Serat Nusantara", noc: "NOC Serat", availability: 99.5%,
          credit: {formula: pro_rata_downtime, min_outage: 300s}, excludes: [power]}
  gelombang: {name: "PT Gelombang & Anak <Contoh>", availability: 98.5%,
              credit: {tiers: [{below: 98.5%, credit: 5%}, {below: 97%, credit: 15%}]}}
  sisa: {name: "CV Tanpa Kontrak"}
nodes:
  pop: {name: POP Ciruas, address: 192.0.2.250, provider: serat}
offices:
  - {code: dinkes, name: Dinas Kesehatan, district: Ciruas, links: [
      {name: primary, address: 192.0.2.1, provider: serat, parent: pop, circuit: SN-0001,
       contract: {download: 100Mbps, upload: 100Mbps, monthly_fee: 4500000,
                  payer: [{from: 2026-01-01, by: opd}, {from: 2026-02-15, by: diskominfosatik}]}},
      {name: backup, address: 192.0.2.2, provider: gelombang, circuit: GC-1,
       contract: {download: 20Mbps, upload: 20Mbps, monthly_fee: 1500000}}]}
  - {code: hukum, name: "Bag. Hukum/Organisasi [Setda] *A*", district: Ciruas, links: [
      {name: primary, address: 192.0.2.3, provider: serat, circuit: "=SN-000",
       contract: {download: 50Mbps, upload: 50Mbps, availability: 99.9%, monthly_fee: 3000000}}]}
  - {code: pu, name: "Dinas PU & Tata Ruang <UPT Ciruas>", district: Ciruas, links: [
      {name: primary, address: 192.0.2.4, provider: gelombang, valid_from: 2026-02-15, contract: [
        {from: 2026-02-15, download: 30Mbps, upload: 10Mbps, monthly_fee: 2000000},
        {from: 2026-02-20, download: 50Mbps, upload: 20Mbps, monthly_fee: 2500000}]}]}
  - {code: gedung, name: "=1+1 | -5 lantai @kabid", district: "Kec. Baros (Kota)", links: [
      {name: primary, address: 192.0.2.5, provider: serat, contract: {monthly_fee: 1000000}}]}
  - {code: persandian, name: "Dinas Komunikasi, Informatika, Statistik dan Persandian A", district: Baros, links: [
      {name: primary, address: 192.0.2.6, provider: serat, contract: {monthly_fee: 5000000}}]}
maintenance:
  - {start: 2026-02-10T23:00, end: 2026-02-11T01:00, scope: [dinkes/primary], recorded: 2026-02-08T09:00,
     reason: "Pemindahan ODP", approved_by: Bidang Telematika}
  - {start: 2026-02-12T09:00, end: 2026-02-12T12:00, scope: [gelombang], recorded: 2026-02-13T08:00,
     reason: "Dilaporkan belakangan"}
"""


def at(text: str) -> int:
    """Read local time in Jakarta."""
    return int(datetime.fromisoformat(text).replace(tzinfo=JAKARTA).timestamp())


def fill(
    ledger: Ledger,
    link: str,
    *outages: tuple[str, str],
    start: str = START,
    end: str = END,
    gaps: tuple[tuple[str, str], ...] = (),
) -> None:
    """Write a link as up from start to end but for its outages and for what nobody measured."""
    marked = sorted([(at(a), at(b), True) for a, b in outages] + [(at(a), at(b), False) for a, b in gaps])
    position, spans, batch = at(start), [], Batch()
    for low, high, is_down in marked:
        if position < low:
            spans.append(Span(position, low, State.UP))
        if is_down:
            spans.append(Span(low, high, State.DOWN))
            batch.add(link, [], Outage(low, low + 60, high))
        position = high
    if position < at(end):
        spans.append(Span(position, at(end), State.UP))
    batch.add(link, spans, None)
    ledger.write(batch)


def bad_february(ledger: Ledger) -> Inventory:
    """Fill a new ledger, and return its inventory."""
    placed = inventory.parse(DISTRICT, "uji.yaml")
    ledger.record_inventory(DISTRICT, at(START), "0")
    ledger.record_windows(placed.maintenance, at(START))
    crossing = ("2026-02-28T23:20", "2026-03-01T01:05")
    power = ("2026-02-17T13:00", "2026-02-17T17:30")
    fill(
        ledger, "dinkes/primary", ("2026-02-03T09:12", "2026-02-03T10:42"), ("2026-02-10T22:30", "2026-02-11T00:30"),
        power, crossing,
    )  # fmt: skip
    fill(ledger, "dinkes/backup", ("2026-02-03T10:00", "2026-02-03T11:00"))
    fill(ledger, "hukum/primary", ("2026-02-20T00:30", "2026-02-20T00:34"), ("2026-02-21T08:00", "2026-02-21T09:10"))
    fill(ledger, "pu/primary", ("2026-02-22T00:00", "2026-02-22T09:00"), start="2026-02-15T00:00")
    fill(
        ledger,
        "gedung/primary",
        ("2026-02-05T00:00", "2026-02-05T02:00"),
        gaps=(("2026-02-07T00:00", "2026-02-08T12:00"),),
    )
    fill(ledger, "persandian/primary")
    batch = Batch()
    for link, (low, high), cause in (
        ("dinkes/primary", ("2026-02-03T09:12", "2026-02-03T10:42"), Cause.LINK),
        ("dinkes/primary", power, Cause.POWER),
        ("pu/primary", ("2026-02-22T00:00", "2026-02-22T09:00"), Cause.UNKNOWN),
    ):
        begin, finish = at(low), at(high)
        device = DeviceSeen(
            True, False, begin - 20, finish + 10, finish - 40 if cause is Cause.POWER else begin - 9_000
        )
        trail = Trail(begin + 14, ("192.0.2.250", None), "pop", ("pop",), begin - 300, ("192.0.2.250", "192.0.2.1"))
        batch.add_verdict(link, Verdict(cause, finish + 15, Evidence(begin, finish, device, trail=trail)))
    for link, receive, transmit in (
        ("dinkes/primary", 9_000_000.0, 1_200_000.0),
        ("hukum/primary", 200_000.0, 90_000.0),
    ):
        for start in range(at("2026-02-01T00:00"), at("2026-03-01T00:00"), 300):
            share = 1 + (start // 300) % 100 / 200
            batch.add_mean(link, Mean(start, receive * share, transmit * share))
    sketch = Sketch()
    sketch.observe_all([0.003] * 900 + [0.012] * 100)
    sketch.lost = 3
    batch.add_sketch("dinkes/primary", datetime.fromisoformat("2026-02-02").date(), False, sketch)
    ledger.write(batch)
    told = at("2026-03-02T09:00")
    flooded = at("2026-02-21T08:00")
    ledger.add_amendment(
        Amendment("hukum/primary", flooded, told, "Bidang Telematika", excluded="Banjir, keadaan kahar")
    )
    ledger.add_amendment(Amendment("hukum/primary", flooded, told, "Bidang Telematika", note="Foto terlampir\x0b"))
    return placed


def make_bad_february(folder: Path) -> tuple[Path, Inventory]:
    """Make a ledger of the bad February in a folder."""
    path = folder / "terpadu.sqlite3"
    with Ledger.create(path) as ledger:
        return path, bad_february(ledger)
