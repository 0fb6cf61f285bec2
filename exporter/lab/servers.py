"""Prometheus and Alertmanager with the project's own configuration, where they can be had."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from exporter.errors import TerpaduError
from exporter.lab import packages
from exporter.lab.ports import listening_socket
from exporter.lab.processes import start


@dataclass(frozen=True, slots=True)
class Server:
    """One of the two: its title, its program, and the port of 127.0.0.1 it stands on."""

    title: str
    program: str
    port: int

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self.port}/"


PROMETHEUS = Server("Prometheus", "prometheus", 9090)
ALERTMANAGER = Server("Alertmanager", "alertmanager", 9093)
SERVERS = (PROMETHEUS, ALERTMANAGER)
_OWN_TARGET = "127.0.0.1:9877"


def demand_free_ports() -> None:
    """Raise TerpaduError where a server's port is taken."""
    for server in SERVERS:
        listening_socket(f"127.0.0.1:{server.port}", server.title).close()


def fetch_missing(say: Callable[[str], None]) -> None:
    """Fetch the servers that aren't there; say so, and why where they can't be had."""
    missing = [server for server in SERVERS if packages.program(server.program) is None]
    if not missing:
        return
    say(f"fetching {' and '.join(server.title for server in missing)} as Debian packages; once, nothing is installed")
    try:
        packages.fetch(*(server.program for server in missing))
    except TerpaduError as error:
        say(f"going on without: {error}")


def start_server(server: Server, share: Path, folder: Path, exporter: str) -> subprocess.Popen[bytes]:
    """Start a server that is there: its configuration out of `share`, its data and its log into `folder`.

    `exporter` is the HOST:PORT that is scraped.
    """
    own = folder / server.program
    shutil.copytree(share / server.program, own, copy_function=shutil.copyfile)
    if server is PROMETHEUS:
        targets = own / "targets" / "terpadu.yml"
        targets.write_text(targets.read_text(encoding="utf-8").replace(_OWN_TARGET, exporter), encoding="utf-8")
        arguments = [f"--storage.tsdb.path={own / 'data'}"]
    else:
        arguments = [f"--storage.path={own / 'data'}", "--cluster.listen-address="]
    return start(
        [
            *packages.command(server.program),
            f"--config.file={own / server.program}.yml",
            f"--web.listen-address=127.0.0.1:{server.port}",
            "--log.level=warn",
            *arguments,
        ],
        log=log_of(folder, server.title),
    )


def log_of(folder: Path, title: str) -> Path:
    """Return the file that what a process says goes to."""
    return folder / f"{title.lower()}.log"
