"""The series of the process itself, written by prometheus_client, and whether it is cut off."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from exporter.metrics.text import Format
from exporter.snapshot import MonitorStatus
from exporter.statistics import Distribution


def write(monitor: MonitorStatus, form: Format) -> Iterator[str]:
    """Yield the page's end: the process's own families, and what closes the page in OpenMetrics."""
    registry = CollectorRegistry()
    registry.register(MonitorCollector(monitor))
    encoder, _ = choose_encoder(form.value)
    yield encoder(registry).decode()


class MonitorCollector(Collector):
    """Yields the families of the process itself."""

    def __init__(self, monitor: MonitorStatus) -> None:
        self._monitor = monitor

    def collect(self) -> Iterator[Metric]:
        """Yield every family that has a series."""
        if self._monitor.is_isolated is not None:
            yield GaugeMetricFamily(
                "opd_monitor_isolated",
                "1 while the monitor itself is cut off: too few references answer.",
                value=int(self._monitor.is_isolated),
            )
        if self._monitor.report_succeeded_at is not None:
            yield GaugeMetricFamily(
                "opd_report_last_success_timestamp_seconds",
                "When a monthly report was last made.",
                value=self._monitor.report_succeeded_at,
            )
        if self._monitor.report_due_since is not None:
            yield GaugeMetricFamily(
                "opd_report_due_timestamp_seconds",
                "Since when the oldest monthly report that is missing is due.",
                value=self._monitor.report_due_since,
            )
        yield from _inventory(self._monitor)
        yield from _probing(self._monitor)
        yield from _ledger(self._monitor)
        errors = CounterMetricFamily("terpadu_internal_errors", "Bugs that the monitor survived.", labels=("part",))
        for part, number in self._monitor.internal_errors.items():
            errors.add_metric((part,), number)
        if errors.samples:
            yield errors


def _inventory(monitor: MonitorStatus) -> Iterator[Metric]:
    build = GaugeMetricFamily("terpadu_build_info", "The running version.", labels=("version",))
    build.add_metric((monitor.version,), 1)
    yield build
    yield GaugeMetricFamily(
        "terpadu_inventory_last_reload_successful",
        "1 if the inventory file was accepted when it was last read.",
        value=int(monitor.reload_succeeded),
    )
    yield GaugeMetricFamily(
        "terpadu_inventory_last_reload_success_timestamp_seconds",
        "When the inventory in force was read.",
        value=monitor.reload_succeeded_at,
    )


def _probing(monitor: MonitorStatus) -> Iterator[Metric]:
    yield _histogram("terpadu_probe_lateness_seconds", "How long after its moment an echo left.", monitor.lateness)
    yield CounterMetricFamily(
        "terpadu_icmp_socket_drops",
        "Replies that the monitor's own sockets had no room for.",
        value=monitor.socket_drops,
    )
    yield CounterMetricFamily(
        "terpadu_clock_steps",
        "Times that the machine's clock was set while the monitor ran.",
        value=monitor.clock_steps,
    )


def _ledger(monitor: MonitorStatus) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "terpadu_ledger_writable",
        "1 unless the last write to the ledger failed.",
        value=int(monitor.ledger_is_writable),
    )
    yield _histogram("terpadu_ledger_write_seconds", "How long a write to the ledger took.", monitor.ledger_writes)


def _histogram(name: str, text: str, distribution: Distribution) -> Metric:
    family = HistogramMetricFamily(name, text)
    bounds = [*map(str, distribution.bounds), "+Inf"]
    cumulative = map(float, accumulate(distribution.counts))
    family.add_metric((), list(zip(bounds, cumulative, strict=True)), distribution.sum_seconds)
    return family
