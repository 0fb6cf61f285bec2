"""The pages of a playing beside its faults: which belongs to which, what is missed, and what is one too many. Purely.

A page is an alert of severity page that arrives firing in a message, and that wasn't firing in the message before it
of the same group and receiver; a repeat is none. It belongs to the fault of its own subject that was on, or had just
ended, when its alert began; else to one that silences what it is of, or a part of that: the latest of those. A fault
is paged with its first page, and every further one is a surplus, and so is a page that belongs to no fault. The page
that is kept is the first of the fault's own subject, else the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

from benchmarks.paging_faults import Fault, Scale, Subject, faults, isolations, targets
from exporter.lab.truth import Truth
from exporter.model import Inventory

LATE_SECONDS = 60.0  # how long after a fault's end its alert may begin: confirmed, scraped and evaluated by then
_CUT_OFF_SECONDS = 5.0  # a message that was on its way when the monitor was mended is still one of while it was cut off
PAGE, TICKET = "page", "ticket"
_SUBJECTS = {
    "MonitorIsolated": (Scale.MONITOR, None),
    "ProviderOutage": (Scale.PROVIDER, "provider"),
    "NodeDown": (Scale.NODE, "node"),
    "OfficeOffline": (Scale.OFFICE, "opd"),
}


@dataclass(frozen=True, slots=True)
class Message:
    """What Alertmanager sent, and when it arrived, in seconds since the epoch."""

    at: float
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Firing:
    """An alert by its labels, and when Prometheus had it firing: stretches in seconds since the epoch."""

    labels: Mapping[str, str]
    runs: tuple[tuple[float, float], ...]

    @property
    def is_page(self) -> bool:
        """Whether it is one that pages."""
        return self.labels.get("severity") == PAGE

    @property
    def may_silence(self) -> bool:
        """Whether other pages may be silent because of it."""
        return self.is_page and self.labels["alertname"] != "OfficeOffline"

    def __str__(self) -> str:
        return _named(self.labels)


@dataclass(frozen=True, slots=True)
class Arrival:
    """An alert that a message told of for the first time; `began_at` is what it says of itself."""

    at: float
    began_at: float
    labels: tuple[tuple[str, str], ...]

    @property
    def alert(self) -> str:
        """The alert's name."""
        return dict(self.labels)["alertname"]

    @property
    def subject(self) -> Subject | None:
        """What it is of; None of the alerts about the monitor itself."""
        scale, label = _SUBJECTS.get(self.alert, (None, None))
        if scale is None:
            return None
        return Subject(scale, "monitor" if label is None else dict(self.labels).get(label, "?"))

    def __str__(self) -> str:
        return _named(dict(self.labels))


@dataclass(slots=True)
class Paged:
    """A fault, the pages that belong to it in order of arrival, and when they were said to be over."""

    fault: Fault
    pages: list[Arrival] = field(default_factory=list)
    false_resolves: list[Arrival] = field(default_factory=list)

    @property
    def counts(self) -> bool:
        """Whether it is one of the faults: a page was due, or came."""
        return self.fault.is_certain or bool(self.pages)

    @property
    def kept(self) -> Arrival | None:
        """The page that it deserves."""
        exact = (page for page in self.pages if page.subject == self.fault.subject)
        return next(exact, next(iter(self.pages), None))

    @property
    def surplus(self) -> list[Arrival]:
        """All others."""
        return [page for page in self.pages if page is not self.kept]

    @property
    def delay_seconds(self) -> float | None:
        """How long after its first lost echo that could be seen the first page arrived."""
        return self.pages[0].at - self.fault.start if self.pages else None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a playing comes to. `while_isolated` are pages of things that began while the monitor was cut off."""

    paged: tuple[Paged, ...]
    stray: tuple[Arrival, ...]
    while_isolated: tuple[Arrival, ...]
    resolved: int
    never_resolved: tuple[Arrival, ...]
    tickets: Mapping[str, int]
    ticket_messages: int

    @property
    def faults(self) -> list[Paged]:
        """The faults that count."""
        return [each for each in self.paged if each.counts]

    @property
    def missed(self) -> list[Fault]:
        """Faults without the page that was due."""
        return [each.fault for each in self.paged if each.fault.is_certain and not each.pages]

    @property
    def pages(self) -> int:
        """How many pages came."""
        return sum(len(each.pages) for each in self.paged) + len(self.stray)

    @property
    def surplus(self) -> int:
        """How many of them are one too many."""
        return sum(len(each.surplus) for each in self.paged) + len(self.stray)

    @property
    def false_resolves(self) -> int:
        """How many times a fault was said to be over while it wasn't."""
        return sum(len(each.false_resolves) for each in self.paged)

    def delays(self, scale: Scale | None = None) -> list[float]:
        """Return the delays of paged faults, all or those of a scale, ascending."""
        chosen = (each for each in self.paged if scale in {None, each.fault.subject.scale})
        return sorted(each.delay_seconds for each in chosen if each.delay_seconds is not None)


def judge(truth: Truth, inventory: Inventory, messages: Sequence[Message]) -> Verdict:
    """Return what the messages of a playing come to."""
    paged = [Paged(fault) for fault in faults(truth, inventory)]
    come = list(arrivals(messages, PAGE))
    stray, owners = [], {}
    for page in come:
        owner = _owner(page, paged, inventory)
        if owner is None:
            stray.append(page)
        else:
            owner.pages.append(page)
            owners[page] = owner
    ends = list(_ends(messages))
    for end in ends:
        owner = next((owners[page] for page in reversed(come) if page in owners and _is_end_of(end, page)), None)
        if owner is not None and owner.fault.subject == end.subject and owner.fault.is_silent(end.at):
            owner.false_resolves.append(end)
    tickets = list(arrivals(messages, TICKET))
    return Verdict(
        tuple(paged),
        tuple(stray),
        tuple(page for page in come if _is_while_isolated(page, owners.get(page), isolations(truth), inventory)),
        len(ends),
        tuple(page for page in come if not any(_is_end_of(end, page) for end in ends)),
        dict(sorted(Counter(ticket.alert for ticket in tickets).items())),
        sum(_severity(message) == TICKET for message in messages),
    )


def arrivals(messages: Iterable[Message], severity: str) -> Iterator[Arrival]:
    """Yield the alerts of a severity that messages told of anew."""
    before: dict[tuple[str, str], frozenset[tuple[tuple[str, str], ...]]] = {}
    for message in messages:
        group = (message.payload["receiver"], message.payload["groupKey"])
        firing = [alert for alert in message.payload["alerts"] if alert["status"] == "firing"]
        known = before.get(group, frozenset())
        before[group] = frozenset(_labels(alert) for alert in firing)
        for alert in firing:
            if _labels(alert) not in known and alert["labels"].get("severity") == severity:
                yield _arrival(message, alert)


def why(page: Arrival, others: Iterable[Arrival], firing: Iterable[Firing]) -> str:
    """Return what can be told of why a page was one too many, given those that the fault had besides.

    It is when the alerts fired that might have silenced it: those of no office.
    """
    again = [other for other in others if other.labels == page.labels and other.at < page.at]
    if again:
        return f"the same alert as {page.at - again[-1].at:.0f} s before"
    told = [
        f"{alert} fired from {_offset(start - page.at)} to {_offset(end - page.at)}"
        for alert in firing
        if alert.may_silence and _sorted(alert.labels) != page.labels
        for start, end in alert.runs
        if start < page.at + LATE_SECONDS and end > page.at - LATE_SECONDS
    ]
    return "; ".join(told) or "nothing that silences fired within a minute of it"


def summary(verdict: Verdict) -> dict[str, float | int | str | None]:
    """Return the figures of a verdict, those of delays in seconds."""
    counted, delays = verdict.faults, verdict.delays()
    return {
        "faults": len(counted),
        "paged": sum(bool(each.pages) for each in counted),
        "missed": len(verdict.missed),
        "pages": verdict.pages,
        "surplus": verdict.surplus,
        "pages a fault": round(verdict.pages / len(counted), 2) if counted else None,
        "while isolated": len(verdict.while_isolated),
        "median delay": round(median(delays), 1) if delays else None,
        "longest delay": round(delays[-1], 1) if delays else None,
        "resolved": verdict.resolved,
        "false resolves": verdict.false_resolves,
        "tickets": sum(verdict.tickets.values()),
        "tickets' messages": verdict.ticket_messages,
    }


def _owner(page: Arrival, paged: Sequence[Paged], inventory: Inventory) -> Paged | None:
    subject = page.subject
    if subject is None:
        return None
    silent = targets(subject, inventory)

    def nearness(each: Paged) -> tuple[bool, bool, bool, float]:
        fault = each.fault
        is_related = not silent.isdisjoint(fault.affects)
        # A page that was held back is of a fault that its alert is older than.
        return (fault.subject == subject, is_related, fault.start <= page.began_at, fault.start)

    def may_own(each: Paged) -> bool:
        fault = each.fault
        is_akin = (
            fault.subject == subject or fault.subject.scale is Scale.MONITOR or not silent.isdisjoint(fault.affects)
        )
        return is_akin and fault.start <= page.at and page.began_at <= fault.end + LATE_SECONDS

    return max(filter(may_own, paged), key=nearness, default=None)


def _is_while_isolated(
    page: Arrival, owner: Paged | None, cut_off: Iterable[tuple[float, float]], inventory: Inventory
) -> bool:
    """Return whether a page came while the monitor was cut off, and all that it is of was not silent before."""
    subject = page.subject
    if subject is None or subject.scale is Scale.MONITOR:
        return False
    is_told = owner is not None and targets(subject, inventory) <= owner.fault.affects
    began = owner.fault.start if owner is not None and is_told else page.at
    return any(start <= page.at < end + _CUT_OFF_SECONDS and began >= start for start, end in cut_off)


def _ends(messages: Iterable[Message]) -> Iterator[Arrival]:
    """Yield the pages' alerts that messages say are over."""
    for message in messages:
        for alert in message.payload["alerts"]:
            if alert["status"] == "resolved" and alert["labels"].get("severity") == PAGE:
                yield _arrival(message, alert)


def _is_end_of(end: Arrival, page: Arrival) -> bool:
    return end.labels == page.labels and end.at > page.at


def _arrival(message: Message, alert: Mapping[str, Any]) -> Arrival:
    return Arrival(message.at, datetime.fromisoformat(alert["startsAt"]).timestamp(), _labels(alert))


def _labels(alert: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return _sorted(alert["labels"])


def _sorted(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))


def _severity(message: Message) -> str:
    return next((alert["labels"].get("severity", "") for alert in message.payload["alerts"]), "")


def _named(labels: Mapping[str, str]) -> str:
    of = labels.get("opd") or labels.get("node") or labels.get("provider") or ""
    return f"{labels['alertname']} {of}".strip()


def _offset(seconds: float) -> str:
    return f"{abs(seconds):.0f} s {'before' if seconds < 0 else 'after'} it"
