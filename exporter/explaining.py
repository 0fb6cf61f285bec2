"""What explains outages, built together: devices that are asked, paths that are traced, and what becomes of both."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from exporter.cause import Known
from exporter.clock import Clock
from exporter.diagnosis import Diagnosis
from exporter.investigation import Investigation
from exporter.ledger import Ledger, LedgerWriter
from exporter.metering import Metering
from exporter.model import Inventory
from exporter.names import Names
from exporter.observation import DevicePoll, Path
from exporter.polling import SnmpPoller
from exporter.probes.device import SnmpClient
from exporter.recording import Recorder
from exporter.snapshot import Findings
from exporter.timeline import Outage
from exporter.tracing import Tracer

BESIDE_SECONDS = 120  # what ended so long before an outage began says nothing of it
Left = tuple[list[tuple[str, Outage, Known | None]], list[tuple[str, Outage]], dict[str, DevicePoll], dict[str, Path]]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What explaining works with.

    `is_measured(link_id)` says whether a link is measured now, `is_isolated()` whether the monitor itself is cut off.
    """

    clock: Clock
    environment: Mapping[str, str]
    names: Names
    writer: LedgerWriter
    recorder: Recorder | None
    is_measured: Callable[[str], bool]
    is_isolated: Callable[[], bool]


class Explaining:
    """The poller, the tracer, the meters and the investigation of one district, from `start` to `stop`."""

    def __init__(
        self,
        inventory: Inventory,
        around: Surroundings,
        client: SnmpClient,
        trace: Callable[[str], Awaitable[Path | None]],
    ) -> None:
        self._inventory = inventory
        self._around = around
        address_of = around.names.address_of
        self._poller = SnmpPoller(client, around.clock, around.environment, address_of, on_poll=self._on_poll)
        self._metering = Metering(around.writer)
        self._metering.reload(inventory)
        self._diagnosis = Diagnosis(inventory, around.is_measured, self._poller.is_polled)
        self._tracer = Tracer(trace, around.clock, address_of, self._on_path, is_spared=self._diagnosis.has_trail)
        self._investigation = Investigation(
            self._diagnosis,
            clock=around.clock,
            devices=self._poller,
            paths=self._tracer,
            sink=around.writer,
            names=self._nodes_by_address,
        )

    async def restore(self) -> None:
        """Read what the ledger left: outages without a cause, those beside them, last polls and paths."""
        now = self._around.clock.time()

        def left(ledger: Ledger) -> Left:
            undecided = ledger.undecided()
            since = min([now, *(outage.started_at for _, outage, _ in undecided)]) - BESIDE_SECONDS
            return undecided, ledger.outages_since(int(since)), ledger.last_polls(), ledger.paths()

        self._diagnosis.restore(*await self._around.writer.call(left))

    def start(self) -> None:
        """Begin to poll and to trace."""
        self._poller.start(self._inventory.links())
        self._tracer.start(
            self._inventory.links(), {link: path.at for link, path in self._diagnosis.good_paths().items()}
        )
        self._investigation.take_up()

    async def stop(self) -> None:
        """End every poll and trace."""
        await self._tracer.stop()
        await self._poller.stop()

    def reload(self, inventory: Inventory) -> None:
        """Take another inventory."""
        self._inventory = inventory
        self._diagnosis.reload(inventory, self._around.clock.time())
        self._metering.reload(inventory)
        self._poller.reload(inventory.links())
        self._tracer.reload(inventory.links())

    async def run(self) -> None:
        """Decide causes until cancelled."""
        await self._investigation.run()

    def on_outage(self, target: str, outage: Outage) -> None:
        """Take an outage of a link or node that has begun, or ended."""
        self._investigation.on_outage(target, outage)

    def findings(self) -> Findings:
        """Return what is known of the links beside their echoes."""
        return Findings(self._poller.status(), self._investigation.provisional, self._metering.was_full)

    @property
    def internal_errors(self) -> dict[str, int]:
        """How many bugs of ours each part survived."""
        return {
            "polling": self._poller.internal_errors,
            "tracing": self._tracer.internal_errors,
            "investigation": self._investigation.internal_errors,
        }

    def _nodes_by_address(self) -> dict[str, str]:
        """Return the nodes' codes by their addresses, as far as these are known."""
        nodes = self._inventory.nodes.values()
        found = {node.code: self._around.names.address_of(node.address, None) for node in nodes}
        return {address: code for code, address in found.items() if address is not None}

    def _on_poll(self, link: str, poll: DevicePoll | None) -> None:
        if poll is None:
            self._investigation.on_failure(link)
            return
        self._investigation.on_poll(link, poll)
        self._metering.take(link, poll)
        if self._around.recorder is not None:
            self._around.recorder.add_poll(link, poll)

    def _on_path(self, link: str, path: Path) -> None:
        if not self._around.is_isolated():  # else it ends at the monitor's own gateway, whatever the link is
            self._investigation.on_path(link, path)
