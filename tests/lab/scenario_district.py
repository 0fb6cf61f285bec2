"""A small district for what is played and planned: a tree of nodes, two providers, an office with two links."""

from __future__ import annotations

from exporter import inventory
from exporter.lab import scenario
from exporter.lab.scenario import Scenario

TEXT = """\
organisation: {name: "Kabupaten Uji", timezone: Asia/Jakarta}
references: [{name: gateway, address: 198.18.0.1}, {name: dns, address: 198.18.0.2}]
providers: {satu: {name: "PT Satu"}, dua: {name: "PT Dua"}}
nodes:
  core: {name: "Core", address: 198.18.0.10}
  pop: {name: "POP", address: 198.18.1.1, provider: satu, parent: core}
  far: {name: "POP jauh", address: 198.18.2.1, provider: dua, parent: pop}
offices:
  - code: dinkes
    name: "Dinas Kesehatan"
    district: Ciruas
    links:
      - {name: primary, address: 198.18.10.1, provider: satu, parent: pop, contract: {download: 100Mbps}}
      - {name: backup, address: 198.18.110.1, provider: dua, parent: core, medium: vsat, contract: {download: 10Mbps}}
  - code: setda
    name: "Sekretariat Daerah"
    district: Ciruas
    links:
      - {name: primary, address: 198.18.11.1, provider: dua, parent: far, contract: {download: 100Mbps}}
  - code: arsip
    name: "Dinas Arsip"
    district: Ciruas
    links:
      - {name: primary, address: arsip.example, provider: satu, contract: {download: 100Mbps}}
"""
DISTRICT = inventory.parse(TEXT, "inventory.yaml")
LINKS = ("dinkes/primary", "dinkes/backup", "setda/primary", "arsip/primary")
NODES = ("core", "pop", "far")


def parsed(text: str) -> Scenario:
    """The scenario of a text, for this district."""
    return scenario.parse(text, "uji.yaml", DISTRICT)


def listed(*events: str, top: str = "") -> Scenario:
    """The scenario of some events, each the inside of its braces."""
    lines = "".join(f"  - {{{event}}}\n" for event in events)
    return parsed(f"{top}\nevents:\n{lines}" if events else f"{top}\nevents: []\n")
