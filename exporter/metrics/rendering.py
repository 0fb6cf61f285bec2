"""A page from a snapshot, piece by piece, so that a large district's is never held twice."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from exporter.metrics import district, links, own, websites
from exporter.metrics.prepared import Prepared
from exporter.metrics.series import write
from exporter.metrics.text import Format, labels
from exporter.snapshot import Snapshot


class Renderer:
    """Writes snapshots, one at a time. What the inventory in force decides is prepared once, anew after a reload."""

    def __init__(self) -> None:
        self._prepared: Prepared | None = None

    def render(self, snapshot: Snapshot, form: Format) -> Iterator[str]:
        """Yield a page in pieces of text; what the snapshot's inventory doesn't have is left out."""
        prepared = self._prepare(snapshot)
        return chain(
            _offices(prepared, snapshot, form),
            _places(prepared, snapshot, form),
            _links(prepared, snapshot, form),
            _websites(prepared, snapshot, form),
            own.write(snapshot.monitor, form),
        )

    def _prepare(self, snapshot: Snapshot) -> Prepared:
        held = self._prepared
        if held is None or held.inventory is not snapshot.inventory or held.today != snapshot.today:
            self._prepared = held = Prepared(snapshot.inventory, snapshot.today)
        return held


def _offices(prepared: Prepared, snapshot: Snapshot, form: Format) -> Iterator[str]:
    known = [(names, s) for s in snapshot.offices if (names := prepared.offices.get(s.office.code)) is not None]
    yield from write((district.OFFICE_INFO,), [(names.info, status) for names, status in known], form)
    yield from write(district.OFFICES, [(names.labels, status) for names, status in known], form)


def _places(prepared: Prepared, snapshot: Snapshot, form: Format) -> Iterator[str]:
    nodes = [(names.labels, s) for s in snapshot.nodes if (names := prepared.nodes.get(s.node.code)) is not None]
    yield from write((district.NODE_INFO,), [(names.info, None) for names in prepared.nodes.values()], form)
    yield from write((district.NODE_ABOVE,), [(names.above, None) for names in prepared.nodes.values()], form)
    yield from write(district.NODES, nodes, form)
    yield from write((district.PROVIDER_INFO,), [(provider, None) for provider in prepared.providers], form)
    zone = labels(zone=snapshot.now.tzname() or "")
    yield from write((district.TIMEZONE_OFFSET,), [(zone, snapshot.now)], form)
    references = [(labels(reference=status.reference.name), status) for status in snapshot.references]
    yield from write(district.REFERENCES, references, form)


def _links(prepared: Prepared, snapshot: Snapshot, form: Format) -> Iterator[str]:
    known = [(text, s) for s in snapshot.links if (text := prepared.links.get(s.link.id)) is not None]
    yield from write(links.PREPARED, [(text.labels, text) for text, _ in known], form)
    rows = [(text.labels, status) for text, status in known]
    yield from write(links.STATES, rows, form)
    yield from write(links.ECHOES, rows, form)
    yield from write(links.STANDINGS, [(labels, s.standing) for labels, s in rows if s.standing is not None], form)
    yield from write(links.DEVICES, [(labels, s.snmp) for labels, s in rows if s.snmp is not None], form)


def _websites(prepared: Prepared, snapshot: Snapshot, form: Format) -> Iterator[str]:
    known = [(names.labels, s) for s in snapshot.websites if (names := prepared.offices.get(s.office)) is not None]
    yield from write(websites.WEBSITES, known, form)
