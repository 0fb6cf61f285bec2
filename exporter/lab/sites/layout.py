"""How the lab's pages look: one frame for all, of plain HTML."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from exporter.lab.sites.content import Article, Content

_STYLE = (
    "body{margin:0;font:16px/1.5 sans-serif;color:#222;background:#f3f5f7}"
    "header{background:#0b4f6c;color:#fff;padding:1.2rem 2rem}header h1{margin:0;font-size:1.5rem}"
    "nav{background:#083b51;padding:.5rem 2rem}nav a{color:#dceefa;margin-right:1.5rem;text-decoration:none}"
    "main{max-width:60rem;margin:1.5rem auto;padding:0 2rem}article{background:#fff;border-radius:6px;"
    "padding:1rem 1.4rem;margin-bottom:1rem}article h2{margin:0;font-size:1.15rem}.tanggal,time{color:#667}"
    "footer{padding:1.5rem 2rem;color:#667;font-size:.9rem}"
)
_MENU = ("Beranda", "Profil", "Layanan", "Berita", "Kontak")


def page(content: Content, title: str, main: str, head: str = "", foot: str = "") -> str:
    """Return a whole page with `main` in the frame of a website; `head` and `foot` are further HTML of its manner."""
    menu = "".join(f'<a href="/{"" if name == "Beranda" else name.lower()}">{name}</a>' for name in _MENU)
    return (
        f'<!DOCTYPE html>\n<html lang="id">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f'<meta name="viewport" content="width=device-width">\n{head}\n<style>{_STYLE}</style>\n</head>\n<body>\n'
        f"<header><h1>{escape(content.office)}</h1><p>Kecamatan {escape(content.district)}, Kabupaten Serang</p>"
        f"</header>\n<nav>{menu}</nav>\n<main>\n{main}\n</main>\n<footer>{foot}<p>Hak cipta &copy; {content.now.year} "
        f"{escape(content.office)}. Seluruh isi halaman ini contoh.</p></footer>\n</body>\n</html>\n"
    )


def welcome(content: Content) -> str:
    """Return what each front page begins with, and a website without news has alone."""
    return (
        f"<article><h2>Selamat datang</h2><p>Ini adalah situs resmi {escape(content.office)}. Di sini tersedia "
        "informasi tentang tugas, layanan, dan kegiatan kami bagi warga. Kantor melayani setiap hari kerja dari pagi "
        "sampai sore; silakan datang membawa berkas asli dan salinannya.</p></article>"
    )


def listed(items: Iterable[tuple[Article, str, str]]) -> str:
    """Return articles under each other, each with its path and the HTML of its date."""
    return "\n".join(
        f'<article><h2><a href="{escape(path)}">{escape(article.title)}</a></h2>{date}'
        f"<p>{escape(article.summary)}</p></article>"
        for article, path, date in items
    )


def alone(article: Article, date: str) -> str:
    """Return an article on a page of its own."""
    more = "Kegiatan berjalan lancar, dan hasilnya akan ditindaklanjuti oleh bidang yang bertugas."
    return f"<article><h2>{escape(article.title)}</h2>{date}<p>{escape(article.summary)}</p><p>{more}</p></article>"
