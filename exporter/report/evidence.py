"""Why an outage was, in plain sentences: what its evidence shows, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from exporter.cause import BOOT_BESIDE_END_SECONDS, DeviceSeen, Evidence, Together, Trail, is_providers, is_upstream
from exporter.model import Cause

SHORT = {
    Cause.POWER: "the office had no power, or somebody switched its device off and on",
    Cause.LINK: "the link itself",
    Cause.UPSTREAM: "a node above it",
    Cause.PROVIDER: "its provider",
    Cause.UNKNOWN: "nothing shows it",
}


def sentences(evidence: Evidence, zone: ZoneInfo) -> Iterator[str]:
    """Yield what the evidence shows, a sentence each; times are local."""
    if evidence.above is not None:
        node, since = evidence.above.node, evidence.above.started_at
        yield f"The node {node} above the link was silent too, since {_time(since, zone)}{_beside(evidence, since)}."
        if not is_upstream(evidence.above, evidence.trail):
            yield f"But {node} still answered while the link was down already, so it isn't why."
    if evidence.together is not None:
        yield _together(evidence.together)
    yield from _device(evidence, evidence.device, zone)
    if evidence.trail is not None:
        yield from _trail(evidence.trail, zone)


def _together(together: Together) -> str:
    others, measured = together.onsets - 1, together.measured
    of = f"{others} other link{'' if others == 1 else 's'} of {together.provider}, which had {measured} measured"
    why = "" if is_providers(together) else ": too few for the provider to be why"
    return f"Within a minute of this one {of}, fell silent too, all at one time{why}."


def _beside(evidence: Evidence, since: int) -> str:
    """Return how an instant lies to the outage's beginning, in words."""
    seconds = since - evidence.started_at
    if seconds == 0:
        return ", as long as the link"
    return f", {abs(seconds)} s {'after' if seconds > 0 else 'before'} the link"


def _device(evidence: Evidence, device: DeviceSeen, zone: ZoneInfo) -> Iterator[str]:
    if not device.is_polled:
        yield "The link's device isn't asked by SNMP, so nobody knows whether it stayed up."
        return
    if device.is_providers:
        yield "The device that is asked stands at the provider's side, so it tells nothing of the office's power."
        return
    if device.good_before is None:
        yield "The last poll before it wasn't good, or lies too far back: a boot since then proves nothing."
    else:
        yield f"The device answered well at {_time(device.good_before, zone)}, before the outage."
    if device.boot_at is None or device.asked_at is None:
        yield "It has not answered since."
        return
    asked = f"Asked at {_time(device.asked_at, zone)}, it"
    if device.boot_at <= evidence.started_at:
        yield f"{asked} had been up since {_time(device.boot_at, zone)}: all through the outage."
    else:
        yield f"{asked} had booted at {_time(device.boot_at, zone)}{_beside_end(evidence, device.boot_at)}."
    if evidence.ended_at is not None and device.asked_at < evidence.ended_at:
        yield "That was before the outage's end, and it has not answered since."


def _beside_end(evidence: Evidence, boot_at: int) -> str:
    if evidence.ended_at is None:
        return ", during the outage"
    seconds = boot_at - evidence.ended_at
    when = "at the outage's end" if seconds == 0 else f"{abs(seconds)} s {'after' if seconds > 0 else 'before'} its end"
    far = f", which is too far from it to tell; {BOOT_BESIDE_END_SECONDS // 60} minutes would do"
    return f", {when}{far if abs(seconds) > BOOT_BESIDE_END_SECONDS else ''}"


def _trail(trail: Trail, zone: ZoneInfo) -> Iterator[str]:
    what = "Traced" if trail.traced_link is None else f"Below the same silent node {trail.traced_link} was traced"
    if trail.last_hop is None:
        yield f"{what} at {_time(trail.traced_at, zone)}: no hop answered."
    else:
        ended = f"the path ended after {trail.last_hop}, hop {len(trail.hops)}: {_hops(trail.hops)}"
        yield f"{what} at {_time(trail.traced_at, zone)}: {ended}."
    if trail.good_hops is not None and trail.good_at is not None:
        yield f"The last good path, at {_time(trail.good_at, zone)}: {_hops(trail.good_hops)}."


def _hops(hops: tuple[str | None, ...]) -> str:
    return " > ".join(hop or "*" for hop in hops)


def _time(at: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M:%S %Z")
