"""How targets are probed: `icmp`, `degraded` and `snmp`, each merged key by key over its defaults."""

from __future__ import annotations

from dataclasses import replace

from exporter.inventory import scalars
from exporter.inventory.fields import Section, Value, parsed, repeated
from exporter.inventory.places import Places
from exporter.model import AuthProtocol, Degraded, Icmp, PrivProtocol, Snmp, SnmpVersion

MOST_SLOTS = 86_400
PAYLOAD_BYTES = (16, 1472)
LARGEST_PORT = 65_535
MOST_RETRIES = 10
ICMP_KEYS = ("interval", "timeout", "down_after", "up_after", "bridge", "payload_bytes")
DEGRADED_KEYS = ("window", "loss", "rtt")
_COMMUNITY_KEYS = ("community",)
_USER_KEYS = ("user", "auth_protocol", "auth_key", "priv_protocol", "priv_key", "context")
SNMP_DEFAULT_KEYS = ("version", *_COMMUNITY_KEYS, *_USER_KEYS, "port", "interval", "timeout", "retries")
SNMP_KEYS = ("interface", "address", "invert", *SNMP_DEFAULT_KEYS)

_SLOTS = repeated(scalars.whole(1, MOST_SLOTS))
_BRIDGE = repeated(scalars.whole(0, MOST_SLOTS))
_PAYLOAD = repeated(scalars.whole(*PAYLOAD_BYTES))
_PORT = repeated(scalars.whole(1, LARGEST_PORT))
_RETRIES = repeated(scalars.whole(0, MOST_RETRIES))
_INTERVAL = repeated(scalars.interval_seconds)
_TIMEOUT = repeated(scalars.timeout_seconds)
_SHARE = repeated(scalars.share)
_ADDRESS = parsed(scalars.address)
_TRUTH = repeated(scalars.truth)
_VERSION = repeated(scalars.choice(SnmpVersion))
_AUTH_PROTOCOL = repeated(scalars.choice(AuthProtocol))
_PRIV_PROTOCOL = repeated(scalars.choice(PrivProtocol))
_NOTHING_GIVEN = Snmp(interface="")
_TOGETHER = (
    ("auth_key", "auth_protocol"),
    ("auth_protocol", "auth_key"),
    ("priv_key", "priv_protocol"),
    ("priv_protocol", "priv_key"),
    ("priv_key", "auth_key"),
)


def icmp(value: Value, base: Icmp) -> Icmp:
    """Return how a target is pinged: its own keys over the base."""
    own = value.section(ICMP_KEYS)
    return Icmp(
        interval_seconds=own.get("interval", _INTERVAL, base.interval_seconds),
        timeout_seconds=own.get("timeout", _TIMEOUT, base.timeout_seconds),
        down_after=own.get("down_after", _SLOTS, base.down_after),
        up_after=own.get("up_after", _SLOTS, base.up_after),
        bridge=own.get("bridge", _BRIDGE, base.bridge),
        payload_bytes=own.get("payload_bytes", _PAYLOAD, base.payload_bytes),
    )


def degraded(value: Value, base: Degraded) -> Degraded:
    """Return when a link counts as degraded: its own keys over the base."""
    own = value.section(DEGRADED_KEYS)
    return Degraded(
        window=own.get("window", _SLOTS, base.window),
        loss_ratio=own.get("loss", _SHARE, base.loss_ratio),
        rtt_seconds=own.get("rtt", _TIMEOUT, base.rtt_seconds),
    )


def snmp_defaults(value: Value, places: Places) -> Snmp | None:
    """Return what links' `snmp` begins with, or None where it has a fault: then no link is judged by it."""
    found = value.problems.count()
    defaults = _snmp(value.section(SNMP_DEFAULT_KEYS), _NOTHING_GIVEN, places)
    return defaults if value.problems.count() == found else None


def snmp(value: Value, defaults: Snmp | None, places: Places) -> Snmp:
    """Return how a device is polled: the link's own keys over the defaults, less those its version has no use for."""
    found = value.problems.count()
    own = value.section(SNMP_KEYS)
    base = defaults or _NOTHING_GIVEN
    merged = replace(
        _snmp(own, base, places),
        interface=own.need("interface", Value.text, ""),
        address=own.get("address", _ADDRESS, None),
        invert=own.get("invert", _TRUTH, default=False),
    )
    if defaults is not None and value.problems.count() == found:
        _refuse_foreign(own, merged.version)
        _refuse_incomplete(own, merged)
    return _without_foreign(merged)


def _without_foreign(merged: Snmp) -> Snmp:
    """Return the settings less those that the defaults hold for another version."""
    if all(getattr(merged, key) is None for key in _foreign_keys(merged.version)):
        return merged
    if merged.version is SnmpVersion.V3:
        return replace(merged, community=None)
    return replace(
        merged, user=None, auth_protocol=None, auth_key=None, priv_protocol=None, priv_key=None, context=None
    )


def _snmp(own: Section, base: Snmp, places: Places) -> Snmp:
    """Return the base with the keys that defaults and links share."""
    if not any(map(own.has, SNMP_DEFAULT_KEYS)):  # as most links have it
        return base
    return replace(
        base,
        version=own.get("version", _VERSION, base.version),
        community=own.get("community", places.secret, base.community),
        user=own.get("user", Value.text, base.user),
        auth_protocol=own.get("auth_protocol", _AUTH_PROTOCOL, base.auth_protocol),
        auth_key=own.get("auth_key", places.secret, base.auth_key),
        priv_protocol=own.get("priv_protocol", _PRIV_PROTOCOL, base.priv_protocol),
        priv_key=own.get("priv_key", places.secret, base.priv_key),
        context=own.get("context", Value.text, base.context),
        port=own.get("port", _PORT, base.port),
        interval_seconds=own.get("interval", _INTERVAL, base.interval_seconds),
        timeout_seconds=own.get("timeout", _TIMEOUT, base.timeout_seconds),
        retries=own.get("retries", _RETRIES, base.retries),
    )


def _foreign_keys(version: SnmpVersion) -> tuple[str, ...]:
    return _COMMUNITY_KEYS if version is SnmpVersion.V3 else _USER_KEYS


def _refuse_foreign(own: Section, version: SnmpVersion) -> None:
    for key in filter(own.has, _foreign_keys(version)):
        own.refuse(key, f"{key!r} has no meaning in SNMP version {version.value}; set 'version', or take the key out")


def _refuse_incomplete(own: Section, merged: Snmp) -> None:
    """Refuse what the level that follows from the keys lacks (RFC 3414: privacy needs authentication)."""

    def given(key: str) -> bool:
        return own.has(key) or getattr(merged, key) is not None

    if merged.version is not SnmpVersion.V3:
        if not given("community"):
            own.value.refuse(f"SNMP version {merged.version.value} needs 'community', here or in defaults.snmp")
        return
    if not given("user"):
        own.value.refuse("SNMP version 3 needs 'user', here or in defaults.snmp")
    for one, needed in _TOGETHER:
        if given(one) and not given(needed):
            own.refuse(one, f"{one!r} needs {needed!r} beside it, here or in defaults.snmp")
