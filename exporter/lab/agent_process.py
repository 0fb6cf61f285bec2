"""The routers' SNMP agent as a process that is told what happens, see exporter.lab.agent."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from exporter.lab.talking import AskedProcess


class AgentProcess(AskedProcess):
    """The agent of an inventory's routers, from entering to leaving the context.

    `environment` has their secrets, `prefix` are the words that run a command where it shall listen, and `log` takes
    what it writes to its standard error. InputError says what is wrong with the inventory.
    """

    def __init__(
        self,
        inventory: Path,
        environment: Mapping[str, str],
        *,
        seed: int = 0,
        prefix: Sequence[str] = (),
        log: Path | None = None,
    ) -> None:
        words = [*prefix, sys.executable, "-m", "exporter.lab.agent", str(inventory), "--seed", str(seed)]
        super().__init__("the lab's SNMP agent", words, changes=environment, log=log)

    def carried(self, link: str) -> dict[str, Any]:
        """Return what a link has carried, see exporter.lab.routers.Routers.carried."""
        return self.ask({"carried": link})
