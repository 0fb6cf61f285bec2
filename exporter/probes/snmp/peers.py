"""What the library remembers of version 3's devices: each one's identity, boots and time (RFC 3414, 2.2)."""

from __future__ import annotations

from typing import Any

from pysnmp.entity.engine import SnmpEngine

from exporter.probes.device import Oid

Route = tuple[Oid, Any]
"""The library's names for a transport and where on it a device is: that begins with its IP address and port."""

_V3_MODEL = 3
_USER_BASED = 3
_PEERS = "_SnmpV3MessageProcessingModel__engineIdCache"
_PEERS_EXPIRING = "_SnmpV3MessageProcessingModel__engineIdCacheExpQueue"
_TIMES = "_SnmpUSMSecurityModel__timeline"


def identity(snmp: SnmpEngine, route: Route) -> bytes | None:
    """Return a device's engine ID as it told it, or None where it wasn't discovered yet."""
    known = snmp.message_processing_subsystems[_V3_MODEL].get_peer_engine_info(*route)[0]
    return None if known is None else bytes(known)


def forget(snmp: SnmpEngine, route: Route) -> None:
    """Let the next request discover a device anew: another one may be there by now, or the same with another identity.

    The library has no way to say so, and drops what comes from an identity that it doesn't expect. Its list of what
    expires is searched too, since it stumbles over entries that are gone.
    """
    model = snmp.message_processing_subsystems[_V3_MODEL]
    known = model.get_peer_engine_info(*route)[0]
    if known is None:
        return
    del getattr(model, _PEERS)[route]
    for expiring in getattr(model, _PEERS_EXPIRING).values():
        if route in expiring:
            expiring.remove(route)
    getattr(snmp.security_models[_USER_BASED], _TIMES).pop(known, None)
