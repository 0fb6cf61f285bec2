"""A monitor on a clock that is moved by hand, with a real ledger."""

from __future__ import annotations

from pathlib import Path

from monitor_fakes import NOTHING_FOUND, FakeClock, FakeSender

from exporter.ledger import Ledger, LedgerWriter
from exporter.model import Family, Inventory
from exporter.monitor import Monitor
from exporter.timeline import State

WRITE_EVERY_SECONDS = 5


class Machine:
    """A monitor on a clock set by hand, with the real writer of a real ledger; every echo is answered in 4 ms."""

    def __init__(self, district: Inventory, path: Path, at: float) -> None:
        self.clock, self.sender = FakeClock(at), FakeSender()
        self.writer = LedgerWriter(Ledger.create(path), self.clock)
        self._inventory = district

    async def start(self) -> None:
        """Begin where the ledger was left."""
        self.monitor = Monitor(
            self._inventory,
            await self.writer.restore(),
            (),
            clock=self.clock,
            sender=self.sender,
            sink=self.writer,
            address_of=_literal,
            doubt=lambda _host, _family: None,
            told=lambda _target, _outage: None,
        )

    async def live(self, seconds: int) -> list[int]:
        """Let time pass, a tenth of a second after the other; return the slots whose echoes left."""
        already = len(self.sender.sent)
        for tenth in range(seconds * 10):
            before = len(self.sender.sent)
            self.monitor.pinger.tick()
            for echo in self.sender.sent[before:]:
                self.monitor.pinger.on_reply(echo, 0.004)
            self.clock.advance(0.1)
            if tenth % (WRITE_EVERY_SECONDS * 10) == 0:
                await self.writer.flush()
        return [echo.at for echo in self.sender.sent[already:]]

    @property
    def state(self) -> State:
        """The first link's."""
        return next(self.monitor.links(NOTHING_FOUND)).state

    async def end(self) -> None:
        """Stop in order."""
        self.monitor.stop()
        await self.writer.close()


def _literal(host: str, _: Family | None) -> str:
    return host
