"""Servers on loopback that answer as a test says, and certificates of an authority of the tests' own."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from exporter.clock import SystemClock
from exporter.sites.fetching import Fetcher, Limits

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SHORT = Limits(seconds=0.3)
AGENT = "terpadu/1 (+dinkes.example)"
_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
PAGE = b"<html><head><title>Dinas Kesehatan</title></head><body><h1>Berita</h1><p>Vaksinasi di Ciruas</p></body></html>"


def answer(body: bytes = PAGE, status: str = "200 OK", **headers: str) -> bytes:
    """Return an answer's bytes; a header's name is written with underlines."""
    given = {"content_type": "text/html", "content_length": str(len(body))} | headers
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in given.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def says(*pieces: bytes) -> Talk:
    """Return a server's talk: it reads a question, sends the pieces, and closes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()

    return talk


def pages(answers: dict[str, bytes], asked: list[str] | None = None) -> Talk:
    """Return a server's talk: the answers by path; 404 for others. The questions are noted in `asked`."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        question = (await reader.readuntil(b"\r\n\r\n")).decode()
        if asked is not None:
            asked.append(question)
        writer.write(answers.get(question.split()[1], answer(b"", "404 Not Found")))

    return talk


async def hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A server's talk: it takes all and says nothing."""
    del writer
    while await reader.read(65_536):
        pass


@contextlib.asynccontextmanager
async def serving(talk: Talk, *, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1") -> AsyncIterator[int]:
    """Serve for the time of a block; gives the port."""

    talks: set[asyncio.Task[None]] = set()

    async def careful(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        task.add_done_callback(talks.discard)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await talk(reader, writer)
                await writer.drain()
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(careful, address, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for talking in tuple(talks):
            talking.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


async def resolve(host: str) -> list[str]:
    """Every name is at loopback, but for those under `nowhere.example`."""
    if host.endswith("nowhere.example"):
        raise socket.gaierror(socket.EAI_NONAME, "no such name")
    return ["127.0.0.1"]


def fetcher(**kinds: object) -> Fetcher:
    """Return a fetcher for whom every name is at loopback, and who trusts no authority."""
    usual = {"agent": AGENT, "clock": SystemClock(), "resolve": resolve, "trust": _NOBODY}
    return Fetcher(**usual | kinds)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Issued:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)


class Authority:
    """An authority with a root, an intermediate, and certificates for names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self.root = self.issue("Akar Uji", None, is_authority=True)
        self.intermediate = self.issue("Antara Uji", self.root, is_authority=True)

    def issue(
        self,
        name: str,
        issuer: Issued | None,
        *,
        is_authority: bool = False,
        starts_in_days: int = -30,
        ends_in_days: int = 30,
        names: Iterable[str] = (),
    ) -> Issued:
        """Return a certificate signed by `issuer`, or by itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        built = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if issuer is None else issuer.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + dt.timedelta(days=starts_in_days))
            .not_valid_after(now + dt.timedelta(days=ends_in_days))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        given = [x509.DNSName(each) for each in names]
        if not is_authority:
            given.append(x509.IPAddress(ipaddress.ip_address("127.0.0.9")))  # type: ignore[arg-type]
            built = built.add_extension(x509.SubjectAlternativeName(given), critical=False)
        return Issued(built.sign(key if issuer is None else issuer.key, hashes.SHA256()), key)

    def server(self, leaf: Issued, *others: Issued) -> ssl.SSLContext:
        """Return a server's context that sends a leaf and others after it."""
        self._count += 1
        file = self._folder / f"chain{self._count}.pem"
        key = leaf.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(key + leaf.pem + b"".join(other.pem for other in others))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    @property
    def roots(self) -> Path:
        """A file of what is trusted: the root."""
        file = self._folder / "roots.pem"
        file.write_bytes(self.root.pem)
        return file
