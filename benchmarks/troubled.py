"""A district of several levels of which a share is in trouble, served as the exporter would while its time passes.

    python -m benchmarks.troubled PORT INVENTORY [FAMILY ...]

Three offices have four links; ten providers sell them; nodes stand over each other three or four deep; each office has
a website. Who is in trouble follows from a number, so that it is the same each time. One provider of ten is down with
its nodes. Of every hundred links one is down by itself, two are degraded, one carries nearly all of its contract, one's
device is silent and one's budget is used up; of every thousand one comes and goes, one had its device reboot, and ten
are under announced work. Of every hundred websites three aren't active, ten are asleep and two have a certificate that
ends soon. With families named, of those of links only these are served.
"""

from __future__ import annotations

import sys
import time
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks import district, exposition
from exporter import inventory
from exporter.cause import DeviceSeen, Evidence, Trail, Verdict
from exporter.metrics import Format, Renderer
from exporter.model import Cause, Inventory, Link, Node, Office
from exporter.observation import SnmpFailure, SnmpStatus
from exporter.snapshot import LinkStatus, NodeStatus, OfficeStatus, Snapshot, Standing
from exporter.timeline import Outage, State
from exporter.website import Activity, Fault, Look, Publication, SiteCheck, SiteSpan, SiteStatus, Source

PROVIDERS = 10
LINK_FAMILIES = ("opd_link_", "opd_sla_")
_CORES = 4
_LINKS_A_POP = 10
_POPS_A_RING = 10
_OFFICE_LINKS = (1, 1, 2)
_TROUBLED_PROVIDER = "serat-0"
_HUNDRED, _THOUSAND = 101, 1_009  # primes: trouble falls on all providers, and on offices of either size
_DOWN, _DEGRADED, _FULL, _SILENT, _BROKEN = (
    {51},
    {22, 77},
    {36},
    {44},
    {66},
)  # of every hundred
_FLAPPING, _REBOOTED, _ANNOUNCED = {333}, {555}, set(range(8, 1_000, 100))  # of every thousand
_SITES_INACTIVE, _SITES_ASLEEP, _SITES_ENDING = set(range(3)), set(range(10, 20)), {30, 31}  # of every hundred

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_FLAP_SECONDS = 120
_POLL_SECONDS = 30
_RATE = 12_500_000  # bytes a second, as contracted
_USUAL_SHARE, _FULL_SHARE = 0.3, 0.95
_BUDGET_SECONDS = 12_960  # 0.5 % of thirty days
_ERRORS_EACH_SECONDS = 600
_GZIP = 31  # zlib's word for a gzip header and the largest window

_HEAD = """\
organisation: {name: "Kabupaten Uji", timezone: Asia/Jakarta, language: id}
references:
  - {name: gateway, address: 127.0.1.1}
  - {name: resolver, address: 127.0.1.2}
"""
_PROVIDER = """\
  serat-{number}: {{name: PT Serat Contoh {number}, noc: "Meja bantuan, 24 jam", availability: 99.5%,
                    credit: {{formula: pro_rata_downtime, min_outage: 300s}}, excludes: [power]}}
"""
_NODE = "  {code}: {{name: {code}, address: {address}{more}}}\n"
_OFFICE = """\
  - code: kantor-{number}
    name: Kantor Desa {number}
    district: Kecamatan {district}
    location: [-6.1389, 106.2297]
    website: {{url: "https://kantor-{number}.example/", update_every: week}}
    links:
"""
_LINK = """\
      - {{name: {name}, address: {address}, provider: serat-{provider}, parent: {parent}, medium: fibre,
         circuit: SC-{number:05}, snmp: {{interface: ether1, community: "file:/dev/null"}},
         contract: {{download: 100Mbps, upload: 100Mbps, availability: 99.5%, monthly_fee: 4500000}}}}
"""


def write_inventory(path: Path, links: int) -> Path:
    """Write the inventory of a district of so many links; return it."""
    addresses = district.addresses(2 * links + 100)
    pops = max(links // _LINKS_A_POP, PROVIDERS)
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEAD + "providers:\n")
        file.writelines(_PROVIDER.format(number=number) for number in range(PROVIDERS))
        file.write("nodes:\n")
        file.writelines(_NODE.format(code=code, address=next(addresses), more=more) for code, more in _nodes(pops))
        file.write("offices:\n")
        number = office = 0
        while number < links:
            file.write(_OFFICE.format(number=office, district=office % _CORES))
            size = min(_OFFICE_LINKS[office % len(_OFFICE_LINKS)], links - number)
            for name in ("primary", "backup")[:size]:
                pop = number % pops
                parent = f"menara-{pop}" if _has_tower(pop) else f"pop-{pop}"
                file.write(
                    _LINK.format(
                        name=name, address=next(addresses), provider=pop % PROVIDERS, parent=parent, number=number
                    )
                )
                number += 1
            office += 1
    return path


def _nodes(pops: int) -> Iterator[tuple[str, str]]:
    """Yield the codes of nodes, a parent before its children, and what more their entries have."""
    rings = -(-pops // _POPS_A_RING)
    yield from ((f"inti-{number}", "") for number in range(_CORES))
    yield from ((f"cincin-{number}", f", parent: inti-{number % _CORES}") for number in range(rings))
    for number in range(pops):
        yield f"pop-{number}", f", parent: cincin-{number // _POPS_A_RING}, provider: serat-{number % PROVIDERS}"
        if _has_tower(number):
            yield f"menara-{number}", f", parent: pop-{number}"


def _has_tower(pop: int) -> bool:
    return pop // _POPS_A_RING % 2 == 1


class Troubled:
    """The district from an instant on, which is when its trouble is some minutes or hours old."""

    def __init__(self, of: Inventory, began: float) -> None:
        self._began = began
        self._calm = exposition.snapshot(of)
        self._provider_of = {
            code: next((above for each in of.upward(code) if (above := of.nodes[each].provider)), None)
            for code in of.nodes
        }

    def snapshot(self, now: float) -> Snapshot:
        """Return what is known at an instant after the first."""
        calm, elapsed = self._calm, int(now - self._began)
        links = tuple(self._link(number, status, elapsed) for number, status in enumerate(calm.links))
        states = {status.link.id: status.state for status in links}
        return replace(
            calm,
            now=datetime.fromtimestamp(now, ZoneInfo("Asia/Jakarta")),
            links=links,
            offices=tuple(
                _office(status.office, [states[link.id] for link in status.office.links]) for status in calm.offices
            ),
            nodes=tuple(self._node(status.node) for status in calm.nodes),
            websites=tuple(_website(number, status.office, now) for number, status in enumerate(calm.offices)),
        )

    def _link(self, number: int, calm: LinkStatus, elapsed: int) -> LinkStatus:
        outage = self._outage(number, calm.link, elapsed)
        if outage is not None and outage.is_open:
            state, since = State.DOWN, outage.started_at
        else:
            state = State.DEGRADED if number % _HUNDRED in _DEGRADED else State.UP
            since = int(self._began) - _HOUR if outage is None or outage.ended_at is None else outage.ended_at
        down = elapsed if state is State.DOWN else 0
        return replace(
            calm,
            state=state,
            state_since=since,
            outage=outage,
            in_maintenance=number % _THOUSAND in _ANNOUNCED,
            state_seconds={**calm.state_seconds, state: calm.state_seconds[state] + elapsed},
            snmp=self._device(number, elapsed, is_up=state is not State.DOWN and number % _HUNDRED not in _SILENT),
            explained=_explained(outage) if outage is not None and outage.is_open else None,
            outages_by_cause={Cause.LINK: 3 + elapsed // (2 * _FLAP_SECONDS) * (number % _THOUSAND in _FLAPPING)},
            was_full=False if state is State.DEGRADED else None,
            standing=Standing(
                availability=Fraction(1439, 1440),
                budget_remaining_seconds=_BUDGET_SECONDS // 2 * (-1 if number % _HUNDRED in _BROKEN else 1) - down,
                credit_rupiah=0,
                last_month=Fraction(999, 1000),
                budget_seconds=_BUDGET_SECONDS,
            ),
        )

    def _outage(self, number: int, link: Link, elapsed: int) -> Outage | None:
        """Return a link's open outage, else the latest."""
        began = int(self._began)
        if link.provider == _TROUBLED_PROVIDER:
            return Outage(began - 5 * _MINUTE, began - 5 * _MINUTE + 10)
        if number % _HUNDRED in _DOWN:
            return Outage(began - 2 * _HOUR, began - 2 * _HOUR + 10)
        if number % _THOUSAND in _FLAPPING:
            start = began + elapsed // (2 * _FLAP_SECONDS) * 2 * _FLAP_SECONDS
            is_over = elapsed % (2 * _FLAP_SECONDS) >= _FLAP_SECONDS
            return Outage(start, start + 10, start + _FLAP_SECONDS if is_over else None)
        return None

    def _device(self, number: int, elapsed: int, *, is_up: bool) -> SnmpStatus:
        polled = elapsed // _POLL_SECONDS * _POLL_SECONDS
        failures = {SnmpFailure.TIMEOUT: 3}
        boot_at = self._began - (5 * _MINUTE if number % _THOUSAND in _REBOOTED else 30 * _DAY)
        if not is_up:
            return SnmpStatus(is_up=False, reason=SnmpFailure.TIMEOUT, boot_at=boot_at, failures=failures)
        rate = _RATE * (_FULL_SHARE if number % _HUNDRED in _FULL else _USUAL_SHARE)
        return SnmpStatus(
            is_up=True,
            duration_seconds=0.02 + number % 7 / 1000,
            last_success_at=self._began + polled,
            failures=failures,
            receive_bytes_total=number * 1_000 + int(rate * polled),
            transmit_bytes_total=number * 100 + int(rate * polled / 5),
            receive_errors_total=polled // _ERRORS_EACH_SECONDS,
            transmit_errors_total=0,
            receive_discards_total=polled // _ERRORS_EACH_SECONDS,
            transmit_discards_total=0,
            receive_bytes_per_second=rate,
            transmit_bytes_per_second=rate / 5,
            ifOperStatus=1,
            ifAdminStatus=1,
            speed_bytes_per_second=10 * _RATE,
            boot_at=boot_at,
        )

    def _node(self, node: Node) -> NodeStatus:
        if self._provider_of[node.code] != _TROUBLED_PROVIDER:
            return NodeStatus(node, State.UP, None, in_maintenance=False)
        start = int(self._began) - 5 * _MINUTE
        return NodeStatus(node, State.DOWN, Outage(start, start + 10), in_maintenance=False)


def _explained(outage: Outage) -> Verdict:
    trail = Trail(outage.started_at + 15, ("127.0.2.1", None), "127.0.2.1")
    evidence = Evidence(outage.started_at, None, DeviceSeen(is_polled=True), trail=trail)
    return Verdict(Cause.PROVIDER, outage.started_at + 20, evidence)


def _office(office: Office, states: Collection[State]) -> OfficeStatus:
    is_down = all(state is State.DOWN for state in states)
    return OfficeStatus(office, State.DOWN if is_down else State.UP, is_down, Fraction(1439, 1440))


def _website(number: int, office: Office, now: float) -> SiteStatus:
    website = office.website
    if website is None:
        raise ValueError(f"the office {office.code} has no website")
    place, at = number % _HUNDRED, int(now) // (5 * _MINUTE) * 5 * _MINUTE
    fault = Fault.CONNECTION_FAILED if place in _SITES_INACTIVE else None
    activity = Activity.ACTIVE if fault is None else Activity.INACTIVE
    published = at // _DAY * _DAY - (40 if place in _SITES_ASLEEP else 2) * _DAY
    return SiteStatus(
        office.code,
        website,
        SiteSpan(at - _DAY, at, activity, fault),
        SiteCheck(
            at,
            fault,
            http_status=200 if fault is None else None,
            response_seconds=0.2 + place / 1000,
            tls_not_after=at // _DAY * _DAY + (5 if place in _SITES_ENDING else 60) * _DAY,
        ),
        Look(at, (Publication(published, is_day_only=False, source=Source.FEED, seen_at=at),)),
    )


def kept(pieces: Iterable[str], families: Collection[str]) -> Iterator[str]:
    """Leave out a page's pieces that are of links' families other than these; leave none out where none is named."""
    family = ""
    for piece in pieces:
        if piece.startswith("# HELP "):
            family = piece.split(" ", 3)[2]
        if not families or family in families or not family.startswith(LINK_FAMILIES):
            yield piece


def packed(pieces: Iterable[str]) -> bytes:
    """Return text as gzip, level 1, as the exporter sends it."""
    packer = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    return b"".join([*(packer.compress(piece.encode()) for piece in pieces), packer.flush()])


def serve(port: int, file: Path, families: Collection[str]) -> None:
    """Serve the district's page on a port of 127.0.0.1 until the process is ended."""
    troubled, renderer = Troubled(inventory.load(file), time.time()), Renderer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = packed(kept(renderer.render(troubled.snapshot(time.time()), Format.TEXT), families))
            self.send_response(200)
            self.send_header("Content-Type", Format.TEXT.value)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 -- the base class's name
            pass

    with HTTPServer(("127.0.0.1", port), Handler) as server, suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]), frozenset(sys.argv[3:]))
