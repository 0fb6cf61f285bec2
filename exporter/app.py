"""The composition root: builds everything, takes signals, ends in order. The only place that knows all."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from exporter import pacing
from exporter.admission import admitted, tell
from exporter.announcements import Announcements
from exporter.clock import Clock, SystemClock
from exporter.errors import InputError, TerpaduError
from exporter.explaining import Explaining, Surroundings
from exporter.inventory import Placed
from exporter.ledger import Ledger, LedgerWriter, Restored
from exporter.maintenance import Window
from exporter.model import Inventory, Language
from exporter.monitor import Monitor
from exporter.names import Names, hosts
from exporter.outside import REAL, Outside
from exporter.recent import Cell, Recent
from exporter.recording import Recorder
from exporter.report import MonthSoFar, Standings
from exporter.reporting import ReportProcess, Reports
from exporter.snapshot import MonitorStatus, Snapshot
from exporter.tapping import Tap
from exporter.web import listening_socket, reports, serve, shown_address
from exporter.web.prometheus import Month30, PastMonth
from exporter.websites import Websites

STANDINGS_EVERY_SECONDS = 5.0  # as often as the ledger is written
STANDINGS_SHARE = 100  # one part in so many of the time goes into them, where a district is large
STATUSES_AT_ONCE = 200
COLLECT_AFTER_OBJECTS = 20_000
VERSION = version("terpadu-exporter")
logger = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What `terpadu run` was asked for."""

    inventory: Path
    listen: str
    ledger: Path
    reports: Path = Path("reports")
    record: Path | None = None
    lifecycle_enabled: bool = False
    prometheus_url: str | None = None
    public_listen: str | None = None


async def run(options: RunOptions, environment: Mapping[str, str], outside: Outside = REAL) -> None:
    """Probe and serve until SIGTERM or SIGINT; a TerpaduError says why it couldn't begin."""
    gc.disable()  # nothing of the start is garbage
    placed, warnings = admitted(options.inventory, environment)
    tell(warnings)
    async with AsyncExitStack() as stack:
        sock = _listening(stack, options.listen, "--listen")
        public = _listening(stack, options.public_listen, "--web.public") if options.public_listen is not None else None
        exporter = Exporter(options, environment, SystemClock(), outside)
        await exporter.start(stack, placed)
        runner = await serve(sock, exporter, public=public)
        stack.push_async_callback(runner.cleanup)
        logger.info("serving version=%s listen=%s inventory=%s", VERSION, shown_address(sock), options.inventory)
        if public is not None:
            logger.info("serving_public listen=%s", shown_address(public))
        await exporter.until_stopped()
        logger.info("stopping")


def _listening(stack: AsyncExitStack, listen: str, option: str) -> socket.socket:
    sock = listening_socket(listen, option)
    stack.callback(sock.close)
    return sock


class Exporter:
    """Everything that runs in one process, and what a reload changes of it."""

    def __init__(
        self, options: RunOptions, environment: Mapping[str, str], clock: Clock, outside: Outside = REAL
    ) -> None:
        self._options = options
        self._environment = environment
        self._clock = clock
        self._reload_succeeded = True
        self._reload_succeeded_at = clock.time()
        self._standings = Standings()
        self._month = MonthSoFar({}, {})
        making = ReportProcess(options.ledger, options.reports)
        self._reports = Reports(self.read, making.make, lambda: self._inventory.organisation.timezone, clock)
        self._stop = asyncio.Event()
        self._reloading: set[asyncio.Task[str | None]] = set()
        self._one_reload = asyncio.Lock()
        self._unchanged = asyncio.Lock()  # held while an inventory is put in force, and while a snapshot is taken
        self._reload_errors = self._web_errors = 0
        self._recorder: Recorder | None = None
        self._outside = outside
        self._sockets = outside.echoes(clock)
        self._names = Names(look_up=outside.look_up)
        self._recent = Recent()
        self._past_month = None if options.prometheus_url is None else PastMonth(options.prometheus_url, clock)

    async def start(self, stack: AsyncExitStack, placed: Placed) -> None:
        """Open the ledger and the sockets and read what the ledger left; the stack closes them in order."""
        self._inventory = placed.inventory
        loop = asyncio.get_running_loop()
        ledger = Ledger.create(self._options.ledger)
        self._writer = LedgerWriter(ledger, self._clock)
        self._tap = Tap(self._writer, self._recent)
        stack.push_async_callback(self._writer.close)
        restored = await self._writer.restore()
        self._tell_restored(restored)
        if self._options.record is not None:
            self._recorder = Recorder(self._options.record, self._clock.time(), _held(self._inventory))
            stack.callback(self._recorder.close)
        self._announcements = Announcements(self._writer, VERSION)
        await self._announcements.take(placed, int(self._clock.time()))
        around = Surroundings(
            self._clock,
            self._environment,
            self._names,
            self._writer,
            self._recorder,
            is_measured=lambda link: self._monitor.is_measured(link),  # noqa: PLW0108 -- there is none yet
            is_isolated=lambda: self._monitor.is_isolated is True,
        )
        trace = self._outside.trace(self._clock)
        self._explaining = Explaining(self._inventory, around, self._outside.snmp(), trace)
        await self._explaining.restore()
        self._monitor = self._made_monitor(restored)
        self._websites = Websites(
            f"Terpadu/{VERSION}",
            self._outside.visitor(),
            self._writer.add_site,
            self._monitor.was_isolated,
            self._clock,
        )
        self._websites.restore(self._inventory, await self._writer.call(Ledger.restored_sites))
        stack.callback(self._monitor.stop)
        self._sockets.open(loop, self._monitor.pinger)
        stack.callback(self._sockets.close, loop)
        self._names.start(hosts(self._inventory))
        stack.push_async_callback(self._names.stop)
        self._explaining.start()
        stack.push_async_callback(self._explaining.stop)
        stack.push_async_callback(self._end_reloads)
        _settle_memory()
        loop.add_signal_handler(signal.SIGTERM, self._stop.set)
        loop.add_signal_handler(signal.SIGINT, self._stop.set)
        loop.add_signal_handler(signal.SIGHUP, self._begin_reload)

    def _made_monitor(self, restored: Mapping[str, Restored]) -> Monitor:
        return Monitor(
            self._inventory,
            restored,
            self._announcements.windows,
            clock=self._clock,
            sender=self._sockets,
            sink=self._tap,
            address_of=self._names.address_of,
            doubt=self._names.doubt,
            told=self._explaining.on_outage,
            recorder=self._recorder,
        )

    def _tell_restored(self, restored: Mapping[str, Restored]) -> None:
        """Log where the ledger goes on."""
        if restored:
            until = max(left.settled_until for left in restored.values())
            logger.info(
                "ledger_resumed file=%s settled_until=%s unmeasured_seconds=%d open_outages=%d",
                self._options.ledger,
                datetime.fromtimestamp(until, self._inventory.organisation.timezone).isoformat(),
                max(0, self._clock.time() - until),
                sum(left.outage is not None for left in restored.values()),
            )
        else:
            logger.info("ledger_begun file=%s", self._options.ledger)

    async def until_stopped(self) -> None:
        """Run the loops until a signal ends them; a loop that fails takes the process with it, never in silence."""
        async with asyncio.TaskGroup() as group:
            works = (
                self._monitor.pinger.run(),
                self._writer.run(),
                self._keep_standings(),
                self._reports.run(),
                self._explaining.run(),
                self._websites.run(),
                self._announcements.keep_up(lambda: not self._one_reload.locked(), self._take_windows),
            )
            loops = [group.create_task(work) for work in works]
            await self._stop.wait()
            for task in loops:
                task.cancel()

    @property
    def lifecycle_enabled(self) -> bool:
        """Whether a reload may be asked for over HTTP."""
        return self._options.lifecycle_enabled

    @property
    def language(self) -> Language:
        """The organisation's language."""
        return self._inventory.organisation.language

    def report_file(self, name: str) -> Path | None:
        """Return the file of a monthly report, None where there is none of this name."""
        return reports.file_of(self._options.reports, name, self._inventory.organisation.language)

    def report_names(self) -> list[str]:
        """Return the names of the monthly reports' files, the latest month first."""
        return list(reports.kept(self._options.reports))

    async def snapshot(self) -> Snapshot:
        """Freeze the latest of everything, some of it at a time, so that no echo waits for it."""
        async with self._unchanged:
            zone = self._inventory.organisation.timezone
            return Snapshot(
                inventory=self._inventory,
                now=datetime.fromtimestamp(self._clock.time(), UTC).astimezone(zone),
                links=await _in_slices(
                    self._monitor.links(replace(self._explaining.findings(), standings=self._month.links))
                ),
                offices=await _in_slices(self._monitor.offices(self._month.offices)),
                nodes=self._monitor.nodes(),
                references=self._monitor.references(),
                monitor=MonitorStatus(
                    version=VERSION,
                    reload_succeeded=self._reload_succeeded,
                    reload_succeeded_at=self._reload_succeeded_at,
                    lateness=self._monitor.pinger.lateness.distribution(),
                    ledger_writes=self._writer.writes.distribution(),
                    ledger_is_writable=self._writer.is_writable,
                    internal_errors={
                        "monitor": self._monitor.pinger.internal_errors,
                        **self._explaining.internal_errors,
                        "websites": self._websites.internal_errors,
                        "ledger": self._writer.overlaps,
                        "reload": self._reload_errors,
                        "web": self._web_errors,
                    },
                    is_isolated=self._monitor.is_isolated,
                    isolated_since=self._monitor.isolated_since,
                    socket_drops=self._sockets.drops,
                    clock_steps=self._monitor.pinger.clock_steps,
                    report_succeeded_at=self._reports.succeeded_at,
                    report_due_since=self._reports.due_since,
                ),
                websites=self._websites.status(),
            )

    def recent(self, link: str) -> tuple[Cell, ...]:
        """Return a link's last 24 hours in cells of two minutes; empty where there is nothing of it. In any thread."""
        return self._recent.cells(link, self._clock.time())

    async def past_month(self, link: str, language: Language = Language.ENGLISH) -> Month30 | str | None:
        """Return a link's last 30 days, or why Prometheus doesn't tell them; None where none was named."""
        return None if self._past_month is None else await self._past_month.of(link, language)

    async def read(self, work: Callable[[Ledger], T]) -> T:
        """Read one moment of the ledger beside its writer; TerpaduError where that can't be done."""
        try:
            return await asyncio.to_thread(pacing.paced_while, self._goes_on, self._beside_the_writer, work)
        except pacing.Abandoned:
            raise TerpaduError("the monitor is stopping; ask the next one") from None

    def _beside_the_writer(self, work: Callable[[Ledger], T]) -> T:
        with Ledger.existing(self._options.ledger) as ledger:
            return work(ledger)

    def obstacle(self) -> str | None:
        """Return why the exporter isn't ready, None where it is."""
        ledger = self._options.ledger
        if not self._writer.is_writable:
            return f"the ledger {ledger} can't be written; see the log"
        if self._announcements.is_waiting:
            return f"the ledger {ledger} hasn't taken the inventory in force yet; see the log"
        if (until := self._monitor.ahead_until) is not None:
            settled = datetime.fromtimestamp(until, self._inventory.organisation.timezone).isoformat()
            return f"the clock is behind the ledger {ledger}, which is settled until {settled}; set the clock"
        return None

    def survive(self, bug: Exception) -> None:
        """Tell and count a bug of ours that a request met."""
        self._web_errors += 1
        logger.error("internal_error part=web", exc_info=bug)

    def _begin_reload(self) -> None:
        task = asyncio.get_running_loop().create_task(self.reload())
        self._reloading.add(task)
        task.add_done_callback(self._reloading.discard)

    async def reload(self) -> str | None:
        """Read the inventory again; a bad file keeps the one in force. Return its problems, None where it is good."""
        async with self._one_reload:
            try:
                return await self._reload_now()
            except Exception as error:
                self._reload_succeeded = False
                self._reload_errors += 1
                logger.exception("internal_error part=reload")
                return f"a bug of terpadu: {error!r}; the inventory in force stays, see the log"

    async def _end_reloads(self) -> None:
        """Wait for the reloads that are under way; their reading is given up."""
        await asyncio.gather(*self._reloading, return_exceptions=True)

    async def _reload_now(self) -> str | None:
        try:
            placed, warnings = await asyncio.to_thread(
                pacing.paced_while, self._goes_on, admitted, self._options.inventory, self._environment
            )
        except pacing.Abandoned:
            return "the process stops"
        except InputError as error:
            self._reload_succeeded = False
            for problem in str(error).splitlines():
                logger.error("reload_failed the inventory in force stays: %s", problem)  # noqa: TRY400 -- a user's file
            return str(error)
        await self._announcements.take(placed, int(self._clock.time()))
        async with self._unchanged:
            self._monitor.reload(placed.inventory, self._announcements.windows)
            self._inventory = placed.inventory
            self._tap.keep_only({link.id for link in placed.inventory.links()})
            if self._recorder is not None:
                self._recorder.held_seconds = _held(placed.inventory)
            self._names.reload(hosts(placed.inventory))
            self._explaining.reload(placed.inventory)
            self._websites.reload(placed.inventory)
        _settle_memory()
        self._reload_succeeded, self._reload_succeeded_at = True, self._clock.time()
        tell(warnings)
        logger.info("reloaded inventory=%s", self._options.inventory)
        return None

    def _take_windows(self, windows: tuple[Window, ...]) -> None:
        self._monitor.take_windows(windows)

    async def _keep_standings(self) -> None:
        """Keep each link's and office's running month, as the report would give it."""
        while True:
            began = self._clock.monotonic()
            try:
                self._month = await self.read(partial(self._standings.refresh, inventory=self._inventory))
            except TerpaduError as error:
                logger.warning("standings_not_read error=%s", error)
            took = self._clock.monotonic() - began
            await asyncio.sleep(max(STANDINGS_EVERY_SECONDS, took * STANDINGS_SHARE))

    def _goes_on(self) -> bool:
        return not self._stop.is_set()


async def _in_slices(statuses: Iterable[T]) -> tuple[T, ...]:
    """Take what is yielded, letting the loop's other work come between every so many."""
    taken: list[T] = []
    for status in statuses:
        taken.append(status)
        if len(taken) % STATUSES_AT_ONCE == 0:
            await asyncio.sleep(0)
    return tuple(taken)


def _held(district: Inventory) -> int:
    """Return after how many seconds every slot is decided."""
    pinged = [link.icmp for link in district.links()] + [node.icmp for node in district.nodes.values()]
    return max((int(rule.interval_seconds + rule.timeout_seconds) for rule in pinged), default=0) + 30


def _settle_memory() -> None:
    """Take what an inventory made out of the collector's sight: going through it would hold up the echoes.

    Echoes live for seconds and hold no cycles, so it needn't look at them ten times each.
    """
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER_OBJECTS, 10, 10)
    gc.enable()
