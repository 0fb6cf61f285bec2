"""What the command can show: the links, or the websites."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from rich.text import Text

from exporter.status import layout
from exporter.status.asking import ask, ask_websites
from exporter.status.document import Standing
from exporter.status.page import Look
from exporter.status.websites import layout as websites_layout
from exporter.status.websites.document import Sites


class Told(Protocol):
    """What a monitor said at a moment; `at` has the organisation's offset."""

    @property
    def at(self) -> datetime:
        """The moment."""

    @property
    def is_measured(self) -> bool:
        """Whether anything is."""


T = TypeVar("T", bound=Told)


@dataclass(frozen=True, slots=True)
class Subject(Generic[T]):
    """One thing to show: how it is asked for at a URL, and drawn in a width and a height.

    `is_bad` says whether it needs somebody, `why_nothing` in words why nothing of it is measured.
    """

    ask: Callable[[str], Coroutine[None, None, T]]
    render: Callable[[T, Look, int | None, int | None], list[Text]]
    is_bad: Callable[[T], bool]
    why_nothing: Callable[[T], str]


def _no_links(shown: Standing) -> str:
    if not shown.links:
        return "its inventory has no links, so nothing is measured; give the offices links, and reload"
    if shown.is_isolated:
        return "nothing is measured, the monitor is cut off itself; look at its own network and its references"
    return "nothing is measured; where it didn't start this minute, its log says why no echo leaves"


def _no_websites(shown: Sites) -> str:
    if not shown.sites:
        return "it has no websites in its inventory, so nothing is measured; give the offices websites, and reload"
    return (
        "no website is measured: two visits have to agree first, some minutes after the start; later on look at the"
        " monitor's own network, its resolver and its log"
    )


LINKS = Subject(ask, layout.render, lambda shown: any(link.is_down for link in shown.links), _no_links)
WEBSITES = Subject(ask_websites, websites_layout.render, lambda shown: shown.is_any_inactive, _no_websites)
