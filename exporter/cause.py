"""Why an outage was: evidence around it -> upstream, provider, power, link, or unknown. Purely.

Asked in this order, and the first that fits is the answer:

    upstream    a node above fell silent with the link, or before
    provider    the provider's links fell silent together
    power       the device booted at the outage's end, and was well before it
    link        the device was up all through it
    unknown     nothing of these is shown

Nothing here is certain: a person's amendment confirms a cause, or corrects it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from exporter.model import Cause

UPSTREAM_LATEST_SECONDS = 30
TOGETHER_SECONDS = 60
TOGETHER_LEAST = 3
BOOT_BESIDE_END_SECONDS = 300
GIVEN_UP_SECONDS = 360
TRACING_SECONDS = 4  # what a trace takes at most


@dataclass(frozen=True, slots=True)
class Above:
    """The nearest node above a link whose own outage overlaps the link's, and began no later than 30 s after it.

    `ended_at` is None while the node's outage is open.
    """

    node: str
    started_at: int
    ended_at: int | None = None


@dataclass(frozen=True, slots=True)
class Together:
    """How many of a provider's measured links have an outage that overlaps and began within 60 s; the link is one."""

    provider: str
    onsets: int
    measured: int


@dataclass(frozen=True, slots=True)
class DeviceSeen:
    """What polls of the link's device showed; instants are seconds since the epoch.

    `is_polled` is False where the link has no `snmp`, or its secret is unset. `is_providers` says that the device
    stands at the provider's side, so that it tells nothing of the office's power, nor of the link. `good_before` is the
    time of the last poll before the outage, None where that failed or there was none. `asked_at` and `boot_at` are of
    the first good poll since the outage's end, or of the last one in it while there is none; None without any.
    """

    is_polled: bool
    is_providers: bool = False
    good_before: int | None = None
    asked_at: int | None = None
    boot_at: int | None = None


@dataclass(frozen=True, slots=True)
class Trail:
    """Where the way to the link ended while it was down; addresses, or None for a hop that didn't answer.

    `last_hop` is the last that answered, by its node's code where one has the address; None where none did. `nodes`
    are those that answered.
    `good_hops` is the last way on record that reached the link, and `good_at` when; None where there is none.
    `traced_link` is the link that was traced in place of this one, None where this one was: both hang from a node that
    was silent, so that the way ended at one place for both.
    """

    traced_at: int
    hops: tuple[str | None, ...]
    last_hop: str | None
    nodes: tuple[str, ...] = ()
    good_at: int | None = None
    good_hops: tuple[str | None, ...] | None = None
    traced_link: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an outage beside the outages of others; it outlasts a restart of the monitor.

    `measured` is how many of the provider's links were measured as the outage became known, its own included; None
    where the monitor ended before it could say.
    """

    device: DeviceSeen
    measured: int | None
    trail: Trail | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as values that JSON takes; `from_json` is its opposite."""
        return {"device": _values(self.device), "measured": self.measured, "trail": _values(self.trail)}

    @classmethod
    def from_json(cls, written: dict[str, Any]) -> Known:
        """Read what `as_json` gave."""
        return cls(DeviceSeen(**written["device"]), written["measured"], _trail(written["trail"]))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known around a link's outage; `ended_at` is None while it is open, the others where nothing was found."""

    started_at: int
    ended_at: int | None
    device: DeviceSeen
    above: Above | None = None
    together: Together | None = None
    trail: Trail | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as values that JSON takes; `from_json` is its opposite."""
        return {
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "device": _values(self.device),
            "above": _values(self.above),
            "together": _values(self.together),
            "trail": _values(self.trail),
        }

    @classmethod
    def from_json(cls, written: dict[str, Any]) -> Evidence:
        """Read what `as_json` gave."""
        above, together = written["above"], written["together"]
        return cls(
            started_at=written["started_at"],
            ended_at=written["ended_at"],
            device=DeviceSeen(**written["device"]),
            above=None if above is None else Above(**above),
            together=None if together is None else Together(**together),
            trail=_trail(written["trail"]),
        )


def _values(part: DeviceSeen | Above | Together | Trail | None) -> dict[str, Any] | None:
    """Return the fields of a value that holds no other."""
    return None if part is None else {name: getattr(part, name) for name in part.__slots__}


def _trail(written: dict[str, Any] | None) -> Trail | None:
    if written is None:
        return None
    lists = {name: tuple(value) for name, value in written.items() if isinstance(value, list | tuple)}
    return Trail(**{**written, **lists})


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outage's cause, as its evidence had it at an instant; final ones are written once, and never changed."""

    cause: Cause
    decided_at: int
    evidence: Evidence


def judge(evidence: Evidence) -> Cause:
    """Return the cause that the evidence shows."""
    if is_upstream(evidence.above, evidence.trail):
        return Cause.UPSTREAM
    if evidence.together is not None and is_providers(evidence.together):
        return Cause.PROVIDER
    return _by_device(evidence.device, evidence.started_at, evidence.ended_at)


def is_upstream(above: Above | None, trail: Trail | None) -> bool:
    """Return whether the node above explains the outage: not one that answered a trace while the link was down already.

    A trace after the node's own outage says nothing of that.
    """
    if above is None or trail is None or above.node not in trail.nodes:
        return above is not None
    return above.ended_at is not None and trail.traced_at + TRACING_SECONDS > above.ended_at


def is_providers(together: Together) -> bool:
    """Return whether enough of a provider's links fell silent together."""
    return together.onsets >= max(TOGETHER_LEAST, together.measured / 2)


def _by_device(device: DeviceSeen, started_at: int, ended_at: int | None) -> Cause:
    """Return what the device's age says, once it was asked after the end; while the outage is open, what it said."""
    if device.is_providers or device.boot_at is None or device.asked_at is None:
        return Cause.UNKNOWN
    if device.asked_at < (ended_at or started_at):
        return Cause.UNKNOWN
    if device.boot_at <= started_at:
        return Cause.LINK
    is_beside_end = ended_at is not None and abs(device.boot_at - ended_at) <= BOOT_BESIDE_END_SECONDS
    return Cause.POWER if is_beside_end and device.good_before is not None else Cause.UNKNOWN
