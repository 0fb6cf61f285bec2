"""Devices that answer without a network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from fake_time import FakeTime

from exporter.observation import SnmpFailure
from exporter.probes import ifmib
from exporter.probes.asking import SYS_UP_TIME
from exporter.probes.device import Device, Oid, SnmpProblem, Value


@dataclass
class FakeDevice:
    """A router with named interfaces; `booted_at` is on the fake clock, so that its uptime goes on by itself."""

    names: dict[int, str] = field(default_factory=lambda: {1: "ether1-wan", 2: "ether2"})
    received: int = 1_000
    sent: int = 500
    booted_at: float = 0.0
    high_speed: int | None = 100
    problem: SnmpProblem | None = None
    fault: Exception | None = None
    latency_seconds: float = 0.0
    bits: int = 64
    errors: int = 3
    oper_status: int = 1

    def reboot(self, now: float) -> None:
        self.booted_at, self.received, self.sent = now, 0, 0


class FakeClient:
    """Answers for devices by address, and writes down who was asked when."""

    def __init__(self, time: FakeTime, devices: dict[str, FakeDevice]) -> None:
        self.time = time
        self.devices = devices
        self.asked: list[tuple[float, str, str]] = []
        self.communities: list[str] = []
        self.most_at_once: Counter[str] = Counter()
        self.closed = False
        self._in_flight: Counter[str] = Counter()

    def polls(self, rest_seconds: float = 0.5) -> list[float]:
        """Return when something was asked after a rest."""
        times = [at for at, _, _ in self.asked]
        return [at for before, at in pairwise([0.0, *times]) if at - before > rest_seconds]

    def walks(self) -> list[float]:
        return [at for at, _, what in self.asked if what == "walk"]

    async def get(self, device: Device, oids: Sequence[Oid]) -> dict[Oid, Value] | SnmpProblem:
        router = await self._ask(device, "get")
        return router.problem or {oid: value for oid in oids if (value := self._value(router, oid)) is not None}

    async def walk(self, device: Device, column: Oid, _rows: int = 25) -> dict[int, Value] | SnmpProblem:
        router = await self._ask(device, "walk")
        names = router.names if column == ifmib.IF_NAME else {}
        return router.problem or {index: name.encode() for index, name in names.items()}

    async def close(self) -> None:
        self.closed = True

    async def _ask(self, device: Device, what: str) -> FakeDevice:
        self.asked.append((self.time.now, device.address, what))
        self.communities.append(device.credentials.community.reveal() if device.credentials.community else "")
        router = self.devices.get(device.address) or FakeDevice(
            problem=SnmpProblem(SnmpFailure.TIMEOUT, "no answer"), latency_seconds=4.0
        )
        self._in_flight[device.address] += 1
        self.most_at_once[device.address] = max(self.most_at_once[device.address], self._in_flight[device.address])
        try:
            if router.latency_seconds:
                await self.time.sleep(router.latency_seconds)
        finally:
            self._in_flight[device.address] -= 1
        if router.fault is not None:
            raise router.fault
        return router

    def _value(self, router: FakeDevice, oid: Oid) -> Value | None:
        if oid == SYS_UP_TIME:
            return round((self.time.now - router.booted_at) * 100) % 2**32
        index = oid[-1]
        if index not in router.names:
            return None
        return {
            ifmib.IF_NAME: router.names[index].encode(),
            ifmib.IF_HC_IN_OCTETS: router.received if router.bits == 64 else None,
            ifmib.IF_HC_OUT_OCTETS: router.sent if router.bits == 64 else None,
            ifmib.IF_IN_OCTETS: router.received % 2**32,
            ifmib.IF_OUT_OCTETS: router.sent % 2**32,
            ifmib.IF_OPER_STATUS: router.oper_status,
            ifmib.IF_ADMIN_STATUS: 1,
            ifmib.IF_IN_ERRORS: router.errors,
            ifmib.IF_OUT_ERRORS: 0,
            ifmib.IF_IN_DISCARDS: router.errors,
            ifmib.IF_OUT_DISCARDS: 0,
            ifmib.IF_COUNTER_DISCONTINUITY_TIME: 0,
            ifmib.IF_HIGH_SPEED: router.high_speed,
        }.get(oid[:-1])
