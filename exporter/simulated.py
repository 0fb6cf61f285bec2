"""The monitor on a simulated wire: the composition root of the demo where a machine refuses namespaces.

    python -m exporter.simulated --inventory FILE --listen HOST:PORT --ledger FILE [--seed N] [--command JSON ...]

Everything is the product's own, from the echo loop to HTTP, but for what it reaches the network by: no echo leaves the
process, and what becomes of each is asked of exporter.lab.fate. No name is looked up. Devices are asked by real SNMP,
unless their address is closed. Each `--command` is carried out before it probes.

It takes commands on its standard input and says one line of each, as exporter.lab.wire does; {"ready": true} comes
before the first echo. It ends in order when its standard input does, or on SIGTERM. Its log goes to the standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address
from pathlib import Path as FilePath
from typing import Any

from exporter import app, inventory, logs
from exporter.clock import Clock, SystemClock
from exporter.errors import InputError, TerpaduError
from exporter.lab import commands
from exporter.lab.answers import Answers
from exporter.lab.fate import Answered, Fates, Lost, TimeExceeded, Unreachable
from exporter.lab.talking import Lines, say
from exporter.lab.topology import Topology
from exporter.model import Family
from exporter.observation import Outcome, Path, SnmpFailure
from exporter.outside import Outside
from exporter.pinging import Flight
from exporter.probes.device import ROWS_A_REQUEST, Device, Oid, SnmpClient, SnmpProblem, Value
from exporter.probes.icmp import Receiver
from exporter.probes.path import MOST_HOPS, Answer, Word, follow
from exporter.probes.snmp import PysnmpClient
from exporter.sites.orders import Order
from exporter.target import Target
from exporter.visiting import Agent, Hear

TIME_TO_LIVE = 64  # of a real socket's echoes
logger = logging.getLogger(__name__)


class SimulatedSockets:
    """Takes the place of exporter.probes.icmp.EchoSockets: an answer comes back when its fate's delay is over.

    `opened` is called once echoes are taken.
    """

    drops = 0

    def __init__(self, fates: Fates, clock: Clock, opened: Callable[[], None]) -> None:
        self.longest_timeout_seconds = 0.0  # nobody forgets an answer here
        self._fates = fates
        self._clock = clock
        self._opened = opened
        self._answers: Answers[tuple[Flight, Answered | Unreachable | TimeExceeded]] = Answers(fates, clock.monotonic)
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    def open(self, loop: asyncio.AbstractEventLoop, receiver: Receiver[Target]) -> None:
        """Take echoes; the receiver is called on the loop."""
        self._loop = loop
        self._receiver = receiver
        self._opened()

    def close(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let nothing come back any more."""
        del loop
        if self._timer is not None:
            self._timer.cancel()

    def send(self, echo: Flight, payload_bytes: int, identity: int) -> Outcome | None:
        """Ask what becomes of an echo; None, since that shows later."""
        del payload_bytes, identity
        destination = ip_address(echo.address).packed
        echo.sent_at = self._clock.monotonic()
        echo.sent_ns = self._clock.time_ns()
        fate = self._fates.of(destination, TIME_TO_LIVE, echo.sent_at)
        if not isinstance(fate, Lost):
            self._answers.add(echo.sent_at + fate.delay_seconds, destination, (echo, fate))
            self._wake()
        return None

    def drain(self) -> None:
        """Hand over what is due by now."""
        for echo, fate in self._answers.take_due():
            if isinstance(fate, Answered):
                self._receiver.on_reply(echo, fate.delay_seconds)
            else:
                self._receiver.on_refused(echo, Outcome.LOST)

    def was_dropped(self, echo: Flight) -> bool:
        """Return False: there is no queue that an answer could be dropped from."""
        del echo
        return False

    def command(self, written: str | bytes) -> dict[str, Any]:
        """Carry out a command's line; return what is to be said of it."""
        return self._answers.command(written)

    def _wake(self) -> None:
        """Let the loop hand over the next answer when it is due."""
        next_at = self._answers.next_at
        if next_at is None or (self._timer is not None and self._timer_at <= next_at):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = next_at
        self._timer = self._loop.call_later(max(0.0, next_at - self._clock.monotonic()), self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        try:
            self.drain()
        finally:
            self._wake()


class SimulatedSnmp:
    """SNMP to the addresses that aren't closed; what is closed is silent, as long as a real device would be."""

    def __init__(self, fates: Fates, client: SnmpClient) -> None:
        self._fates = fates
        self._client = client

    async def get(self, device: Device, oids: Sequence[Oid]) -> dict[Oid, Value] | SnmpProblem:
        """Return the values the device has, by OID."""
        return await self._silence(device) or await self._client.get(device, oids)

    async def walk(
        self, device: Device, column: Oid, rows_a_request: int = ROWS_A_REQUEST
    ) -> dict[int, Value] | SnmpProblem:
        """Return a column of a table, by index."""
        return await self._silence(device) or await self._client.walk(device, column, rows_a_request)

    async def close(self) -> None:
        """Release the sockets."""
        await self._client.close()

    async def _silence(self, device: Device) -> SnmpProblem | None:
        if not self._fates.is_isolated and ip_address(device.address) not in self._fates.closed:
            return None
        await asyncio.sleep(device.timeout_seconds * (1 + device.retries))
        return SnmpProblem(
            SnmpFailure.TIMEOUT, f"no answer from {device.address}, which is closed on the simulated wire"
        )


class SimulatedPaths:
    """Traces without a packet: what becomes of an echo of each time to live."""

    def __init__(self, fates: Fates, clock: Clock) -> None:
        self._fates = fates
        self._clock = clock

    async def trace(self, address: str) -> Path:
        """Return the path to an address."""
        answers: dict[int, Answer | None] = {}
        destination, now = ip_address(address).packed, self._clock.monotonic()
        for distance in range(1, MOST_HOPS + 1):
            fate = self._fates.of(destination, distance, now)
            match fate:
                case Answered():
                    answers[distance] = Answer(address, Word.REPLY)
                case TimeExceeded():
                    answers[distance] = Answer(str(fate.router), Word.EXCEEDED)
                case Unreachable():
                    answers[distance] = Answer(str(fate.router), Word.UNREACHABLE)
                case Lost():
                    answers[distance] = None
        course = follow(answers, MOST_HOPS)
        return Path(self._clock.time(), course.hops, course.is_whole)


def look_up(host: str, family: Family | None) -> str:
    """Raise OSError: the wire knows no names."""
    del family
    raise OSError(f"{host} isn't looked up on a simulated wire; give the inventory its address")


def main(arguments: Sequence[str]) -> int:
    """Probe and serve until the standard input ends, or a signal comes."""
    options = _options(arguments)
    logs.configure("text")
    try:
        fates = Fates(Topology(inventory.load(options.inventory)), options.seed)
        for written in options.command:
            commands.carry_out(commands.read(written), fates, time.monotonic())
        asked = app.RunOptions(options.inventory, options.listen, options.ledger, prometheus_url=options.prometheus_url)
        asyncio.run(_run(asked, fates))
    except TerpaduError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    return 0


class NoVisitor:
    """Takes the place of exporter.visiting.VisitingProcess: no website can be visited over a wire that isn't there."""

    deaths = 0

    def change(self, agent: Agent, orders: Iterable[Order]) -> None:
        """Visit nothing."""

    async def run(self, agent: Callable[[], Agent], orders: Callable[[], Iterable[Order]], hear: Hear) -> None:
        """Wait until cancelled."""
        del agent, orders, hear
        await asyncio.Event().wait()


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m exporter.simulated")
    parser.add_argument("--inventory", type=FilePath, required=True, metavar="FILE")
    parser.add_argument("--listen", required=True, metavar="HOST:PORT", help="or fd://N for an open socket")
    parser.add_argument("--ledger", type=FilePath, required=True, metavar="FILE")
    parser.add_argument("--prometheus-url", metavar="URL", help="gives the pages 30 days")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="what delays and losses come from")
    parser.add_argument("--command", action="append", default=[], metavar="JSON", help="carried out before it probes")
    return parser.parse_args(arguments)


async def _run(options: app.RunOptions, fates: Fates) -> None:
    def opened() -> None:
        logger.warning("simulated_wire no echo leaves this process: what the links answer is made up")
        _take_commands(sockets)
        asyncio.get_running_loop().call_soon(say, {"ready": True})  # once the signals have their handlers

    sockets = SimulatedSockets(fates, SystemClock(), opened)
    outside = Outside(
        echoes=lambda _: sockets,
        look_up=look_up,
        snmp=lambda: SimulatedSnmp(fates, PysnmpClient()),
        trace=lambda clock: SimulatedPaths(fates, clock).trace,
        visitor=NoVisitor,
    )
    await app.run(options, os.environ, outside)


def _take_commands(sockets: SimulatedSockets) -> None:
    """Carry out what comes on the standard input; its end is a SIGTERM."""
    loop = asyncio.get_running_loop()
    descriptor = sys.stdin.fileno()
    lines = Lines(descriptor)

    def read() -> None:
        written = lines.read()
        if written is None:
            loop.remove_reader(descriptor)
            signal.raise_signal(signal.SIGTERM)
        for line in written or ():
            said = sockets.command(line)
            say(said if "error" in said else {**said, "dropped": sockets.drops})

    try:
        loop.add_reader(descriptor, read)
    except PermissionError as error:
        raise InputError("commands come on the standard input: let it be a pipe or a terminal, not a file") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
