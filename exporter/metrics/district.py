"""The series of offices, nodes, providers and references, and of the monitor's place among them."""

from __future__ import annotations

from datetime import datetime, timedelta

from exporter.metrics.links import is_available, outage_end, outage_start
from exporter.metrics.series import Series, gauge
from exporter.snapshot import NodeStatus, OfficeStatus, ReferenceStatus

OFFICE_INFO: Series[object] = gauge("opd_info", "An office (OPD).", lambda _: 1)
NODE_INFO: Series[object] = gauge("opd_node_info", "What offices hang from.", lambda _: 1)
PROVIDER_INFO: Series[object] = gauge("opd_provider_info", "Who sells links.", lambda _: 1)
NODE_ABOVE: Series[object] = gauge(
    "opd_node_above_info",
    "What stands above a node: whose it is, and the nodes above it, level_1 the topmost.",
    lambda _: 1,
)
TIMEZONE_OFFSET: Series[datetime] = gauge(
    "opd_timezone_offset_seconds",
    "How far the organisation's clocks are ahead of UTC; added to an instant it gives local time.",
    lambda now: (now.utcoffset() or timedelta()).total_seconds(),
)

OFFICES: tuple[Series[OfficeStatus], ...] = (
    gauge(
        "opd_up",
        "1 while any link of the office is up, 0 while none is and one is down.",
        lambda s: is_available(s.state),
    ),
    gauge(
        "opd_outage_open",
        "1 from the office's disconnection until it is connected again.",
        lambda s: s.outage_is_open,
    ),
    gauge(
        "opd_availability_ratio",
        "Share of the running month's measured time that the office was connected.",
        lambda s: None if s.availability is None else float(s.availability),
    ),
)

NODES: tuple[Series[NodeStatus], ...] = (
    gauge(
        "opd_node_up",
        "1 while the node answers, 0 while it is down; absent while it is unmeasured.",
        lambda s: is_available(s.state),
    ),
    gauge(
        "opd_node_outage_open",
        "1 from an outage's confirmation until its end, through unmeasured time.",
        lambda s: s.outage is not None and s.outage.is_open,
    ),
    gauge(
        "opd_node_outage_start_timestamp_seconds",
        "When the node's open outage began, else the latest; absent where none was seen.",
        lambda s: outage_start(s.outage),
    ),
    gauge(
        "opd_node_outage_end_timestamp_seconds",
        "When the node's latest outage ended; absent while it is open.",
        lambda s: outage_end(s.outage),
    ),
    gauge(
        "opd_node_in_maintenance",
        "1 while a window of announced work covers the node, one announced late too.",
        lambda s: s.in_maintenance,
    ),
)

REFERENCES: tuple[Series[ReferenceStatus], ...] = (
    gauge(
        "opd_reference_up",
        "1 while the reference answers, 0 while it is down; absent while it is unmeasured.",
        lambda s: is_available(s.state),
    ),
)
