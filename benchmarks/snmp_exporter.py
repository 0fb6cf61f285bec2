"""snmp_exporter asked for given values of one device after the other, as Prometheus would ask it.

A program of Debian's, fetched by exporter.lab.packages; the module it is given holds just those values.
"""

from __future__ import annotations

import gzip
import http
import http.client
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import devices, processes
from benchmarks.processes import Server
from exporter.errors import TerpaduError
from exporter.lab import packages
from exporter.probes import ifmib
from exporter.probes.device import Oid

_LONGEST_START_SECONDS = 30.0
_MODULE = "interface"
_CONFIGURATION = """\
{module}:
  version: 2
  auth: {{community: {community}}}
  get: [{gets}]
  metrics:
{metrics}"""
_METRIC = """\
  - {{name: {name}, oid: {oid}, type: {kind}, help: "-", indexes: [{{labelname: index, type: gauge}}]}}
"""


@dataclass(slots=True)
class Scrapes:
    """snmp_exporter asked for one device after the other, each as often as it is polled, until it is stopped."""

    server: Server
    addresses: Sequence[str]
    port: int
    values: int
    every_seconds: float
    done: int = 0
    failed: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def _pace_seconds(self) -> float:
        return self.every_seconds / len(self.addresses)

    @property
    def _wanted(self) -> bytes:
        return f"snmp_scrape_pdus_returned {self.values}".encode()

    def run(self) -> None:
        """Ask until stopped; one that gave fewer values than there are has failed."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=self.every_seconds)
        began = time.monotonic()
        while not self.stopped.wait(max(0.0, began + self.done * self._pace_seconds - time.monotonic())):
            target = f"{self.addresses[self.done % len(self.addresses)]}:{self.port}"
            connection.request("GET", f"/snmp?target={target}&module={_MODULE}", headers={"Accept-Encoding": "gzip"})
            with connection.getresponse() as answer:
                body = answer.read()
            self.failed += answer.status != http.HTTPStatus.OK or self._wanted not in gzip.decompress(body).splitlines()
            self.done += 1
        connection.close()


@dataclass(frozen=True, slots=True)
class Used:
    """What the other exporter did and used up to an instant of the monotonic clock."""

    at: float
    polls: int = 0
    cpu_seconds: float = 0.0

    @classmethod
    def so_far(cls, scrapes: Scrapes | None) -> Used:
        """Return it at this moment; nothing where there is no other."""
        now = time.monotonic()
        return cls(now) if scrapes is None else cls(now, scrapes.done, scrapes.server.cpu_seconds())


@contextmanager
def asking(scrapes: Scrapes | None) -> Iterator[None]:
    """Let the other exporter be asked meanwhile; what it can't be asked is an error at the end."""
    if scrapes is None:
        yield
        return
    with ThreadPoolExecutor(1) as thread:
        outcome = thread.submit(scrapes.run)
        try:
            yield
        finally:
            scrapes.stopped.set()
        outcome.result()


@contextmanager
def server(folder: Path, asked: Sequence[Oid]) -> Iterator[Server | None]:
    """Run snmp_exporter with a module of just these values; None where it isn't there."""
    if packages.program("snmp_exporter") is None:
        yield None
        return
    port = processes.free_port()
    configuration = folder / "snmp.yml"
    gets = ", ".join(".".join(map(str, oid)) for oid in asked)
    metrics = "".join(_metric(number, oid) for number, oid in enumerate(asked))
    text = _CONFIGURATION.format(module=_MODULE, community=devices.COMMUNITY, gets=gets, metrics=metrics)
    configuration.write_text(text, encoding="ascii")
    command = [
        *packages.command("snmp_exporter"),
        f"--config.file={configuration}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    with processes.server(command, port, folder / "snmp_exporter.log") as server:
        _wait_until_it_listens(server)
        yield server


def _wait_until_it_listens(server: Server) -> None:
    deadline = time.monotonic() + _LONGEST_START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", server.port)).close()
        except ConnectionRefusedError as error:
            if time.monotonic() > deadline:
                raise TerpaduError(f"snmp_exporter doesn't answer; its log ends: {server.last_words()}") from error
            time.sleep(0.1)
        else:
            return


def _metric(number: int, oid: Oid) -> str:
    kind = "DisplayString" if oid[:-1] in {ifmib.IF_NAME, ifmib.IF_ALIAS, ifmib.IF_DESCR} else "gauge"
    return _METRIC.format(name=f"value{number}", oid=".".join(map(str, oid[:-1])), kind=kind)
