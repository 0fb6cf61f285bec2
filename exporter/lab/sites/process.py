"""The lab's websites from the outside: the process that serves them, and the names and routes that lead there."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from exporter.errors import TerpaduError
from exporter.lab.sites import plan
from exporter.lab.sites.conditions import Condition, Kind
from exporter.lab.sites.plan import SiteTruth
from exporter.lab.talking import AskedProcess


class Leading(Protocol):
    """What leads to the websites: a network's names, and its way to each address."""

    def lead(self, names: Mapping[str, str], /) -> None:
        """Let further addresses have these names from now on, and no others."""

    def cut(self, address: str, /) -> None:
        """Make an address silent."""

    def mend(self, address: str, /) -> None:
        """Let it answer again."""


class Websites:
    """The websites of an inventory, from entering to leaving the context.

    `first` is each office's condition at the start; whose isn't named is healthy. `started_at`, in seconds since the
    epoch, is what ages count from. `prefix` are the words that run a command where it shall listen, and `log` takes
    what it writes to its standard error. Raises InputError where the inventory is none for the lab.
    """

    def __init__(
        self,
        inventory: Path,
        first: Mapping[str, Condition],
        leading: Leading,
        *,
        started_at: float,
        prefix: Sequence[str] = (),
        log: Path | None = None,
    ) -> None:
        self._inventory = inventory
        self._first = dict(first)
        self._leading = leading
        self._prefix = list(prefix)
        self._log = log
        self.started_at = started_at

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="terpadu-websites-"))
            words = [*self._prefix, sys.executable, "-m", "exporter.lab.sites.serving", str(self._inventory)]
            words += ["--folder", folder, "--at", repr(self.started_at)]
            self._server = stack.enter_context(AskedProcess("the lab's web server", words, log=self._log))
            self.process = self._server.process
            self.authority = Path(self._server.greeting["authority"])
            """The root that vouches for all of them, as PEM; it is there within the context only."""
            self.addresses: dict[str, list[str]] = self._server.greeting["offices"]
            """Each office's addresses: of its website's host, and of `www.` before it."""
            self._names: dict[str, str] = self._server.greeting["names"]
            self._standing = dict.fromkeys(self.addresses, Condition())
            stack.callback(self._let_go)
            for office, condition in self._first.items():
                self._set(office, condition)
            self._lead()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def set(self, office: str, condition: Condition) -> None:
        """Let an office's website be in a condition from now on; InputError where it has none."""
        self._set(office, condition)
        self._lead()

    def clear(self, office: str) -> None:
        """Let an office's website be again as it was at the start."""
        self.set(office, self._first.get(office, Condition()))

    def truth(self) -> list[SiteTruth]:
        """Return what is so for each website now."""
        return plan.truth(self._standing, self.started_at)

    def _set(self, office: str, condition: Condition) -> None:
        self._server.ask({"set": office, "condition": condition.written()})
        was, self._standing[office] = self._standing[office], condition
        if (was.kind is Kind.SILENT) is not (condition.kind is Kind.SILENT):
            change = self._leading.cut if condition.kind is Kind.SILENT else self._leading.mend
            for address in self.addresses[office]:
                change(address)

    def _let_go(self) -> None:
        with suppress(TerpaduError, OSError):  # the network has ended first, and has nothing left to mend
            self._leading.lead({})
            for office, condition in self._standing.items():
                if condition.kind is Kind.SILENT:
                    for address in self.addresses[office]:
                        self._leading.mend(address)

    def _lead(self) -> None:
        nameless = {
            address
            for office, condition in self._standing.items()
            if condition.kind is Kind.NO_NAME
            for address in self.addresses[office]
        }
        self._leading.lead({address: name for address, name in self._names.items() if address not in nameless})
