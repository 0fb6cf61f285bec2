"""What is served, and what pages are made of: the seams of the server."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol, TypeVar

from exporter.ledger import Ledger
from exporter.model import Language
from exporter.recent import Cell
from exporter.snapshot import Snapshot
from exporter.web.assets import Assets
from exporter.web.frozen import Moments
from exporter.web.history import History
from exporter.web.pages import Page, Place
from exporter.web.prometheus import Month30
from exporter.web.writing import WritingThread

R = TypeVar("R")


class Service(Protocol):
    """What is served."""

    @property
    def lifecycle_enabled(self) -> bool:
        """Whether a reload may be asked for over HTTP."""

    @property
    def language(self) -> Language:
        """The organisation's language."""

    async def snapshot(self) -> Snapshot:
        """Freeze the latest of everything."""

    def report_file(self, name: str) -> Path | None:
        """Return the file of a monthly report, None where there is none of this name."""

    def report_names(self) -> list[str]:
        """Return the names of the monthly reports' files, the latest month first."""

    async def read(self, work: Callable[[Ledger], R]) -> R:
        """Read one moment of the ledger beside its writer; TerpaduError where that can't be done."""

    def obstacle(self) -> str | None:
        """Return why the exporter isn't ready, None where it is."""

    def survive(self, bug: Exception) -> None:
        """Take a bug that a request met."""

    def recent(self, link: str) -> tuple[Cell, ...]:
        """Return what a link's echoes showed in the last 24 hours, as far as this process has measured."""

    async def past_month(self, link: str, language: Language) -> Month30 | str | None:
        """Return a link's last 30 days as Prometheus has them, why it can't say, or None where none is named."""

    async def reload(self) -> str | None:
        """Take the inventory anew; None once it is in force, else its problems as text, and the old one stays."""


class PageMaker(Protocol):
    """What makes pages."""

    async def page(self, place: Place) -> Page:
        """Return the page of a place."""

    async def problem(self, status: int, sentence: str, place: Place) -> Page:
        """Return a page that says why there is nothing else to show."""


class Latest:
    """Where answers of the API come from: they are kept for a second themselves, so their snapshots are fresh."""

    def __init__(self, service: Service, moments: Moments) -> None:
        self.snapshot = moments.fresh
        self._service = service

    async def read(self, work: Callable[[Ledger], R]) -> R:
        """Read one moment of the ledger beside its writer; TerpaduError where that can't be done."""
        return await self._service.read(work)


class Source:
    """Where pages come from: the service's, with snapshots and a past that are shared."""

    def __init__(
        self,
        service: Service,
        moments: Moments,
        assets: Assets,
        writing: WritingThread,
        history: Callable[[Snapshot], Coroutine[Any, Any, History]],
    ) -> None:
        self.assets = assets
        self.writing = writing
        self.snapshot = moments.snapshot
        self.history = history
        self._service = service

    def report_names(self) -> list[str]:
        """Return the names of the monthly reports' files, the latest month first; it reads a folder."""
        return self._service.report_names()

    def recent(self, link: str) -> tuple[Cell, ...]:
        """Return what a link's echoes showed in the last 24 hours, as far as this process has measured."""
        return self._service.recent(link)

    async def past_month(self, link: str, language: Language) -> Month30 | str | None:
        """Return a link's last 30 days as Prometheus has them, why it can't say, or None where none is named."""
        return await self._service.past_month(link, language)

    async def read(self, work: Callable[[Ledger], R]) -> R:
        """Read one moment of the ledger beside its writer; TerpaduError where that can't be done."""
        return await self._service.read(work)
