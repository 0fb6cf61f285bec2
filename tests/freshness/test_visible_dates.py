"""Dates that readers see: those of articles count, those of all else on the page don't."""

from __future__ import annotations

import pytest
from pages_of_sites import HOME, OLD_ITEM, TITLE, document, judged, newest, page, refusals

from exporter.freshness.document import Kind
from exporter.website import Source

OLD = "2025-03-03 00:00"
NEWS = '<a href="/berita/2-panen">Warga Desa Panen Raya Padi di Pontang</a>'


@pytest.mark.parametrize(
    "article",
    [
        f'<div class="post"><h2>{NEWS}</h2><span class="date">18 November 2026</span></div>',
        f"<ul><li>{NEWS} (18/11/2026)</li></ul>",
        "<ul><li><a href='/b/2'>18/11/2026 - Warga Desa Panen Raya Padi</a></li></ul>",
        '<ul><li><a href="/b/2">Warga Panen Raya <small>18 Nov 2026</small></a></li></ul>',
        f"<table><tr><td>1</td><td>18/11/2026</td><td>{NEWS}</td></tr></table>",
        (
            "<table><tr><th>No</th><th>Tanggal</th><th>Judul</th></tr><tr><td>1</td><td>18/11/2026"
            "</td><td>Hasil seleksi</td></tr></table>"
        ),
        (
            "<article><h1>Panen Raya Padi di Pontang</h1>"
            "<p>Oleh admin | Rabu, 18 November 2026 | Dibaca 12 kali</p></article>"
        ),
        "<h2>Warga Desa Panen Raya Padi</h2><i>Rabu, 18 November 2026</i><p>Isi</p>",
        "<h3>Berita Terbaru</h3><p>18/11/2026 : Warga panen raya</p>",
        "<h2>Kabar Ciruas</h2><p><b>Rapat Pelatihan Las Dibuka</b> <i>(18 November 2026)</i></p>",
        f'<div class="post"><div>18</div><div>Nov</div><div>2026</div><h3>{NEWS}</h3></div>',
        f'<div class="post"><div>18</div><div>Nov 2026</div><h3>{NEWS}</h3></div>',
        f'<div class="post"><h3>{NEWS}</h3><time datetime="2026-11-18">Rabu</time></div>',
        f'<div class="post"><h3>{NEWS}</h3><abbr title="2026-11-18">07.30</abbr></div>',
        f'<div class="post"><h3>{NEWS}</h3><p>2 hari yang lalu</p></div>',
        '<ul><li><a href="/2026/11/18/warga-desa-panen-raya">Warga Desa Panen Raya Padi</a></li></ul>',
        '<ul><li><a href="/berkas/hasil.pdf">Pengumuman Hasil Seleksi 18 November 2026</a></li></ul>',
        '<ul><li><a href="https://drive.google.com/x">Pengumuman Hasil Seleksi</a> 18 November 2026</li></ul>',
        '<div class="mat-card"><b>Panen raya</b><p>18 November 2026</p></div>',
        "<footer>Terakhir diperbarui: 18 November 2026</footer>",
        "<footer>Update: 18/11/2026</footer>",
        (
            "<table><tr><th>Paket</th><th>Tanggal Pengumuman</th><th>Batas Akhir</th></tr>"
            "<tr><td><a href='/p/1'>Rehabilitasi Gedung Balai</a></td><td>18 November 2026</td>"
            "<td>19 November 2026</td></tr></table>"
        ),
        f"<p>PONTANG (18/11/2026) - Warga desa memanen padi di lahan seluas dua hektare. {NEWS}</p>",
    ],
)
def test_a_date_of_an_article_counts(article: str) -> None:
    assert newest(page(article + OLD_ITEM)) == "2026-11-18 00:00"


@pytest.mark.parametrize(
    "trap",
    [
        "<div>Jumat, 20 November 2026</div>",
        f"<table><tr><td>Jumat, 20 November 2026</td><td>{NEWS}</td></tr></table>",
        f"<marquee>20 November 2026 {NEWS}</marquee>",
        "<p>Hari ini: Jumat, 20 November 2026</p>",
        '<div class="top-bar">Kamis, 19 November 2026</div>',
        '<div id="date">Kamis, 19 November 2026</div><p>Selamat datang</p>',
        "<h1>Satuan Polisi Pamong Praja Kabupaten</h1><div>Kamis, 19 November 2026</div>",
        "<h2>Agenda Kegiatan Bupati dan Wakil Bupati</h2><p>18 November 2026</p>",
        "<div class=card><h5>Stok Darah di Kabupaten Serang</h5><p>Jumlah kantong per 19 November 2026</p></div>",
        "<div class=card>Gempa Mag:5.1, 19-Nov-26 07:12:01 WIB</div>",
        "<footer>&copy; 2026 Dinas - Jumat, 20 November 2026 | 08:40:01 WIB</footer>",
        "<footer>Terakhir diperbarui: 20 November 2026</footer>",
        "<footer>Copyright 1 November 2026</footer>",
        '<h3>Agenda</h3><ul><li><a href="/a/1">Rapat Koordinasi Camat Se-Kabupaten</a> 18 November 2026</li></ul>',
        f'<div class="event-list"><div>{NEWS}<p>18 November 2026</p></div></div>',
        f'<div class="card"><h4>{NEWS}</h4><p>18 November 2026</p><p>Tempat: Aula Setda</p></div>',
        f'<div class="card"><h4>{NEWS}</h4><p>18 November 2026, 09.00 - 12.00 WIB</p></div>',
        f'<div class="card"><h4>{NEWS}</h4><p>10 - 18 November 2026</p></div>',
        f'<div class="card"><h4>{NEWS}</h4><p>Batas akhir: 18 November 2026</p></div>',
        "<dl><dt>Batas akhir</dt><dd>18 November 2026</dd></dl>",
        '<div class="post"><a href="/b/2">Lomba HUT ke-500 Kabupaten, 8 Oktober 2026</a></div>',
        '<div class="post"><a href="/b/2">Upacara Hari Pahlawan - 10 November 2026</a></div>',
        '<h4>Produk Hukum</h4><ul><li><a href="/p.pdf">Peraturan Daerah 3 Oktober 2026</a></li></ul>',
        '<ul><li><a href="/p.pdf">Peraturan Bupati Nomor 5 Tahun 2026 tanggal 3 Oktober 2026</a></li></ul>',
        "<h3>Profil Kepala Dinas</h3><p>Lahir di Serang, 3 Maret 1996. Dilantik pada 5 Januari 2026.</p>",
        "<h2>Sambutan</h2><p>Selamat datang.</p><p>Serang, 2 November 2026</p><p>Kepala Dinas</p>",
        '<div class="comments"><b>Budi</b> <span class="date">19 November 2026</span></div>',
        "<h3>Komentar</h3><div><b>Budi</b> <span>19 November 2026</span></div>",
        (
            '<ul><li><a href="https://kabar.example/x">Menteri Bicara Soal Jaringan Internet'
            "</a> 20 November 2026</li></ul>"
        ),
        (
            '<div class="embed"><a href="https://kabar.example/x">Menteri Bicara Soal Jaringan</a>'
            "<p>2 jam yang lalu</p></div>"
        ),
        "<div>Pengunjung sejak 19 November 2026: 10</div>",
        '<div class="cuaca"><h4>Ciruas</h4><p class="date">19 November 2026</p></div>',
        "<div><b>Jadwal Sholat</b><p>Serang, 20 November 2026</p><p>Subuh 04:10</p></div>",
        (
            '<div class="card"><h5>Harga Bahan Pokok</h5><small>19 November 2026</small>'
            '<a href="/harga">Selengkapnya</a></div>'
        ),
        '<div class="live-chat"><b>Admin</b> <small>19 November 2026 08:30</small> Ada yang bisa dibantu?</div>',
        "<h4>Pengumuman</h4><p>Kantor tutup tanggal 18 November 2026</p>",
        f"<h3>Pengaduan Masyarakat</h3><ul><li>{NEWS} 19 November 2026</li></ul>",
        '<div class="countdown">Menuju hari itu: 18 November 2026</div>',
        "<h4>Hari Penting</h4><ul><li>10 November 2026 - Hari Pahlawan</li></ul>",
        "<p>Pendaftaran dibuka mulai tanggal 1 November 2026 di kantor kecamatan bagi semua warga setempat.</p>",
        "<p class=info>Versi 2.1, 2026-11-18</p>",
        '<h4>Arsip</h4><ul><li><a href="/2026/11/">November 2026</a></li></ul>',
        f'<div class="post"><h3>{NEWS}</h3><span class="date">25 November 2026</span></div>',
        (
            "<table><tr><th>Tanggal</th><th>Acara</th><th>Tempat</th></tr>"
            "<tr><td>18/11/2026</td><td><a href='/a/1'>Rapat koordinasi dinas</a></td><td>Aula</td></tr></table>"
        ),
        "<h3>Pengaduan Masyarakat</h3><p>Diposting oleh Budi, 18 November 2026</p>",
        "<h3>Buku Tamu</h3><p>Posted by Budi 18 November 2026</p>",
        "<script>var d = '18 November 2026';</script><!-- 18 November 2026 -->",
    ],
)
def test_a_date_of_something_else_does_not_count(trap: str) -> None:
    assert newest(page(trap + OLD_ITEM)) == OLD


@pytest.mark.parametrize(
    "title",
    [
        "Simulasi gempa",
        "Survei Kepuasan Masyarakat",
        "Sosialisasi Peraturan Daerah",
        "Forum Anak Daerah",
        "Stok Beras Aman",
        "Lapor SPT Tahunan",
        "Lelang Jabatan Sekda",
        "Jadwal Pelayanan Keliling",
    ],
)
def test_a_short_headline_with_an_everyday_word_keeps_its_date(title: str) -> None:
    told = "<p>Diposting oleh admin, 18 November 2026</p>"
    linked = f'<div class="post"><h2><a href="/b/9">{title}</a></h2><span class="date">18 November 2026</span></div>'
    assert newest(page(linked + OLD_ITEM)) == "2026-11-18 00:00"
    assert newest(page(f'<div class="post"><h3>{title}</h3>{told}</div>{OLD_ITEM}')) == "2026-11-18 00:00"
    assert newest(page(f"<h4>{title}</h4><ul><li>18 November 2026</li></ul>" + OLD_ITEM)) == OLD


def test_todays_date_counts_in_an_items_own_place() -> None:
    today = f'<div class="news-item"><h3>{NEWS}</h3><span class="date">20 November 2026</span></div>'
    assert newest(page(today + OLD_ITEM)) == "2026-11-20 00:00"
    plain = f"<ul><li>{NEWS} 20/11/2026</li><li>{TITLE} 03/03/2025</li></ul>"
    assert newest(page(plain)) == "2026-11-20 00:00"


def test_the_link_of_an_item_is_its_address() -> None:
    publication = judged(page(OLD_ITEM)).publications[0]
    assert (publication.address, publication.source, publication.is_day_only) == (
        f"{HOME}berita/1-gedung",
        Source.TEXT,
        True,
    )


def test_news_after_an_agenda_count_again() -> None:
    agenda = "<h3>Agenda</h3><p>18 November 2026</p><h3>Berita</h3>"
    assert newest(page(agenda + f"<p>{NEWS}</p><p>17 November 2026</p>")) == "2026-11-17 00:00"


def test_a_feed_outranks_a_newer_date_shown_for_the_same_article() -> None:
    shown = page('<div class="post"><a href="/berita/1-gedung/">Bupati Meresmikan Gedung</a> 8 Oktober 2026</div>')
    entry = f"<item><link>{HOME}berita/1-gedung</link>"
    feed = f"<rss><channel>{entry}<pubDate>3 Mar 2025 08:00:00 +0700</pubDate></item></channel></rss>"
    assert newest(shown, document(Kind.FEED, feed)) == "2025-03-03 08:00"
    assert refusals(shown, document(Kind.FEED, feed)) == ["newer than the feed says of the same article"]


def test_a_newer_article_on_the_page_outranks_a_feed_that_stands_still() -> None:
    entry = "<item><link>/halo-dunia</link>"
    feed = f"<rss><channel>{entry}<pubDate>Tue, 1 Jan 2019 08:00:00 +0700</pubDate></item></channel></rss>"
    assert newest(page(OLD_ITEM), document(Kind.FEED, feed)) == OLD


def test_a_day_gives_way_to_the_instant_of_the_same_article() -> None:
    entry = f"<item><link>{HOME}berita/1-gedung</link>"
    feed = f"<rss><channel>{entry}<pubDate>Mon, 3 Mar 2025 10:00:00 +0700</pubDate></item></channel></rss>"
    found = judged(page(OLD_ITEM), document(Kind.FEED, feed)).publications
    assert [each.source for each in found] == [Source.FEED]


def test_a_document_that_did_not_come_says_nothing() -> None:
    gone = document(Kind.PAGE, OLD_ITEM)
    object.__setattr__(gone, "status", 404)
    assert judged(page(""), gone).candidates == ()


def test_an_empty_time_element_of_an_item_counts() -> None:
    item = f'<div class="post"><p>{NEWS}</p><p><time datetime="2026-11-18"><img></time></p></div>'
    assert newest(page(item)) == "2026-11-18 00:00"
