"""Words beside a date that say what it is: of a law, a birth, an event, a deadline, a clock; or of a publication.

Each list is of expressions between commas.
"""

from __future__ import annotations

import re

_BESIDE_CHARACTERS = 70
_AFTER_CHARACTERS = 25


def _any_of(*lists: str) -> re.Pattern[str]:
    """Return an expression that finds any of the words, as whole words."""
    words = [word.strip() for each in lists for word in each.split(",")]
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)


_REASONS = (
    (
        "a law's",
        _any_of(
            r"peraturan, perda, perbup, permen\w*, perpres, undang[- ]undang, uu",
            r"keputusan, kepbup, inpres, instruksi",
            r"surat edaran, diundangkan, ditetapkan, penetapan, lembaran daerah, akta, sk nomor, sk no",
        ),
    ),
    ("a birth's or a death's", _any_of("lahir, ttl, born, wafat, meninggal")),
    (
        "of a term",
        _any_of(
            "menjabat, periode, masa jabatan, tmt, dilantik pada, terhitung mulai, berlaku",
            "sejak, since, berdiri, didirikan",
            "valid",
        ),
    ),
    (
        "a deadline",
        _any_of(
            "tutup, buka, mulai",
            r"batas, paling lambat, selambat\w*, ditutup, penutupan, dibuka",
            r"pembukaan, pendaftaran, deadline, berakhir",
            r"sampai dengan, sampai, hingga, s\.?/d, until, closes?, closing, due",
            r"jatuh tempo, masa sanggah, penawaran, tahapan",
        ),
    ),
    (
        "an event's",
        _any_of(
            r"dilaksanakan, diselenggarakan, dilangsungkan, berlangsung, akan, acara",
            r"pelaksanaan, hari ?/ ?tanggal, waktu",
            r"memperingati, peringatan, hut, hari jadi, ulang tahun, dirgahayu, haul",
            r"jadwal, agenda, mendatang, kunjungan kerja",
            r"rapat, upacara, held on, events?, libur, cuti, digelar",
        ),
    ),
    (
        "a clock",
        _any_of(
            "hari ini, today, sekarang, saat ini, tanggal server, server time, jam server, waktu server, now",
            "selamat (?:pagi|siang|sore|malam|datang)",
        ),
    ),
    ("of a copyright", re.compile(r"©|\bcopyright\b|hak cipta|\(c\)|all rights", re.IGNORECASE)),
    ("of a counter of visitors", _any_of("pengunjung, visitors?, online, statistik, kunjungan")),
    (
        "of the weather or of prayer times",
        _any_of(
            "cuaca, suhu, prakiraan, bmkg, gempa, magnitudo, imsak, subuh, dzuhur, zuhur, ashar, maghrib, isya, sholat",
            "shalat",
        ),
    ),
    ("of a comment", _any_of("berkata, menulis komentar, says, komentar (?:dari|oleh)")),
    ("of data", _any_of(r"data per, per tanggal, per\s*$, posisi, kondisi, harga, kurs, keadaan")),
)
_SAYS = _any_of("says, berkata")
_HOURS = r"\d{1,2}[.:]\d\d\s?(?:WIB)?\s?"
_TO = r"(?:-|\u2013|s\.?/?d\.?)\s?"
_EVENT_ITEM = re.compile(
    rf"(?<!\w)(?:lokasi|tempat|venue|location|penyelenggara)\s?:|s\.?\s?/?d\.?\s?selesai"
    rf"|(?<!\w)(?:pukul|jam)\s?:?\s?{_HOURS}{_TO}|(?<![\d.:]){_HOURS}{_TO}(?:selesai|\d{{1,2}}[.:]\d\d)",
    re.IGNORECASE,
)
_LABEL = _any_of(
    r"diperba(?:ha)?rui, terakhir (?:diubah|disunting), last (?:updated?|modified|edited), (?:di)?update terakhir",
    r"terakhir (?:update|di-?update), di-?posting(?:kan)?",
    r"posting, posted, post date, dipublikasi(?:kan)?, published, publish, diterbitkan",
    r"terbit, tayang, ditulis, dibuat",
    r"diunggah, di-?upload, uploaded, upload, rilis, dirilis, released, oleh",
    r"penulis, by, tanggal terbit, tgl\.? posting",
    r"tanggal posting, tanggal publikasi, dibaca, views?, dilihat, hits?, kategori, category, admin\w*",
)
_PUBLISHED = _any_of(
    r"di-?posting(?:kan)?, posted, dipublikasi(?:kan)?, published, diterbitkan, diunggah, tanggal terbit",
    r"oleh:? (?:admin\w*|humas|redaksi|diskominfo)",
)
_UPDATE = _any_of("update, updated, di-?update, pembaruan, pemutakhiran")
_META_WORDS = _any_of(
    r"senin, selasa, rabu, kamis, jum['\u2019`\u00b4\u2018]?at, sabtu, minggu, ahad",
    r"monday, tuesday, wednesday, thursday",
    r"friday, saturday, sunday, mon, tue, wed, thu, fri, sat, sun, sen, sel, rab, kam",
    r"jum, sab, pukul, jam, wib, wita, wit",
    r"pada, on, at, tanggal, tgl, date, kali, x, comments?, komentar, tinggalkan, leave",
    r"a, no, in, di, dan, and, berita",
    r"news, artikel, pengumuman, kegiatan, informasi, umum, min, menit, read, humas, redaksi, diskominfo, super, user",
    r"written, last, terakhir, was",
)
_NEWS = _any_of(
    r"berita, pengumuman, informasi, artikel, news, warta, kabar, terbaru",
    r"terkini, terakhir, siaran pers, press, publikasi",
    r"latest, recent, announcements?, rilis, unduhan, dokumen",
)
_ASIDE_HEADING = _any_of(
    "aduan, pengaduan, keluhan, lapor, laporan warga, chat, forum, diskusi, tanya jawab, jajak pendapat, polling",
    "survei",
    r"agenda, kalender, calendar, events?, jadwal, upcoming, mendatang, akan datang, komentar, comments?, tanggapan",
    r"buku tamu, testimoni\w*, cuaca, weather, pengunjung, visitors?, statistik",
    r"sholat, shalat, hari (?:besar|libur|penting|nasional)",
    r"libur, ulang tahun, produk hukum, regulasi, peraturan, jdih, dasar hukum, undang-undang, batas akhir, twitter",
    r"instagram, facebook, tender, lelang, pengadaan, sejarah, profil pejabat, riwayat",
    r"harga, kurs, gempa, stok, kualitas udara",
)
_OF_VISITORS = _any_of(
    r"aduan, pengaduan, keluhan, laporan warga, chat, diskusi, tanya jawab, komentar, comments?, tanggapan",
    r"buku tamu, testimoni\w*",
)
_LONGEST_HEADING = 60
_ASIDE_BEGINNING = re.compile(
    r"(?:daftar )?(?:agenda|kalender|prakiraan|komentar|statistik|jadwal (?:sholat|shalat|kegiatan|rapat|acara))(?!\w)",
    re.IGNORECASE,
)
_OFFICE = _any_of(
    "dinas, badan, kecamatan, kelurahan, desa, satuan, sekretariat, inspektorat, kantor, pemerintah, bagian, puskesmas",
    "rumah sakit, website, situs, portal, selamat datang, perusahaan, dewan, komisi",
)
_READ_MORE = re.compile(r"selengkapnya|baca|read more|detail|lanjut|more|lihat|unduh|download|»", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W\d_]{2,}|\d{4,}")


def refusal_beside(text: str, start: int, end: int, label: str = "") -> str:
    """Return in words what the words before the date make of it, or a label's before the line; empty where nothing."""
    beside = f"{label} {text[max(0, start - _BESIDE_CHARACTERS) : start]}"
    for why, words in _REASONS:
        if words.search(beside):
            return why
    return "of a comment" if _SAYS.search(text[end : end + _AFTER_CHARACTERS]) else ""


def is_event(text: str) -> bool:
    """Return whether an item tells of a place or of hours, as events do."""
    return _EVENT_ITEM.search(text) is not None


def is_labelled(text: str) -> bool:
    """Return whether a line says that something was published, or by whom."""
    return _LABEL.search(text) is not None


def is_published(text: str) -> bool:
    """Return whether a line says of an article, and not of figures, that it was published."""
    return _PUBLISHED.search(text) is not None


def is_update(text: str) -> bool:
    """Return whether a line of a page's foot says that the site was updated."""
    return _UPDATE.search(text) is not None


def words_left(text: str) -> int:
    """Return how many words are left of a meta line without those that such lines are made of."""
    return len(_TOKEN.findall(_META_WORDS.sub(" ", _UPDATE.sub(" ", _LABEL.sub(" ", text)))))


def is_aside_heading(text: str) -> bool:
    """Return whether dates under the heading aren't of publications."""
    return _ASIDE_HEADING.search(text) is not None


def is_of_visitors(text: str) -> bool:
    """Return whether what stands under the heading is written by the site's visitors."""
    return _OF_VISITORS.search(text) is not None


def begins_aside(text: str) -> bool:
    """Return whether a heading of several words begins with what isn't published ("Agenda Kegiatan Bupati ...")."""
    return len(text) <= _LONGEST_HEADING and _ASIDE_BEGINNING.match(text) is not None


def is_office(text: str) -> bool:
    """Return whether a heading is an office's name."""
    return _OFFICE.match(text) is not None


def is_news_heading(text: str) -> bool:
    """Return whether what stands under the heading is news."""
    return _NEWS.search(text) is not None


def is_read_more(text: str) -> bool:
    """Return whether a link's text leads on to the article before it."""
    return _READ_MORE.search(text) is not None
