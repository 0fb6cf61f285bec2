"""A poller with its fakes."""

from __future__ import annotations

from random import Random

from fake_time import FakeTime
from fake_world import FakeClient, FakeDevice

from exporter.model import Contract, Family, Link, Snmp
from exporter.observation import DevicePoll, SnmpFailure, SnmpStatus
from exporter.polling import SnmpPoller
from exporter.probes.device import SnmpProblem
from exporter.secret import SecretRef

SILENT = SnmpProblem(SnmpFailure.TIMEOUT, "no answer")
REF = SecretRef("${SNMP_COMMUNITY}")
ADDRESS = "198.18.10.1"


def link(name: str = "primary", address: str = ADDRESS, **snmp: object) -> Link:
    settings = {"interface": "ether1-wan", "community": REF, "interval_seconds": 30} | snmp
    return Link("dinkes", name, address, "serat", (Contract(),), snmp=Snmp(**settings))


class Punctual(Random):
    """No chance at all, so that a test knows when a poll is sent."""

    def uniform(self, a: float, _b: float) -> float:
        return a


class World:
    """A poller with its fakes; `poll()` moves to just after the next poll of the first link."""

    def __init__(self, time: FakeTime) -> None:
        self.time = time
        self.device = FakeDevice()
        self.client = FakeClient(time, {ADDRESS: self.device})
        self.environment = {"SNMP_COMMUNITY": "hush-hush"}
        self.addresses: dict[str, str] = {}
        self.told: list[tuple[str, DevicePoll]] = []
        self.poller = SnmpPoller(
            self.client, time, self.environment, self.address_of, on_poll=self.on_poll, sleep=time.sleep
        )
        self.poller.chance = Punctual()

    def on_poll(self, link_id: str, poll: DevicePoll) -> None:
        self.told.append((link_id, poll))

    def address_of(self, host: str, family: Family | None) -> str | None:
        return self.addresses.get(f"{host} {family.value}" if family else host, host if host[0].isdigit() else None)

    def status(self, name: str = "primary") -> SnmpStatus:
        return self.poller.status()[f"dinkes/{name}"]

    async def poll(self, times: int = 1) -> SnmpStatus:
        await self.time.advance(30.0 * times)
        return self.status()
