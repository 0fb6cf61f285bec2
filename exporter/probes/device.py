"""A device that speaks SNMP: where it is, how it is asked, and what asking gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from exporter.model import AuthProtocol, PrivProtocol, Snmp, SnmpVersion
from exporter.observation import SnmpFailure
from exporter.secret import Secret, SecretRef

Oid = tuple[int, ...]
Value = int | bytes
"""An SNMP value: numbers of every kind as int, octet strings as bytes; what the device doesn't have is left out."""
ROWS_A_REQUEST = 25
"""How many rows of a table are asked for at once, of a device that takes that well."""


@dataclass(frozen=True, slots=True)
class SnmpProblem:
    """Why asking gave nothing; `text` is for people and never holds a secret."""

    reason: SnmpFailure
    text: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """What opens a device; secrets are resolved, and show themselves to the library only.

    `community` is set for versions 1 and 2c, `user` for version 3, whose level follows from the keys.
    """

    version: SnmpVersion
    community: Secret | None = None
    user: str | None = None
    auth_protocol: AuthProtocol | None = None
    auth_key: Secret | None = None
    priv_protocol: PrivProtocol | None = None
    priv_key: Secret | None = None
    context: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """Where and how to ask; `address` is an IP literal, names are looked up elsewhere."""

    address: str
    port: int
    credentials: Credentials
    timeout_seconds: float = 2.0
    retries: int = 1


class SnmpClient(Protocol):
    """Asks devices; whatever the network does comes back as a value."""

    async def get(self, device: Device, oids: Sequence[Oid]) -> dict[Oid, Value] | SnmpProblem:
        """Return the values the device has, by OID; one it says it hasn't is left out."""

    async def walk(
        self, device: Device, column: Oid, rows_a_request: int = ROWS_A_REQUEST
    ) -> dict[int, Value] | SnmpProblem:
        """Return a column of a table with a one-number index, by index; empty where the device has none."""

    async def close(self) -> None:
        """Release the sockets."""


def credentials(snmp: Snmp, environment: Mapping[str, str]) -> Credentials | SecretRef:
    """Return what opens the device, or the first reference to a secret that is unset."""
    secrets: dict[str, Secret | None] = {}
    for name in ("community", "auth_key", "priv_key"):
        reference: SecretRef | None = getattr(snmp, name)
        secrets[name] = None if reference is None else reference.resolve(environment)
        if reference is not None and secrets[name] is None:
            return reference
    return Credentials(
        version=snmp.version,
        user=snmp.user,
        auth_protocol=snmp.auth_protocol,
        priv_protocol=snmp.priv_protocol,
        context=snmp.context or "",
        **secrets,
    )
