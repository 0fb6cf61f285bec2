"""What pages say that stand in the place of content, in Indonesian and English: patterns, one a line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from exporter.website import Fault


def _any_of(patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern.strip()})" for pattern in patterns.strip().splitlines()), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sign:
    """How a stand-in is known: by how a title or a heading begins, and by words of a page with hardly any text."""

    fault: Fault
    heads: re.Pattern[str]
    words: re.Pattern[str] | None = None
    is_of_title: bool = False
    """Whether headings don't count: programs that are loading say the like in theirs, and numbers count things."""
    is_of_bare: bool = False
    """Whether titles and headings, too, count on a page with hardly any text only."""
    detail: str = ""


SIGNS = (
    Sign(
        Fault.GUARDED,
        heads=_any_of(r"""
            just a moment
            attention required! \| cloudflare
            one moment, please
            tunggu sebentar
            ddos-guard
            (?:checking|verifying) your (?:browser|connection)
            (?:memeriksa|memverifikasi) (?:browser|peramban|koneksi) anda
            sucuri website firewall
            (?:bot|human|robot) (?:verification|challenge|check)
            verif(?:y|ying) (?:that )?you are (?:a )?human
            (?:are you|apakah anda) (?:a )?(?:robot|human|manusia)
            access denied.{0,30}(?:sucuri|cloudflare|imunify)
        """),
        words=_any_of(r"""
            enable javascript and cookies to continue
            checking (?:if the site connection|your browser)
            (?:verify|verifying|confirm) (?:that )?you are (?:a )?human
            memastikan (?:bahwa )?anda bukan robot
            needs to review the security of your connection
        """),
        is_of_title=True,
    ),
    Sign(
        Fault.SUSPENDED,
        heads=_any_of(r"""
            (?:this |your )?(?:web ?site|account|domain|hosting|page) (?:has been |is |temporarily )*suspended
            (?:mohon maaf,? )?(?:web ?site|situs(?: web)?|akun|hosting|domain) (?:ini |anda |sedang |telah |sementara )*(?:di-?suspend|ditangguhkan|dinonaktifkan|diblokir)
            (?:509 )?bandwidth limit exceeded
            suspended(?: account| page| web ?site| domain)?$
        """),  # noqa: E501 - a pattern is a line
        words=_any_of(r"""
            (?:web ?site|account|domain|hosting|page) (?:\S+ )?(?:has been|is) (?:temporarily )?suspended
            (?:web ?site|situs(?: web)?|akun|hosting|domain) (?:\S+ )?(?:ini |anda |sedang |telah |sementara )+(?:di-?suspend|ditangguhkan)
            bandwidth limit exceeded
        """),  # noqa: E501 - the same
    ),
    Sign(
        Fault.PARKED,
        heads=_any_of(r"""
            (?:the |this )?(?:domain(?: name)?|\S+\.\S+) (?:\S+ )?(?:is|may be) (?:for sale|parked|available for)
            domain (?:name )?for sale
            buy this domain
            (?:this )?domain (?:has |is )?(?:expired|parked)
            (?:nama )?domain (?:\S+\.\S+ )?(?:ini )?(?:telah |sudah |sedang )?(?:dijual|diparkir|kedalu?warsa|kadalu?[aw]arsa)
            (?:jual|parkir) domain
            parked domain
            domain parking
            masa (?:aktif|berlaku) domain
        """),  # noqa: E501 - the same
        words=_any_of(r"""
            domain (?:name )?(?:\S+ )?(?:is|may be) for sale
            buy this domain
            domain (?:\S+ )?(?:is|has been) parked
            domain (?:\S+ )?(?:ini )?(?:telah |sudah |sedang )?(?:dijual|diparkir)
            domain (?:\S+ )?has expired
            (?:domain|masa aktif domain) (?:\S+ )?(?:telah|sudah) (?:kedalu?warsa|kadalu?[aw]arsa|habis|expired)
            parked free,? courtesy
        """),
    ),
    Sign(
        Fault.DEFAULT_PAGE,
        heads=_any_of(r"""
            it works!?$
            welcome to codeigniter
            default web ?site page
            domain default page
            web server'?s default page
            (?:cyberpanel|webuzo|directadmin|plesk|litespeed|caddy).{0,30}(?:installed|default|works)
            apache is functioning normally
            wordpress . (?:installation|instalasi|setup)
            (?:wordpress|joomla!?) (?:web )?install(?:er|ation)
            congratulations.{0,20}site is created
            (?:selamat datang di|welcome to) (?:situs|website|web) (?:baru )?anda
            welcome to your (?:new )?(?:web ?)?site
        """),
        words=_any_of(r"""
            ^it works!?$
            welcome to wordpress\. this is your first post
            selamat datang di wordpress\. ini (?:adalah )?(?:pos|tulisan|artikel) pertama
            this is the default (?:web|welcome|index|server) ?page
            successfully installed and working
        """),
    ),
    Sign(
        Fault.ERROR_PAGE,
        heads=_any_of(r"""
            (?:php )?(?:fatal|parse|syntax|uncaught) error
            error establishing a database connection
            (?:kesalahan|galat|gagal).{0,40}(?:basis data|database)
            (?:a )?database (?:connection )?error
            an? (?:php )?error was encountered
            an uncaught exception was encountered
            whoops
            (?:4|5)\d\d[\s:|-]+(?:error|not found|forbidden|bad gateway|page not found|gateway time).*$
            (?:4|5)\d\d[\s:|-]+(?:service .{0,12}unavailable|internal server|halaman .{0,6}tidak).*$
            (?:page )?not found(?: [|-] .*)?$
            halaman tidak ditemukan(?: [|-] .*)?$
            (?:internal )?server error
            service (?:temporarily )?unavailable
            bad gateway
            wordpress . (?:error|galat|kesalahan)
            unhandled exception
            runtime error
            error displaying the error page
            forbidden$
        """),
        words=_any_of(r"""
            (?:fatal|parse) error:
            uncaught (?:error|exception|typeerror|pdoexception)
            sqlstate\[
            mysqli?(?:::|_)\w+\(
            error establishing a database connection
            (?:could|can)(?:no|')t connect to (?:the )?(?:mysql|database)
            unable to connect to (?:the|your) database
            (?:kesalahan|galat|gagal).{0,40}(?:koneksi|sambungan|terhubung).{0,20}(?:basis data|database)
            there has been a critical error on (?:this|your) website
            (?:terjadi|terdapat|ada) (?:kesalahan|galat|masalah) (?:kritis|fatal)
            a (?:database|php) error (?:occurred|was encountered)
            encountered an unexpected error
            error displaying the error page
        """),
    ),
    Sign(Fault.ERROR_PAGE, heads=re.compile(r"(?:4|5)\d\d$"), is_of_title=True),
    Sign(
        Fault.EMPTY,
        heads=_any_of(r"""
            (?:.{1,60} [|:-] )?(?:(?:this |our |the )?(?:web ?)?(?:site|page) (?:is )?)?(?:currently )?under (?:construction|maintenance|development)\b
            (?:.{1,60} [|:-] )?(?:web ?site |situs )?(?:coming soon|segera hadir)[\s.!]*$
            (?:mohon )?(?:maaf,? )?(?:web ?site|situs|halaman|laman)(?: web)?(?: kami| ini)? (?:masih |sedang )?dalam (?:tahap |proses |masa )?(?:perbaikan|pemeliharaan|pengembangan|pembangunan|perawatan|konstruksi)
            (?:.{1,60} [|:-] )?(?:mohon maaf,? )?sedang (?:dalam )?(?:tahap |proses |masa )?(?:perbaikan|pemeliharaan|pengembangan|pembangunan|perawatan)[\s.!]*$
        """),  # noqa: E501 - the same
        is_of_bare=True,
        detail="under construction",
    ),
)
"""In the order in which they are looked for."""

SERVERS_OWN = _any_of(r"""
    (?:index of|directory listing (?:for|of)|daftar isi direktori) ?/
    apache2? .{0,20}default page
    (?:apache )?http server test page
    test page for
    welcome to (?:nginx|openresty|tengine|xampp|wampserver|lampp|centos)
    iis windows
    internet information services
    iis ?\d+
    apache tomcat/
    php [\d.]+\S* - phpinfo\(\)
""")
"""How the titles of servers' own pages and lists of files begin, however long the page is."""

PARKING_CODE = _any_of(r"""
    sedoparking
    parkingcrew
    parking-lander
    parklogic
    \bbodis\b
    window\.park\b
""")
"""Programs of those who park domains."""

CHALLENGE_CODE = _any_of(r"""
    slowaes\.decrypt
    _cf_chl_opt
    sucuri_cloudproxy
    _incapsula_resource
    imunify360
""")
"""Programs that tell browsers from others."""

COUNTING_CODE = _any_of(r"""
    googletagmanager
    google-analytics
    histats
    statcounter
    matomo
    hotjar
    /beacon
""")
"""Programs that only count readers."""
