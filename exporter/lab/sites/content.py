"""What the lab's websites have to say: invented news of invented days, in Indonesian."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

_SUBJECTS = (
    ("Rapat koordinasi triwulan di Kecamatan {place}", "Pembahasan program kerja bersama para camat dan kepala desa."),
    (
        "Bimbingan teknis pengelolaan data bagi pegawai",
        "Sebanyak {number} pegawai mengikuti pelatihan selama dua hari.",
    ),
    ("Pelayanan keliling hadir di {place}", "Warga dapat mengurus keperluannya tanpa datang ke kantor."),
    ("Monitoring dan evaluasi kegiatan di {place}", "Tim meninjau {number} lokasi dan mencatat saran dari warga."),
    ("Pengumuman perubahan jam pelayanan kantor", "Loket dibuka lebih awal agar antrean pagi lebih singkat."),
    ("Kerja bakti membersihkan lingkungan kantor", "Kegiatan diikuti seluruh bidang dan selesai sebelum siang."),
    ("Penyerahan bantuan untuk kelompok warga {place}", "Ada {number} kelompok penerima pada tahap ini."),
    ("Sosialisasi layanan daring kepada aparatur desa", "Peserta mencoba sendiri pengajuan dari awal sampai akhir."),
    ("Kunjungan belajar siswa ke kantor kami", "Para siswa melihat bagaimana berkas dilayani setiap hari."),
    ("Laporan kinerja bulanan telah tersedia", "Dokumen dapat dibaca di kantor pada jam pelayanan."),
)
_PLACES = ("Ciruas", "Kramatwatu", "Baros", "Cikande", "Anyar", "Cinangka", "Padarincang", "Tirtayasa")
_DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni",
    "Juli", "Agustus", "September", "Oktober", "November", "Desember",
)  # fmt: skip
_GAP_DAYS = (2.0, 9.0)
_COUNT = 8


@dataclass(frozen=True, slots=True)
class Article:
    """A publication at an instant, in the district's time; `number` is its own at its website."""

    number: int
    title: str
    summary: str
    at: datetime

    @property
    def slug(self) -> str:
        """Its title as a part of an address."""
        return "-".join(self.title.lower().split())

    @property
    def day(self) -> str:
        """Its day in words: "Rabu, 18 November 2026"."""
        return weekday_of(self.at)


@dataclass(frozen=True, slots=True)
class Content:
    """A website: `host` is its name, `office` whose it is, `articles` the newest first, `now` the lab's start."""

    host: str
    office: str
    district: str
    articles: tuple[Article, ...]
    now: datetime

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"https://{self.host}"


def weekday_of(at: datetime) -> str:
    """Return a day in words, and which of the week it is."""
    return f"{_DAYS[at.weekday()]}, {day_of(at)}"


def day_of(at: datetime) -> str:
    """Return a day in words: "18 November 2026"."""
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def articles(host: str, newest_at: datetime | None) -> tuple[Article, ...]:
    """Return a website's publications, the newest first; none without an instant."""
    if newest_at is None:
        return ()
    chance = random.Random(host)  # noqa: S311 - the lab's news are no secret
    found = []
    at = newest_at
    for number, (title, summary) in enumerate(chance.sample(_SUBJECTS, _COUNT)):
        filled = {"place": chance.choice(_PLACES), "number": chance.randint(12, 90)}
        found.append(Article(_COUNT - number, title.format(**filled), summary.format(**filled), at))
        at -= timedelta(seconds=int(chance.uniform(*_GAP_DAYS) * 86_400))
    return tuple(found)
