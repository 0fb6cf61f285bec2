"""What a reason means to readers of a website, and who is to do what, in Indonesian and in English."""

from __future__ import annotations

from exporter.report.words import Pair
from exporter.website import Fault

UNKNOWN: Pair = (
    (
        "Tanggal terbitan tidak terbaca. Cantumkan tanggal pada tiap berita. Mungkin juga robots.txt melarangnya"
        " (`terpadu status --websites` menyebutnya)."
    ),
    (
        "No date could be read. Give each article its date. It may also be that robots.txt forbids it"
        " (`terpadu status --websites` says so)."
    ),
)
ADVICE: dict[Fault | None, Pair] = {
    None: (
        "Website terbuka, tetapi lebih dari tiga kali sasarannya tanpa terbitan baru. Tunjuk penanggung jawab isinya.",
        "It opens, but for more than three periods of its target nothing new was published. Name who answers for it.",
    ),
    Fault.NAME_NOT_FOUND: (
        "Alamatnya tidak dikenal di internet. Periksa masa berlaku domain dan catatan DNS-nya.",
        "The internet doesn't know its address. Check whether the domain has lapsed, and its DNS records.",
    ),
    Fault.CONNECTION_FAILED: (
        "Servernya mati atau menolak sambungan. Periksa server, layanan web, dan firewall.",
        "Its server is off or refuses connections. Check the server, its web service and the firewall.",
    ),
    Fault.TIMEOUT: (
        "Server tidak menjawab dalam 15 detik. Periksa beban server dan sambungannya.",
        "The server doesn't answer in 15 s. Check its load and its line.",
    ),
    Fault.TLS_EXPIRED: (
        "Pengunjung mendapat peringatan bahaya. Perpanjang sertifikat, dan nyalakan perpanjangan otomatis.",
        "Visitors see a warning of danger. Renew the certificate, and let it renew by itself.",
    ),
    Fault.TLS_NOT_YET_VALID: (
        "Sertifikat baru berlaku nanti. Periksa jam server dan tanggal sertifikatnya.",
        "The certificate holds from a later day on. Check the server's clock and the certificate's dates.",
    ),
    Fault.TLS_WRONG_NAME: (
        "Sertifikatnya milik alamat lain. Pasang sertifikat untuk domain ini.",
        "The certificate is another address's. Install one for this domain.",
    ),
    Fault.TLS_CHAIN_INCOMPLETE: (
        "Sebagian perangkat menolak website ini. Pasang sertifikat perantara dari penerbitnya.",
        "Some devices refuse the website. Install the issuer's intermediate certificate.",
    ),
    Fault.TLS_SELF_SIGNED: (
        "Pengunjung mendapat peringatan bahaya. Pasang sertifikat dari penerbit yang dipercaya.",
        "Visitors see a warning of danger. Install a certificate of a trusted issuer.",
    ),
    Fault.TLS_UNTRUSTED: (
        "Penerbit sertifikatnya tidak dikenal perangkat pengunjung. Ganti dengan penerbit yang dipercaya.",
        "Visitors' devices don't know its issuer. Replace it by one of a trusted issuer.",
    ),
    Fault.TLS_TOO_OLD: (
        "Browser masa kini menolak pengamanan yang lama. Perbarui server sehingga mendukung TLS 1.2 ke atas.",
        "Today's browsers refuse security of that age. Update the server so that it speaks TLS 1.2 or later.",
    ),
    Fault.TLS_FAILED: (
        "Sambungan aman tidak terbentuk. Periksa pengaturan TLS di server web.",
        "No secure connection comes about. Check the web server's TLS settings.",
    ),
    Fault.HTTP_STATUS: (
        "Server hidup, tetapi halamannya tidak diberikan. Periksa aplikasi dan catatan galat server.",
        "The server lives and doesn't give the page. Check the application and the server's error log.",
    ),
    Fault.BAD_ANSWER: (
        "Yang menjawab tidak berbicara seperti server web. Periksa layanan pada alamat itu.",
        "What answers doesn't speak as a web server does. Check the service at that address.",
    ),
    Fault.REDIRECT_LOOP: (
        "Pengunjung tidak pernah sampai di halaman. Periksa aturan pengalihan di server.",
        "Visitors never arrive at a page. Check the server's redirects.",
    ),
    Fault.REDIRECT_REFUSED: (
        "Pengunjung dibawa ke jaringan dalam atau ke yang bukan web. Periksa aturan pengalihan.",
        "Visitors are led into an inner network, or to what is no web. Check the redirects.",
    ),
    Fault.REDIRECTS_ELSEWHERE: (
        "Mungkin pindah alamat, mungkin dibajak. Catat domain barunya dalam inventaris, atau bersihkan server.",
        "It has moved or was hijacked. Put the new domain into the inventory, or clean the server.",
    ),
    Fault.TOO_LARGE: (
        "Isinya membengkak lebih dari 100 kali setelah dibuka. Periksa apakah servernya disusupi.",
        "It unpacks to more than 100 times its size. Check whether the server was broken into.",
    ),
    Fault.EMPTY: (
        "Halaman terbuka tanpa isi. Periksa aplikasi website.",
        "The page opens with nothing in it. Check the website's application.",
    ),
    Fault.PARKED: (
        "Domain menampilkan iklan penjual domain. Periksa masa berlaku dan pemilik domain.",
        "The domain shows its seller's advertisements. Check whether it has lapsed, and who owns it.",
    ),
    Fault.SUSPENDED: (
        "Penyedia hosting menutupnya. Selesaikan tagihan atau pelanggaran dengan penyedia itu.",
        "The hosting provider has closed it. Settle the bill or the breach with the provider.",
    ),
    Fault.DEFAULT_PAGE: (
        "Server terpasang, tetapi websitenya belum atau tidak lagi. Pasang kembali isinya.",
        "The server is there, its website isn't. Put the content back.",
    ),
    Fault.ERROR_PAGE: (
        "Aplikasi website gagal, misalnya basis datanya mati. Periksa aplikasi dan basis data.",
        "The website's application fails, as where its database is off. Check both.",
    ),
    Fault.GUARDED: (
        "Ada penjaga anti-robot di depannya. Buka dengan browser untuk menilainya, atau izinkan pemantau.",
        "A guard against robots stands before it. Open it in a browser to judge it, or let the monitor in.",
    ),
}
