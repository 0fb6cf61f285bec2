"""One request with its repetitions, until it is answered or given up."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pysnmp.error import PySnmpError
from pysnmp.proto import errind, rfc1902
from pysnmp.proto.api import v2c
from pysnmp.proto.error import StatusInformation
from pysnmp.proto.proxy import rfc2576

from exporter.model import SnmpVersion
from exporter.probes import snmp_problems
from exporter.probes.device import Device, Oid, SnmpProblem
from exporter.probes.snmp import peers
from exporter.probes.snmp.engine import MODELS, Engine, level
from exporter.probes.snmp.peers import Route
from exporter.probes.snmp.values import Bindings, outcome

_MOST_CORRECTIONS = 4
"""Of the device's identity and time, before it is given up."""
_SECURITY_MODELS = {SnmpVersion.V1: 1, SnmpVersion.V2C: 2, SnmpVersion.V3: 3}  # RFC 3411


@functools.lru_cache(maxsize=512)
def get_request(oids: tuple[Oid, ...]) -> Any:
    """Return the request for the values of OIDs; most devices number their interfaces alike, so few are made."""
    return _bound(v2c.GetRequestPDU(), v2c.apiPDU, oids)


def next_request(oid: Oid) -> Any:
    """Return the request for the row after an OID."""
    return _bound(v2c.GetNextRequestPDU(), v2c.apiPDU, (oid,))


def bulk_request(oid: Oid, rows: int) -> Any:
    """Return the request for a number of rows after an OID."""
    pdu = _bound(v2c.GetBulkRequestPDU(), v2c.apiBulkPDU, (oid,))
    v2c.apiBulkPDU.set_non_repeaters(pdu, 0)
    v2c.apiBulkPDU.set_max_repetitions(pdu, rows)
    return pdu


def _bound(pdu: Any, api: Any, oids: Sequence[Oid]) -> Any:
    api.set_defaults(pdu)
    api.set_varbinds(pdu, [(rfc1902.ObjectName(oid), rfc1902.Null("")) for oid in oids])
    return pdu


@dataclass(slots=True)
class Question:
    """A request to a device; `route` is the library's transport domain and address, `told` gets what came of it.

    A device that corrects our idea of its identity or time is asked again at once, whatever its retries are. One that
    sent something (`has_sent`), but no answer, is discovered anew by the next try: it may have another identity.
    """

    engine: Engine
    device: Device
    route: Route
    security_name: str
    pdu: Any
    told: Callable[[Bindings | SnmpProblem], None]
    has_sent: Callable[[], bool]
    _known_as: bytes | None = None
    _request_id: Any = None
    _retries: int = 0
    _corrections: int = 0
    _sent: Any = field(default=None)

    def send(self) -> None:
        """Send the request, once more where it was sent before; what refuses it is told as any other end."""
        version = self.device.credentials.version
        context = self.device.credentials.context if version is SnmpVersion.V3 else ""
        self._request_id = v2c.getNextRequestID()
        self.pdu.setComponentByPosition(0, self._request_id)
        self._sent = rfc2576.v2_to_v1(self.pdu) if version is SnmpVersion.V1 else self.pdu
        self._known_as = peers.identity(self.engine.snmp, self.route)
        timer = self.engine.snmp.transport_dispatcher
        try:
            self.engine.snmp.message_dispatcher.send_pdu(
                self.engine.snmp,
                *self.route,
                MODELS[version],
                _SECURITY_MODELS[version],
                rfc1902.OctetString(self.security_name.encode()),
                level(self.device.credentials),
                None,
                rfc1902.OctetString(context.encode()),
                int(version is not SnmpVersion.V1),
                self._sent,
                True,
                self.device.timeout_seconds / timer.get_timer_resolution(),
                self._ended,
            )
        except StatusInformation as refusal:
            self.told(outcome(refusal["errorIndication"], None))
        except PySnmpError:
            self.told(snmp_problems.LIBRARY)

    def _ended(self, *arguments: Any) -> None:
        """Take what the library calls back with: a response, or the reason why there is none."""
        model, pdu, status = arguments[1], arguments[8], arguments[9]
        if status:
            self._failed(status["errorIndication"])
            return
        if int(model) != MODELS[self.device.credentials.version]:
            self.told(snmp_problems.OTHER_QUESTION)
            return
        response = rfc2576.v1_to_v2(pdu, self.pdu) if self.device.credentials.version is SnmpVersion.V1 else pdu
        is_ours = response.getComponentByPosition(0) == self._request_id
        self.told(outcome(None, response) if is_ours else snmp_problems.OTHER_QUESTION)

    def _failed(self, indication: Any) -> None:
        if isinstance(indication, (errind.NotInTimeWindow, errind.UnknownEngineID)):
            self._corrections, self._retries = self._corrections + 1, 0
        else:
            self._corrections, self._retries = 0, self._retries + 1
        if self._retries > self.device.retries or self._corrections > _MOST_CORRECTIONS:
            self.told(outcome(indication, None))
            return
        if self._is_outdated(indication):
            peers.forget(self.engine.snmp, self.route)
        self.send()

    def _is_outdated(self, indication: Any) -> bool:
        """Say whether the device doesn't know the identity that it was asked by, or may not."""
        if isinstance(indication, errind.UnknownEngineID):
            return self._known_as is not None
        return isinstance(indication, errind.RequestTimedOut) and self.has_sent()


async def patience(device: Device, future: asyncio.Future[Bindings | SnmpProblem]) -> Bindings | SnmpProblem:
    """Wait for a question's end; the library gives up by itself, the longer patience is for its faults."""
    try:
        async with asyncio.timeout(device.timeout_seconds * (device.retries + 3) + 1):
            return await future
    except TimeoutError:
        return snmp_problems.SILENT
