"""Inventories of any number of links, each a full entry, with SNMP or without, all on loopback addresses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

_HOSTS = 250
_NODES = 20
_HEAD = """\
organisation: {name: "Kabupaten Uji", timezone: Asia/Jakarta, language: id}
defaults:
  icmp: {interval: 1s, timeout: 2s, down_after: 10, up_after: 10, bridge: 2, payload_bytes: 56}
  degraded: {window: 300, loss: 5%, rtt: 150ms}
references:
  - {name: gateway, address: 127.0.1.1}
  - {name: resolver, address: 127.0.1.2}
providers:
  serat:
    name: PT Serat Contoh
    noc: Meja bantuan, 24 jam
    availability: 99.5%
    credit: {formula: pro_rata_downtime, min_outage: 300s}
    excludes: [power]
nodes:
  core: {name: Core, address: 127.0.2.1}
"""
_NODE = "  pop-{number}: {{name: POP {number}, address: 127.0.3.{number}, provider: serat, parent: core}}\n"
_OFFICE = """\
  - code: kantor-{number}
    name: Kantor Desa {number}
    district: Kecamatan {node}
    location: [-6.1389, 106.2297]
    links:
      - name: primary
        address: {address}
        provider: serat
        parent: pop-{node}
        medium: fibre
        circuit: SC-{number:05}
        valid_from: 2026-01-01
        contract: {{download: 100Mbps, upload: 100Mbps, availability: 99.5%, monthly_fee: 4500000,
                   payer: [{{from: 2026-01-01, by: opd}}, {{from: 2026-04-01, by: diskominfo}}]}}
"""
_SNMP = "        snmp: {{interface: {interface}, community: file:{community}, port: {port}, interval: {seconds:g}s}}\n"


@dataclass(frozen=True, slots=True)
class Polling:
    """How every link's device is polled: its port and interface, the file that holds its community, how often."""

    port: int
    interface: str
    community: Path
    seconds: float


def addresses(count: int) -> Iterator[str]:
    """Yield as many addresses of 127.0.0.0/8, none of them twice and none a node's or a reference's."""
    for number in range(count):
        rest, host = divmod(number, _HOSTS)
        second, third = divmod(rest, _HOSTS)
        yield f"127.{1 + second}.{third}.{1 + host}"


def write_inventory(path: Path, links: int, polling: Polling | None = None) -> Path:
    """Write an inventory of that many offices with one link each, polled by SNMP where it is said how; return it."""
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEAD)
        file.writelines(_NODE.format(number=number) for number in range(1, _NODES + 1))
        file.write("offices:\n")
        for number, address in enumerate(addresses(links)):
            file.write(_OFFICE.format(number=number, address=address, node=1 + number % _NODES))
            if polling is not None:
                file.write(_SNMP.format(**asdict(polling)))
    return path
