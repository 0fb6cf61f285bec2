"""The lab's websites asked by plain sockets, and what the truth says of the first one."""

from __future__ import annotations

import http.client
import socket
import ssl
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from exporter.lab.share import share
from exporter.lab.sites.content import day_of
from exporter.lab.sites.process import Websites

INVENTORY = share() / "inventory.yaml"
OFFICE, HOST = "dinkes", "dinkes.example"
SHORT_SECONDS, LONG_SECONDS = 0.2, 10.0


@dataclass(frozen=True)
class Said:
    """What came for a request."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def trusting(sites: Websites) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(sites.authority))
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # some systems' own is lower
    return context


def ask(sites: Websites, target: str = "/", host: str = HOST, headers: dict[str, str] | None = None) -> Said:
    connection = http.client.HTTPSConnection(host, timeout=LONG_SECONDS, context=trusting(sites))
    with closing(connection):
        connection.request("GET", target, headers=headers or {})
        answer = connection.getresponse()
        return Said(answer.status, answer.headers, answer.read())


def connected(host: str = HOST, port: int = 443, patience_seconds: float = LONG_SECONDS) -> socket.socket:
    return socket.create_connection((host, port), timeout=patience_seconds)


def secured(sites: Websites) -> ssl.SSLSocket:
    return trusting(sites).wrap_socket(connected(), server_hostname=HOST)


def published(sites: Websites) -> float:
    """When the first office's website last published something, by the truth."""
    (found,) = (truth.published_at for truth in sites.truth() if truth.office == OFFICE)
    assert found is not None
    return found


def newest_day(sites: Websites) -> str:
    """The day of the newest publication as a page writes it, in the district's time."""
    return day_of(datetime.fromtimestamp(published(sites) + 7 * 3_600, UTC))
