"""What is said of websites, in Indonesian and in English, to readers who are heads of offices."""

from __future__ import annotations

from datetime import date

from exporter.model import Language, UpdateEvery
from exporter.report.words import Pair, Words
from exporter.rhythm import Standing
from exporter.website import Activity, Fault, Source

MOST_DETAIL = 120  # characters
ACTIVITIES: dict[Activity, Pair] = {
    Activity.ACTIVE: ("aktif", "active"),
    Activity.INACTIVE: ("tidak aktif", "inactive"),
    Activity.UNMEASURED: ("tidak terukur", "not measured"),
}
STANDINGS: dict[Standing, Pair] = {
    Standing.ON_TIME: ("tepat waktu", "on time"),
    Standing.LATE: ("terlambat", "late"),
    Standing.ASLEEP: ("tidak diperbarui", "not updated"),
    Standing.UNKNOWN: ("belum diketahui", "unknown"),
    Standing.UNASKED: ("tanpa sasaran", "no target"),
}
TARGETS: dict[UpdateEvery | None, Pair] = {
    UpdateEvery.DAY: ("harian", "daily"),
    UpdateEvery.WEEK: ("mingguan", "weekly"),
    UpdateEvery.MONTH: ("bulanan", "monthly"),
    None: ("tanpa sasaran", "no target"),
}
SOURCES: dict[Source, Pair] = {
    Source.FEED: ("umpan berita (RSS)", "news feed (RSS)"),
    Source.POSTS: ("daftar tulisan WordPress", "list of WordPress posts"),
    Source.STRUCTURED: ("metadata halaman", "the page's metadata"),
    Source.SITEMAP: ("peta situs", "site map"),
    Source.TIME_ELEMENT: ("tanggal pada artikel", "date of an article"),
    Source.TEXT: ("tanggal yang tertulis di halaman", "date written on the page"),
    Source.LAST_MODIFIED: ("waktu berkas diubah di server", "the file's time on the server"),
}
FAULTS: dict[Fault, Pair] = {
    Fault.NAME_NOT_FOUND: ("nama domain tidak ditemukan", "domain name not found"),
    Fault.CONNECTION_FAILED: ("tidak dapat tersambung ke server", "no connection to the server"),
    Fault.TIMEOUT: ("server tidak menjawab dalam batas waktu", "no answer from the server in time"),
    Fault.TLS_EXPIRED: ("sertifikat keamanan kedaluwarsa", "security certificate expired"),
    Fault.TLS_NOT_YET_VALID: ("sertifikat keamanan belum berlaku", "security certificate not valid yet"),
    Fault.TLS_WRONG_NAME: (
        "sertifikat keamanan bukan untuk alamat ini",
        "security certificate of another address",
    ),
    Fault.TLS_CHAIN_INCOMPLETE: ("rantai sertifikat tidak lengkap", "incomplete chain of certificates"),
    Fault.TLS_SELF_SIGNED: ("sertifikat keamanan buatan sendiri", "self-made security certificate"),
    Fault.TLS_UNTRUSTED: (
        "sertifikat keamanan dari penerbit yang tidak dipercaya",
        "security certificate by an issuer that isn't trusted",
    ),
    Fault.TLS_TOO_OLD: ("pengamanan sambungan terlalu tua", "outdated connection security"),
    Fault.TLS_FAILED: ("sambungan aman gagal", "secure connection failed"),
    Fault.HTTP_STATUS: ("server menjawab dengan galat", "server answers with an error"),
    Fault.BAD_ANSWER: ("jawaban server tidak dapat dibaca", "unreadable answer from the server"),
    Fault.REDIRECT_LOOP: ("pengalihan berputar tanpa akhir", "redirects without end"),
    Fault.REDIRECT_REFUSED: (
        "dialihkan ke alamat yang tidak boleh dituju",
        "redirects to an address that mustn't be visited",
    ),
    Fault.REDIRECTS_ELSEWHERE: ("dialihkan ke domain lain", "redirects to another domain"),
    Fault.TOO_LARGE: ("isi halaman membengkak tak wajar", "page swells beyond reason"),
    Fault.EMPTY: ("halaman kosong", "empty page"),
    Fault.PARKED: ("domain diparkir", "domain parked"),
    Fault.SUSPENDED: ("akun hosting ditangguhkan", "hosting account suspended"),
    Fault.DEFAULT_PAGE: ("hanya halaman bawaan server", "nothing but the server's own page"),
    Fault.ERROR_PAGE: ("halaman menampilkan galat program", "page shows a program's error"),
    Fault.GUARDED: (
        "dilindungi dari akses otomatis (harus diperiksa orang)",
        "protected from automated access (a person must look)",
    ),
}
SYSTEM_ERRORS: dict[str, Pair] = {
    "Connection refused": ("sambungan ditolak", "connection refused"),
    "Connection reset by peer": ("sambungan diputus server", "connection reset by the server"),
    "Connection timed out": ("sambungan tidak dijawab", "connection not answered"),
    "Network is unreachable": ("jaringan server tidak terjangkau", "the server's network can't be reached"),
    "No route to host": ("tidak ada jalur ke server", "no route to the server"),
}
STATUS_CODE: Pair = ("server menjawab dengan kode {code}", "server answers with code {code}")
STATUSES: dict[str, Pair] = {
    "401": ("meminta kata sandi", "asks for a password"),
    "403": ("akses ditolak", "access denied"),
    "404": ("halaman tidak ditemukan", "page not found"),
    "410": ("halaman sudah dihapus", "page removed"),
    "429": ("terlalu banyak permintaan", "too many requests"),
    "500": ("galat di dalam server", "error inside the server"),
    "502": ("server di belakangnya tidak menjawab benar", "bad answer from the server behind it"),
    "503": ("layanan tidak tersedia", "service unavailable"),
    "504": ("server di belakangnya tidak menjawab", "no answer from the server behind it"),
}


def fault_text(fault: Fault, detail: str, language: Language) -> str:
    """Return why a website isn't active, with what the check saw of it: a status, another domain, an error's text."""
    words = Words(language)
    told = words.of(FAULTS[fault])
    if not detail or fault is Fault.NAME_NOT_FOUND:
        return told
    if fault is Fault.HTTP_STATUS:
        known = STATUSES.get(detail)
        coded = words.of(STATUS_CODE).format(code=_short(detail))
        return coded if known is None else f"{coded} ({words.of(known)})"
    if fault is Fault.REDIRECTS_ELSEWHERE:
        return f"{told}: {_short(detail)}"
    return f"{told} ({_short(_readable(fault, detail, words))})"


def _readable(fault: Fault, detail: str, words: Words) -> str:
    """Return a system's common error in words, and the day of a certificate as the language has it."""
    if fault in {Fault.TLS_EXPIRED, Fault.TLS_NOT_YET_VALID}:
        try:
            return words.date(date.fromisoformat(detail))
        except ValueError:
            return detail
    known = SYSTEM_ERRORS.get(detail)
    return detail if known is None else words.of(known)


def _short(detail: str) -> str:
    return detail if len(detail) <= MOST_DETAIL else f"{detail[: MOST_DETAIL - 1]}…"
