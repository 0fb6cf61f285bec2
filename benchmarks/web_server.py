"""Websites to be visited by a benchmark: one page of 100 kB that comes packed, by TLS, under any of a number of names.

    python -m benchmarks.web_server FOLDER COUNT

It writes its authority into the folder, says the file's name and serves `situs-1.example` to `situs-COUNT.example` on
port 443 of every address until its standard input ends.
"""

from __future__ import annotations

import asyncio
import gzip
import ssl
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from exporter.lab.sites.authority import Authority
from exporter.lab.sites.conditions import Kind

PAGE_BYTES = 100_000
_ARTICLE = """\
<article><h2><a href="/berita/{number}-kegiatan-di-kantor-kecamatan">Kegiatan {number} di kantor kecamatan</a></h2>
<p class="meta"><i class="fa fa-calendar"></i> {day:%d/%m/%Y} oleh admin | dibaca {number} kali</p>
<p>Warga datang sejak pagi dan dilayani di loket {number}, kata petugas yang berjaga sampai sore hari itu.</p></article>
"""


def name(number: int) -> str:
    """Return the name of one of the websites."""
    return f"situs-{number}.example"


def page(now: datetime) -> bytes:
    """Return a page of articles, one a day back from yesterday."""
    head = '<!DOCTYPE html><html lang="id"><head><meta charset="utf-8"><title>Kantor Contoh</title></head><body>\n'
    text, number = [head], 0
    while sum(map(len, text)) < PAGE_BYTES:
        number += 1
        text.append(_ARTICLE.format(number=number, day=now - timedelta(days=number)))
    return "".join([*text, "</body></html>\n"]).encode()


async def serve(folder: Path, count: int) -> None:
    """Serve until the standard input ends."""
    now = datetime.now(UTC)
    authority = Authority(folder, now)
    contexts = {name(number): authority.context(name(number), Kind.HEALTHY) for number in range(1, count + 1)}
    front = contexts[name(1)]

    def choose(connection: ssl.SSLObject, host: str | None, _: ssl.SSLContext) -> None:
        connection.context = contexts.get(host or "", front)

    front.sni_callback = choose  # type: ignore[assignment]
    body = gzip.compress(page(now))
    head = "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nContent-Length: {size}\r\n"
    good = head.format(status="200 OK", size=len(body)).encode() + b"Connection: close\r\n\r\n" + body
    lost = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        writer.write(good if asked.startswith((b"GET / ", b"GET /berita")) else lost)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "0.0.0.0", 443, ssl=front, backlog=1024):  # noqa: S104 -- its own network
        sys.stdout.write(f"{authority.file}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
