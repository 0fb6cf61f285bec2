"""What the cases of the real world need beside an exporter: mounts of its own, a clock set by hand, a far router.

    python real_world_parts.py ADDRESS

answers each echo to an address with "time exceeded" from a router, as a routing loop does (RFC 792, type 11 code 0).
"""

from __future__ import annotations

import json
import re
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from ipaddress import IPv4Address
from pathlib import Path
from zoneinfo import ZoneInfo

from icmp_wire import _with_checksum, raw_socket
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter import inventory
from exporter.lab.network import Namespace
from exporter.ledger import Ledger
from exporter.report import summarise
from exporter.sla import Month
from exporter.timeline import State

ROUTER = "198.18.1.1"
ALL_IP, HEADER_BYTES, ECHO_REQUEST, TIME_EXCEEDED = 0x0800, 20, 8, 11

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
DISTRICT = """\
organisation: {name: "Kabupaten Uji", timezone: Asia/Jakarta}
defaults:
  icmp: {down_after: 3, up_after: 3, timeout: 1s}
providers:
  isp: {name: "PT Penyedia", availability: 99.5%}
offices:
"""
OFFICE = "  - {{code: {code}, name: {name}, district: Ciruas, links: [{links}]}}\n"
LINK = "{{name: {name}, address: {address}, provider: isp, contract: {{download: 100Mbps, upload: 100Mbps}}{more}}}"


def answer_time_exceeded(address: str) -> None:
    """Answer each echo to an address, until this process is ended; of the echo the least that routers may is quoted."""
    wanted = (IPv4Address(address).packed, socket.IPPROTO_ICMP, ECHO_REQUEST)
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL_IP)) as wire, raw_socket(4) as router:
        router.bind((ROUTER, 0))
        print("listening", flush=True)  # noqa: T201 -- the test waits for it
        while True:
            packet = wire.recv(4096)
            if (packet[16:20], packet[9], packet[HEADER_BYTES]) == wanted:
                message = struct.pack("!BBHI", TIME_EXCEEDED, 0, 0, 0) + packet[: HEADER_BYTES + 8]
                router.sendto(_with_checksum(message), (str(IPv4Address(packet[12:16])), 0))


@contextmanager
def mounted(folder: Path, *mount: object) -> Iterator[tuple[list[str], Path]]:
    """Mount something for nobody else; give the words that run a command there, in a folder, and that folder from here.

    `mount` are the arguments of mount(8).
    """
    with Namespace(["unshare", "--mount"], ["nsenter", "--mount", "--target"]) as own:
        subprocess.run([*own.prefix, "mount", *map(str, mount)], check=True, timeout=10)
        yield [*own.prefix, "env", f"--chdir={folder}"], Path(f"/proc/{own.pid}/root", *folder.parts[1:])


def office(code: str, address: str, more: str = "") -> str:
    """Return an office of one link as the inventory has it."""
    link = LINK.format(name="primary", address=address, more=more)
    return OFFICE.format(code=code, name=f'"Kantor {code}"', links=link)


class Numbers:
    """One page's values of links: numbers(NAME, OFFICE, LABEL=VALUE), None where there is no such series."""

    def __init__(self, page: str) -> None:
        samples = [sample for family in parse_text(page) for sample in family.samples]
        self._values = {(sample.name, frozenset(sample.labels.items())): sample.value for sample in samples}

    def __call__(self, name: str, opd: str, **labels: str) -> float | None:
        return self._values.get((name, frozenset({"opd": opd, "link": "primary", **labels}.items())))

    def probes(self, opd: str) -> list[float]:
        """Return replies, losses and errors."""
        return [self("opd_link_icmp_probes_total", opd, result=result) or 0 for result in ("reply", "lost", "error")]

    def seconds(self, opd: str) -> dict[State, float]:
        """Return the committed seconds of each state."""
        return {state: self("opd_link_state_seconds_total", opd, state=state.value) or 0 for state in State}


def month_of(path: Path) -> str:
    """Return the month up to which a ledger is settled."""
    with Ledger.existing(path) as ledger:
        settled = ledger.settled()
    assert settled is not None
    return datetime.fromtimestamp(settled[1], ZoneInfo("Asia/Jakarta")).strftime("%Y-%m")


def read_again_and_again(path: Path, rounds: int) -> int:
    """Report each time, and back up now and then; time never falls back. Return how often it was read."""
    district, month, seen = inventory.load(path.with_name("inventory.yaml")), Month.parse(month_of(path)), 0
    copy = path.with_name(f"copy-{threading.get_ident()}.sqlite3")
    for number in range(rounds):
        with Ledger.existing(path) as ledger:
            settled = ledger.settled()
            assert settled is not None
            assert settled[1] >= seen
            seen = settled[1]
            assert len(summarise([ledger], district, month).links) == 2
            if number % 25 == 0:
                assert ledger.backup(copy) == []
                copy.unlink()
    return rounds


NAMES = (
    'Dinas "PU" & Tata Ruang',
    "Kec. \\ Ciruas",
    "Bagian 'Hukum'/Organisasi [Setda]",
    "Kec. Ciruas (Kota) + Desa",
    "RSUD | Puskesmas",
    "=1+1",
    "=====pindah gedung=====",
    "-5 lantai @kabid",
    "🌧 Hujan 🏥",
    "Dinas <UPT Ciruas>",
    "Dua\\nbaris",
    'akhir\\"',
    '{opd="x"} 1 # HELP',
    "Ñandú, é; %s $x #1",
)
LINKS_EACH = 30  # in all more than a snapshot takes at one go
TALKING = re.compile(r"(?m)^opd_(?:info|link_info|link_outage_open)\{.*")


def names_of(generation: int) -> list[str]:
    """Return the offices' names in a generation of the inventory: the awkward ones first, then ever more so."""
    return [f'{name}{generation}"\\' if generation else name for name in NAMES]


def awkward_district(generation: int) -> str:
    """Return an inventory whose names, and whose first office and its number of links, are this generation's alone."""
    slow = ", icmp: {interval: 60s}"
    offices = [office(f"baru-{generation}", "198.18.9.1", slow)] * (generation % 2)
    for number, name in enumerate(names_of(generation), 10):
        links = [
            LINK.format(name=f"l{each}", address=f"198.18.{number}.{each}", more=slow) for each in range(LINKS_EACH)
        ]
        offices.append(
            OFFICE.format(code=f"opd-{number}", name=json.dumps(name, ensure_ascii=False), links=", ".join(links))
        )
    return DISTRICT + "".join(offices)


def expected(generation: int) -> dict[str, list[str]]:
    """Return the names by office's info and by link's info, and the codes by what has no name, of one generation."""
    new = [f"baru-{generation}"] * (generation % 2)
    names, codes = names_of(generation), [f"opd-{number}" for number in range(10, 10 + len(NAMES))]
    new_names = [f"Kantor {code}" for code in new]
    return {
        "opd_info": new_names + names,
        "opd_link_info": new_names + [name for name in names for _ in range(LINKS_EACH)],
        "opd_link_outage_open": new + [code for code in codes for _ in range(LINKS_EACH)],
    }


@cache
def told(lines: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the same of a page's lines that begin as TALKING."""
    found: dict[str, list[str]] = {"opd_info": [], "opd_link_info": [], "opd_link_outage_open": []}
    for family in parse_text("\n".join(lines) + "\n"):
        for sample in family.samples:
            found[sample.name].append(sample.labels.get("name", sample.labels["opd"]))
    return found


class Scrapes:
    """Threads that scrape without pause, and each page's lines with the generations that it may show.

    A page that was asked for after a reload's answer shows what was loaded; none shows what nobody asked for yet.
    """

    def __init__(self, page: Callable[[str], str]) -> None:
        self._page = page
        self._stopped = threading.Event()
        self.asked = self.answered = 0
        self.pages: list[tuple[range, tuple[str, ...]]] = []

    def go_on(self, accept: str) -> None:
        """Scrape until stopped."""
        ends_with = "# EOF\n" if accept == OPENMETRICS else "\n"
        while not self._stopped.is_set():
            earliest = self.answered
            page = self._page(accept)
            assert page.endswith(ends_with)
            self.pages.append((range(earliest, self.asked + 1), tuple(TALKING.findall(page))))

    def stop(self) -> None:
        """Let each thread end with the page that it waits for."""
        self._stopped.set()


if __name__ == "__main__":
    answer_time_exceeded(*sys.argv[1:])
