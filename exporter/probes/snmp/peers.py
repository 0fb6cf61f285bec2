"""What the library remembers of version 3's devices: each one's identity, boots and time (RFC 3414, 2.2)."""

from __future__ import annotations

from typing import Any

from pysnmp.entity.engine import SnmpEngine

from exporter.probes.device import Oid

_V3_MODEL = 3
_USER_BASED = 3
_PEERS = "_SnmpV3MessageProcessingModel__engineIdCache"
_PEERS_EXPIRING = "_SnmpV3MessageProcessingModel__engineIdCacheExpQueue"
_TIMES = "_SnmpUSMSecurityModel__timeline"


def identity(snmp: SnmpEngine, route: tuple[Oid, Any]) -> Any | None:
    """Return a device's engine ID as it told it, or None where it wasn't discovered yet."""
    return snmp.message_processing_subsystems[_V3_MODEL].get_peer_engine_info(*route)[0]


def forget(snmp: SnmpEngine, route: tuple[Oid, Any]) -> None:
    """Let the next request discover a device anew: another one may be there by now, or the same with another identity.

    The library has no way to say so, and drops what comes from an identity that it doesn't expect. Its list of what
    expires is searched too, since it stumbles over entries that are gone.
    """
    known = identity(snmp, route)
    if known is None:
        return
    model = snmp.message_processing_subsystems[_V3_MODEL]
    del getattr(model, _PEERS)[route]
    for expiring in getattr(model, _PEERS_EXPIRING).values():
        if route in expiring:
            expiring.remove(route)
    getattr(snmp.security_models[_USER_BASED], _TIMES).pop(known, None)
