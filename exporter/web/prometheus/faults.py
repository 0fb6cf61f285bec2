"""What keeps Prometheus from answering, in a sentence that says who, what, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, unique

from exporter.model import Language


@unique
class Fault(Enum):
    """What is the matter."""

    SILENT = "silent"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    BROKEN_OFF = "broken_off"
    CERTIFICATE = "certificate"
    REFUSED = "refused"
    ELSEWHERE = "elsewhere"
    STATUS = "status"
    TOO_LARGE = "too_large"
    NO_PROMETHEUS = "no_prometheus"


_TEXTS: Mapping[Fault, Mapping[Language, str]] = {
    Fault.SILENT: {
        Language.ENGLISH: "Prometheus at {place} didn't answer within {detail} s; look whether it is overloaded, then"
        " ask again",
        Language.INDONESIAN: "Prometheus di {place} tidak menjawab dalam {detail} detik; periksa apakah bebannya"
        " berlebih, lalu coba lagi",
    },
    Fault.BUSY: {
        Language.ENGLISH: "Prometheus at {place} is being asked by many at once; ask again in a minute",
        Language.INDONESIAN: "Prometheus di {place} sedang melayani banyak permintaan; coba lagi semenit lagi",
    },
    Fault.UNREACHABLE: {
        Language.ENGLISH: "Prometheus at {place} can't be reached ({detail}); start it there, or name another with"
        " --prometheus-url",
        Language.INDONESIAN: "Prometheus di {place} tidak dapat dihubungi ({detail}); jalankan di sana, atau tunjuk"
        " yang lain dengan --prometheus-url",
    },
    Fault.BROKEN_OFF: {
        Language.ENGLISH: "Prometheus at {place} broke off before its answer was whole; its log says more",
        Language.INDONESIAN: "Prometheus di {place} memutus koneksi sebelum jawabannya lengkap; lihat log-nya",
    },
    Fault.CERTIFICATE: {
        Language.ENGLISH: "the certificate of Prometheus at {place} isn't trusted; name its authority's file in"
        " SSL_CERT_FILE",
        Language.INDONESIAN: "sertifikat Prometheus di {place} tidak dipercaya; tunjuk berkas otoritasnya dengan"
        " SSL_CERT_FILE",
    },
    Fault.REFUSED: {
        Language.ENGLISH: "Prometheus at {place} refuses us (HTTP {detail}); write its user and password into"
        " --prometheus-url, before the host",
        Language.INDONESIAN: "Prometheus di {place} menolak kita (HTTP {detail}); tulis pengguna dan kata sandinya pada"
        " --prometheus-url, sebelum nama host",
    },
    Fault.ELSEWHERE: {
        Language.ENGLISH: "{place} leads elsewhere (HTTP {detail}); name with --prometheus-url where it leads to",
        Language.INDONESIAN: "{place} mengalihkan ke alamat lain (HTTP {detail}); tunjuk alamat tujuannya dengan"
        " --prometheus-url",
    },
    Fault.STATUS: {
        Language.ENGLISH: "Prometheus at {place} answers HTTP {detail}; its log says more",
        Language.INDONESIAN: "Prometheus di {place} menjawab HTTP {detail}; lihat log-nya",
    },
    Fault.TOO_LARGE: {
        Language.ENGLISH: "{place} answers with more than a link's 30 days can be; name Prometheus itself with"
        " --prometheus-url",
        Language.INDONESIAN: "{place} menjawab lebih banyak daripada data 30 hari satu sambungan; tunjuk Prometheus itu"
        " sendiri dengan --prometheus-url",
    },
    Fault.NO_PROMETHEUS: {
        Language.ENGLISH: "what answers at {place} isn't Prometheus; name its address with --prometheus-url",
        Language.INDONESIAN: "yang menjawab di {place} bukan Prometheus; tunjuk alamatnya dengan --prometheus-url",
    },
}


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Prometheus, which stands at `place`, gave no answer; `detail` is what there is to say of it, "" for nothing."""

    fault: Fault
    place: str
    detail: str = ""

    def text(self, language: Language) -> str:
        """Return it as a sentence."""
        return _TEXTS[self.fault][language].format(place=self.place, detail=self.detail)
