"""Paths through the lab's district, whose nodes stand on two levels."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from wire_echoes import standing_in

from exporter.clock import SystemClock
from exporter.lab.network import Namespace, Network, private_namespace
from exporter.probes.path import PathProbe

CORE, POP, PRIMARY, SLOW, NAMED, MOVED = (
    "198.18.0.10",
    "198.18.0.11",
    "198.18.10.1",
    "198.18.11.1",
    "198.19.128.1",
    "198.18.9.9",
)
SIXTH_CORE, SIXTH_POP, SIXTH = "2001:db8:18::10", "2001:db8:18::11", "2001:db8:18::99"
EDGE = "192.0.2.2"
INVENTORY = f"""\
organisation: {{name: "Kabupaten Uji", timezone: Asia/Jakarta, sample: true}}
references: [{{name: gateway, address: 198.18.0.1}}]
providers: {{isp: {{name: "PT Penyedia", availability: 99.5%}}}}
nodes:
  core: {{name: Core, address: {CORE}}}
  pop: {{name: POP, address: {POP}, parent: core}}
  core6: {{name: Core, address: "{SIXTH_CORE}"}}
  pop6: {{name: POP, address: "{SIXTH_POP}", parent: core6}}
offices:
  - code: dinkes
    name: "Dinas Kesehatan"
    district: Ciruas
    links:
      - {{name: primary, address: {PRIMARY}, provider: isp, parent: pop,
         contract: {{download: 100Mbps, upload: 20Mbps}}}}
      - {{name: sixth, address: "{SIXTH}", provider: isp, parent: pop6,
         contract: {{download: 100Mbps, upload: 20Mbps}}}}
      - {{name: slow, address: {SLOW}, provider: isp, parent: core, medium: vsat,
         contract: {{download: 100Mbps, upload: 20Mbps}}}}
      - {{name: named, address: wan.dinkes.example, provider: isp, parent: pop,
         contract: {{download: 100Mbps, upload: 20Mbps}}}}
"""
CUT, UNREACHABLE = "cut", "unreachable"
Seen = tuple[tuple[str | None, ...], bool]


@pytest.fixture(scope="module")
def near(private_network: None) -> Iterator[Namespace]:
    assert private_network is None
    with private_namespace() as near:
        yield near


@pytest.fixture(scope="module")
def district(near: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """One for all tests; whoever sets a condition clears it."""
    path: Path = tmp_path_factory.mktemp("paths") / "inventory.yaml"
    path.write_text(INVENTORY, encoding="utf-8")
    with Network(near.prefix, path, seed=1) as district:
        yield district


def traced(near: Namespace, address: str, patience_seconds: float = 0.5) -> Seen:
    probe = PathProbe(SystemClock(), patience_seconds=patience_seconds)
    with standing_in(near.pid):
        path = asyncio.run(probe.trace(address))
    assert path is not None
    return path.hops, path.is_whole


@pytest.mark.usefixtures("district")
@pytest.mark.parametrize(
    ("address", "hops"),
    [
        (PRIMARY, (CORE, POP, PRIMARY)),
        (SIXTH, (SIXTH_CORE, SIXTH_POP, SIXTH)),
        (NAMED, (CORE, POP, NAMED)),
        (POP, (CORE, POP)),
        ("198.18.77.1", ("198.18.77.1",)),
    ],
)
def test_the_path_of_what_answers_has_every_node_and_ends_at_it(
    near: Namespace, address: str, hops: tuple[str, ...]
) -> None:
    assert traced(near, address) == (hops, True)


@pytest.mark.parametrize(
    ("what", "kind", "address", "hops"),
    [
        ("dinkes/primary", CUT, PRIMARY, (CORE, POP)),
        ("dinkes/sixth", CUT, SIXTH, (SIXTH_CORE, SIXTH_POP)),
        ("pop", CUT, PRIMARY, (CORE,)),
        ("pop6", CUT, SIXTH, (SIXTH_CORE,)),
        ("core", CUT, PRIMARY, ()),
        ("isp", CUT, PRIMARY, (CORE, POP)),
        ("monitor", CUT, PRIMARY, ()),
        ("dinkes/primary", UNREACHABLE, PRIMARY, (CORE, POP)),
        ("dinkes/sixth", UNREACHABLE, SIXTH, (SIXTH_CORE, SIXTH_POP)),
        ("pop", UNREACHABLE, PRIMARY, (CORE,)),
        ("core", UNREACHABLE, PRIMARY, (EDGE,)),
    ],
)
def test_the_path_of_an_outage_ends_at_the_last_that_is_alive(
    near: Namespace, district: Network, what: str, kind: str, address: str, hops: tuple[str, ...]
) -> None:
    district.set(what, {"kind": kind})
    try:
        assert traced(near, address) == (hops, False)
    finally:
        district.clear(what, kind)


def test_a_node_that_passes_on_and_says_nothing_is_a_silent_hop(near: Namespace, district: Network) -> None:
    district.set(CORE, {"kind": CUT})
    try:
        assert traced(near, PRIMARY) == ((None, POP, PRIMARY), True)
        assert traced(near, SLOW, patience_seconds=1.0) == ((None, SLOW), True)
    finally:
        district.clear(CORE, CUT)


def test_an_answer_that_comes_after_the_second_try_counts(near: Namespace, district: Network) -> None:
    district.set("dinkes/primary", {"kind": "delay", "seconds": 0.7})
    try:
        assert traced(near, PRIMARY) == ((CORE, POP, PRIMARY), True)
    finally:
        district.clear("dinkes/primary", "delay")


def test_what_has_moved_is_found_where_it_is_and_not_where_it_was(near: Namespace, district: Network) -> None:
    district.set("dinkes/named", {"kind": "move", "to": MOVED})
    try:
        assert traced(near, MOVED) == ((CORE, POP, MOVED), True)
        assert traced(near, NAMED) == ((), False)
    finally:
        district.clear("dinkes/named", "move")
    assert traced(near, NAMED) == ((CORE, POP, NAMED), True)
