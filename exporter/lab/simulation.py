"""The district for machines that refuse namespaces: no network at all, but a wire that the monitor's process simulates.

It takes the place of exporter.lab.network. Wire and monitor are one process here and die as one; conditions outlive it.
"""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from exporter import inventory
from exporter.lab import commands
from exporter.lab.agent_process import AgentProcess
from exporter.lab.conditions import MOMENTS, Kind, parse_kind
from exporter.lab.fate import Fates
from exporter.lab.talking import AskedProcess
from exporter.lab.topology import Topology, read_address

_WHO = "the monitor on the simulated wire"


@dataclass(frozen=True, slots=True)
class Starting:
    """How the monitor is started on its simulated wire, which says a line of JSON once it is at work.

    `command` are its words as far as they are the caller's: --inventory, --seed and --command are added. `log` takes
    what it writes to its standard error, at the end; `changes` are to its environment, and `keep_open` are file
    descriptors that it keeps, which must stay open here for as long as it may be started again.
    """

    command: Sequence[str]
    log: Path
    changes: Mapping[str, str] = field(default_factory=dict)
    keep_open: Sequence[int] = ()


class SimulatedNetwork:
    """The monitor and its simulated wire, from entering to leaving the context.

    `inventory_file` is the district's, and `seed` what its delays and losses come from. Raises InputError where the
    inventory is wrong, TerpaduError with the monitor's last words where it doesn't start.
    """

    def __init__(self, starting: Starting, inventory_file: Path, seed: int = 0) -> None:
        self._starting = starting
        self._inventory_file = inventory_file
        self._seed = seed
        self._agents: list[AgentProcess] = []
        self._arguments = ["--inventory", str(inventory_file), "--seed", str(seed)]
        self._standing = Fates(Topology(inventory.load(inventory_file)), seed)  # judges commands while none is there
        self._in_force: dict[tuple[str, Kind], dict[str, Any]] = {}  # the command that made it so
        self._turn = threading.Lock()
        self._asked: AskedProcess | None = None

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The monitor's process, also where it has ended by itself; None while it is killed."""
        return None if self._asked is None else self._asked.process

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def set(self, what: str, condition: Mapping[str, object]) -> float:
        """Let a condition hold, see exporter.lab.conditions; return since when, in seconds since the epoch.

        `what` is a link's id, an office's, a node's or a provider's code, an address, or "monitor". Raises InputError
        where either isn't understood, and nothing has changed then; TerpaduError where the monitor has ended by itself.
        While there is none the condition waits for its start.
        """
        command = {"set": what, "condition": dict(condition)}
        with self._turn:
            commands.carry_out(command, self._standing, time.monotonic())
            kind = parse_kind(condition["kind"])
            if kind not in MOMENTS:
                self._in_force[_name(what), kind] = command
            return self._ask(command)

    def clear(self, what: str, kind: str) -> float:
        """Let a condition hold no more; return since when, as `set` does. InputError says that there is none."""
        command = {"clear": what, "kind": kind}
        with self._turn:
            commands.carry_out(command, self._standing, time.monotonic())
            del self._in_force[_name(what), parse_kind(kind)]
            return self._ask(command)

    @contextmanager
    def routers(self, environment: Mapping[str, str], log: Path | None = None) -> Iterator[AgentProcess]:
        """Let the routers answer SNMP, and hear of all that is set and cleared, while the context lasts.

        It may be entered before the monitor is started. `environment` has the routers' secrets.
        """
        with AgentProcess(self._inventory_file, environment, seed=self._seed, log=log) as agent:
            self._agents.append(agent)
            try:
                yield agent
            finally:
                self._agents.remove(agent)

    def kill(self) -> None:
        """End the monitor without a word of warning, and with it the wire; nothing where it is killed already."""
        with self._turn:
            if self._asked is not None:
                self._asked.process.kill()
                self._end()

    def end(self) -> None:
        """End the monitor in order: what it has settled is written."""
        with self._turn:
            self._end()

    def start(self) -> None:
        """Start the monitor with the conditions in force; nothing where it runs. It probes from now on."""
        with self._turn:
            if self._asked is not None and self._asked.process.poll() is None:
                return
            self._end()
            asked = AskedProcess(
                _WHO,
                [*self._starting.command, *self._arguments, *self._commands()],
                changes=self._starting.changes,
                log=self._starting.log,
                keep_open=self._starting.keep_open,
            )
            self._asked = asked.__enter__()

    def _ask(self, command: Mapping[str, Any]) -> float:
        at = time.time() if self._asked is None else float(self._asked.ask(command)["at"])
        for agent in self._agents:
            agent.ask(command)
        return at

    def _commands(self) -> list[str]:
        return [word for command in self._in_force.values() for word in ("--command", json.dumps(command))]

    def _end(self) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            asked.__exit__(None, None, None)


def _name(what: str) -> str:
    """Return what a condition's holder is called, of an address' several spellings the same."""
    return str(read_address(what) or what)
