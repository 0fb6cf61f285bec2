"""A link's courses over a day, and over 30 days where a Prometheus is named: round trips, loss, bandwidth as charts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from markupsafe import Markup

from exporter.bandwidth import BIN_SECONDS, Mean
from exporter.model import Contract, Language
from exporter.recent import CELL_SECONDS, Cell
from exporter.snapshot import LinkStatus
from exporter.statistics import Sketch
from exporter.timeline import Span, State
from exporter.web.pages.lines import Frame, Limit, Series, Shade, line_chart
from exporter.web.pages.telling import Telling
from exporter.web.prometheus import Measure, Month30
from exporter.web.prometheus.month import STEP_SECONDS

MINUTE_SECONDS, DAY_SECONDS = 60, 86_400
HOURS_BETWEEN_TICKS = 3
DAYS_BETWEEN_TICKS = 5
MOST_SHADES = 200
Chart = tuple[str, Markup]


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a chart is of: its caption's key, why it may be empty, its unit and what its axis shows at least."""

    caption: str
    nothing: str
    unit: float
    least_top: float = 0.0


_RTT = _Kind("chart_rtt", "chart_no_rtt", 0.001, 0.005)
_LOSS = _Kind("chart_loss", "chart_no_rtt", 0.01, 0.05)
_ALL_LOSS = _Kind("chart_loss_all", "chart_no_rtt", 0.01, 0.05)
_BANDWIDTH = _Kind("chart_bandwidth", "chart_no_bandwidth", 125_000.0)


@dataclass(frozen=True, slots=True)
class Courses:
    """What a link showed: cells and means of 24 hours, today's round trips, when it was down or unmeasured.

    `month` is what a Prometheus has of 30 days, why it can't say, or None where none is named.
    """

    cells: Sequence[Cell]
    means: Sequence[Mean] = ()
    today: Sketch = field(default_factory=Sketch)
    spans: Sequence[Span] = ()
    month: Month30 | str | None = None

    @property
    def quantiles(self) -> tuple[float | None, float | None, float | None]:
        """Today's median, 95th and 99th percentile, in seconds; None without a reply."""
        return self.today.quantile(0.5), self.today.quantile(0.95), self.today.quantile(0.99)


class Charts:
    """Draws links' charts, each once a minute in each language, or where its 30 days have come since."""

    def __init__(self) -> None:
        self._drawn: dict[tuple[str, Language], tuple[int, Month30 | str | None, Sequence[Chart]]] = {}

    def of(self, status: LinkStatus, of: Courses, contract: Contract | None, tell: Telling) -> Sequence[Chart]:
        """Return each of a link's charts with its caption: of the day, then of the month."""
        key, minute = (status.link.id, tell.language), tell.now // MINUTE_SECONDS
        kept = self._drawn.get(key)
        if kept is None or kept[0] != minute or kept[1] is not of.month:
            drawn = tuple(_charts(of, contract, is_polled=status.snmp is not None, tell=tell))
            self._drawn[key] = kept = (minute, of.month, drawn)
        return kept[2]


def _charts(of: Courses, contract: Contract | None, *, is_polled: bool, tell: Telling) -> Iterator[Chart]:
    day = _Day(of, contract, tell)
    yield day.rtt()
    yield day.loss()
    if is_polled:
        yield day.bandwidth()
    if isinstance(of.month, Month30):
        yield from _Month(of.month, contract, tell).charts(is_polled=is_polled)


@dataclass(frozen=True, slots=True)
class _Day:
    """Draws 24 hours up to now."""

    of: Courses
    contract: Contract | None
    tell: Telling

    def rtt(self) -> Chart:
        tell, cells = self.tell, self.of.cells
        lines = [
            Series(tell("chart_median"), [(cell.at, cell.rtt_p50_seconds) for cell in cells], CELL_SECONDS),
            Series(tell("chart_p95"), [(cell.at, cell.rtt_p95_seconds) for cell in cells], CELL_SECONDS),
        ]
        return self._drawn(_RTT, lines, tell.rtt)

    def loss(self) -> Chart:
        lines = [
            Series(self.tell("chart_loss_line"), [(cell.at, cell.loss_ratio) for cell in self.of.cells], CELL_SECONDS)
        ]
        return self._drawn(_LOSS, lines, self.tell.share)

    def bandwidth(self) -> Chart:
        tell, means = self.tell, self.of.means
        lines = [
            Series(tell("receive"), [(mean.start, mean.receive_bytes_per_second) for mean in means], BIN_SECONDS),
            Series(tell("transmit"), [(mean.start, mean.transmit_bytes_per_second) for mean in means], BIN_SECONDS),
        ]
        return self._drawn(_BANDWIDTH, lines, tell.bandwidth, _limit(self.contract, tell))

    def _drawn(
        self,
        kind: _Kind,
        lines: Sequence[Series],
        written: Callable[[float | None], str],
        limit: Limit | None = None,
    ) -> Chart:
        tell = self.tell
        frame = Frame(
            start=tell.now - DAY_SECONDS,
            end=tell.now,
            ticks=list(_hours(tell)),
            written=written,
            nothing=tell(kind.nothing),
            least_top=kind.least_top,
            limit=limit,
            unit=kind.unit,
            shades=list(_shades(self.of.spans)),
        )
        return _chart(f"{tell(kind.caption)} · {tell('chart_last_day')}", lines, frame)


@dataclass(frozen=True, slots=True)
class _Month:
    """Draws what a Prometheus has of 30 days."""

    of: Month30
    contract: Contract | None
    tell: Telling

    def charts(self, *, is_polled: bool) -> Iterator[Chart]:
        tell, points = self.tell, {line.name: line.points for line in self.of.lines}

        def series(key: str, measure: Measure) -> Series:
            return Series(tell(key), points.get(measure, ()), STEP_SECONDS)

        rtt = [series("chart_median", Measure.RTT_P50), series("chart_p95", Measure.RTT_P95)]
        yield self._drawn(_RTT, rtt, tell.rtt)
        yield self._drawn(_ALL_LOSS, [series("chart_loss_line", Measure.LOSS)], tell.share)
        if is_polled:
            carried = [series("receive", Measure.RECEIVE), series("transmit", Measure.TRANSMIT)]
            yield self._drawn(_BANDWIDTH, carried, tell.bandwidth, _limit(self.contract, tell))

    def _drawn(
        self,
        kind: _Kind,
        lines: Sequence[Series],
        written: Callable[[float | None], str],
        limit: Limit | None = None,
    ) -> Chart:
        tell, until = self.tell, self.of.until
        frame = Frame(
            start=until - 30 * DAY_SECONDS,
            end=until,
            ticks=list(_days(until, tell)),
            written=written,
            nothing=tell("chart_nothing_in_prometheus"),
            least_top=kind.least_top,
            limit=limit,
            unit=kind.unit,
        )
        return _chart(f"{tell(kind.caption)} · {tell('chart_from_prometheus')}", lines, frame)


def _chart(caption: str, lines: Sequence[Series], frame: Frame) -> Chart:
    """Return a chart; in place of an empty one why it is empty."""
    if all(value is None for line in lines for _, value in line.points):
        return caption, Markup('<p class="quiet">{}</p>').format(frame.nothing)
    return caption, line_chart(lines, frame, caption)


def _limit(contract: Contract | None, tell: Telling) -> Limit | None:
    """Return the contract's rate; the download's, named so, where it isn't the upload's too."""
    if contract is None or not contract.download_bps:
        return None
    is_both = contract.upload_bps == contract.download_bps
    return Limit(tell("chart_contract" if is_both else "chart_contract_receive"), contract.download_bps / 8)


def _hours(tell: Telling) -> Iterator[tuple[int, str]]:
    """Yield the local hours of the last day that are ticks."""
    at = tell.local(tell.now).replace(minute=0, second=0, microsecond=0)
    for _ in range(25):
        if at.hour % HOURS_BETWEEN_TICKS == 0 and at.timestamp() > tell.now - DAY_SECONDS:
            yield int(at.timestamp()), tell.hour(at.timestamp())
        at = tell.local(at.timestamp() - 3600)


def _days(until: int, tell: Telling) -> Iterator[tuple[int, str]]:
    """Yield local midnights of the last 30 days that are ticks."""
    midnight = tell.local(until).replace(hour=0, minute=0, second=0, microsecond=0)
    for number in range(0, 30, DAYS_BETWEEN_TICKS):
        at = (midnight - timedelta(days=number)).timestamp()
        yield int(at), tell.short_day(at)


def _shades(spans: Sequence[Span]) -> Iterator[Shade]:
    """Return when a link was down or unmeasured, of many stretches the longest."""
    found = [span for span in spans if span.state in {State.DOWN, State.UNMEASURED}]
    longest = sorted(found, key=lambda span: -span.seconds)[:MOST_SHADES]
    return (Shade(span.start, span.end, span.state) for span in sorted(longest, key=lambda span: span.start))
