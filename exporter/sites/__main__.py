"""The process that visits websites: orders come on the standard input, checks and looks go to the standard output.

    python -m exporter.sites --agent TEXT --zone ZONE

It ends in order when its standard input does. Pages come from strangers, so what they may cost is bounded: the process
has so much memory and no more, and lets others go first.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import logging
import os
import resource
import signal
import sys
from functools import partial
from zoneinfo import ZoneInfo

from exporter.clock import SystemClock
from exporter.sites import checking
from exporter.sites.fetching import Fetcher
from exporter.sites.looking import Looking
from exporter.sites.orders import ALIVE, LONGEST_LINE_BYTES, Order, Told, order, told
from exporter.sites.resolving import Resolver
from exporter.sites.turns import Turns
from exporter.sites.watching import Visits, Watch

MEMORY_BYTES = 4 * 2**30  # of addresses, not of memory: a thread reserves eight megabytes
POLITENESS = 5
ALIVE_EVERY_SECONDS = 20.0
_PR_SET_PDEATHSIG = 1  # prctl(2)


def _tell(office: str, what: Told) -> None:
    sys.stdout.buffer.write(told(office, what))
    sys.stdout.buffer.flush()


async def visit(agent: str, zone: ZoneInfo) -> None:
    """Visit what the orders say until they end."""
    reader = asyncio.StreamReader(limit=LONGEST_LINE_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    clock, resolver, turns = SystemClock(), Resolver(), Turns()
    fetcher = Fetcher(agent=agent, clock=clock, resolve=resolver.addresses)
    looking = Looking(fetcher, agent, turns, clock, zone)
    watch = Watch(Visits(partial(checking.check, fetcher), looking.look), resolver, turns, _tell, clock)
    alive = asyncio.create_task(_say_alive())
    ordered: list[Order] = []
    try:
        while line := await reader.readline():
            if (of := order(line)) is not None:
                ordered.append(of)
                continue
            watch.take(ordered)
            ordered = []
    finally:
        alive.cancel()
        await watch.stop()


async def _say_alive() -> None:
    """Say it for ever: a loop that hangs says nothing."""
    while True:
        sys.stdout.buffer.write(ALIVE)
        sys.stdout.buffer.flush()
        await asyncio.sleep(ALIVE_EVERY_SECONDS)


def main() -> None:
    """Take the arguments."""
    asked = argparse.ArgumentParser(prog="exporter.sites")
    asked.add_argument("--agent", required=True)
    asked.add_argument("--zone", type=ZoneInfo, required=True)
    options = asked.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the monitor's to take
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # it doesn't outlast the monitor, whatever it does
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    os.nice(POLITENESS)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    asyncio.run(visit(options.agent, options.zone))


if __name__ == "__main__":
    main()
