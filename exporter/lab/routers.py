"""The routers of a district: whose address is which, and what becomes of them when something happens to the district.

It hears of the same things as the wire, see exporter.lab.conditions, and leaves alone what concerns echoes alone.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

from exporter.errors import InputError
from exporter.lab import conditions, usm
from exporter.lab.conditions import Condition, Kind, kind_of
from exporter.lab.lies import Lie
from exporter.lab.router import Interface, Router
from exporter.lab.topology import Address, Place, Topology, name_of
from exporter.lab.traffic import Flow, Octets, Pace, Traffic
from exporter.lab.usm import User
from exporter.model import Inventory, Link, Snmp, SnmpVersion
from exporter.secret import SecretRef

_DAY = 86_400
_PORT_BPS = 1_000_000_000
_CLOSING = frozenset({Kind.CUT, Kind.UNREACHABLE, Kind.POWER_OFF})
_WRAPS_AFTER_POLLS = 1.5  # the poll after a jump sees it, and the next one that it has wrapped
_ENTERPRISE = (0x80000000 | 32473).to_bytes(4, "big")  # RFC 5612, of nobody
_OWN_OCTETS = 5  # an engine's id by octets of one's own (RFC 3411, SnmpEngineID)


@dataclass(frozen=True, slots=True)
class _Uplink:
    """A link at its router; `above` are the names of what it hangs from."""

    link: Link
    snmp: Snmp
    place: Place
    above: frozenset[str]
    router: Router
    interface: Interface

    @property
    def own_names(self) -> tuple[str, ...]:
        return (*self.place.names, str(self.place.address))

    @property
    def line_names(self) -> tuple[str, ...]:
        return self.link.id, str(self.place.address)

    @property
    def receive(self) -> Octets:
        return self.interface.outward if self.snmp.invert else self.interface.inward

    @property
    def transmit(self) -> Octets:
        return self.interface.inward if self.snmp.invert else self.interface.outward


class Routers:
    """The routers of the links that are polled, from now on.

    `environment` is where their secrets stand: one whose secrets aren't set answers nobody. Raises InputError where the
    inventory is none for the lab.
    """

    def __init__(
        self,
        inventory: Inventory,
        environment: Mapping[str, str],
        seed: int = 0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._topology = Topology(inventory)
        self._seed = seed
        self._monotonic = monotonic
        self._began_at = monotonic()
        self._standing: defaultdict[str, dict[Kind, Condition]] = defaultdict(dict)
        self._hosts: dict[str, tuple[Link, Router]] = {}
        self._uplinks: dict[str, _Uplink] = {}
        together: dict[str, list[tuple[Link, Snmp]]] = {}
        for link in inventory.links():
            if link.snmp is not None:
                together.setdefault((link.snmp.address or link.address).lower(), []).append((link, link.snmp))
        for host, links in together.items():
            self._hosts[host] = links[0][0], self._router(links, environment)
        self._at = self._addresses()

    def __iter__(self) -> Iterator[Router]:
        return (router for _, router in self._hosts.values())

    def now(self) -> float:
        """Return the seconds since the start, which all instants of routers are."""
        return self._monotonic() - self._began_at

    def at(self, address: str) -> Router | None:
        """Return the router at an address, None where there is none or it has no power."""
        router = self._at.get(address)
        return router if router is not None and router.is_on else None

    def set(self, what: str, condition: Condition, at_seconds: float) -> None:
        """Let a condition hold from a monotonic instant on; InputError says that there is no such thing."""
        if isinstance(condition, conditions.Move):
            self._move(self._topology.movable(what)[0], condition.to)
            return
        name, concerned = self._concerned(what)
        at = at_seconds - self._began_at
        if isinstance(condition, conditions.Moment):
            self._befall(condition, concerned, at)
            return
        self._standing[name][kind_of(condition)] = condition
        self._refresh(concerned, at)

    def clear(self, what: str, kind: Kind) -> None:
        """Let a condition hold no more from now on; InputError says that there is none."""
        if kind is Kind.MOVE:
            self._move(*self._topology.movable(what))
            return
        name, concerned = self._concerned(what)
        if self._standing[name].pop(kind, None) is None:
            raise conditions.nothing_to_clear(name, kind)
        self._refresh(concerned, self.now())

    def carried(self, link: str) -> dict[str, Any]:
        """Return what a link carried each way since the start, as the office sees it, whatever its counters show.

        The `forgotten` part is what its router counted after the last answer before it lost its counters. `asked_at`,
        in seconds since the epoch, is None before the first answer that told a counter, and what had been carried by
        then is of each way's last. InputError says that nobody polls such a link.
        """
        uplink = self._uplinks.get(link)
        if uplink is None:
            raise InputError(
                f"no router in the lab has a link {link!r}; name a link that is polled by SNMP (OFFICE/LINK)"
            )
        now = self.now()
        ways = {"receive_bytes": uplink.receive, "transmit_bytes": uplink.transmit}
        answered = [way.answered_at for way in ways.values() if way.answered_at is not None]
        return {
            "at": time.time(),
            **{name: way.flow.octets(now) for name, way in ways.items()},
            **{f"forgotten_{name}": way.forgotten for name, way in ways.items()},
            "asked_at": max(answered, default=None),
            "at_last_answer": {name: way.carried_at_answer for name, way in ways.items()},
        }

    def _move(self, place: Place, to: Address) -> None:
        """Let a link's router answer where its name leads from now on."""
        if place.address != to:
            self._topology.move(place, to)
            self._at = self._addresses()
            self._refresh([uplink for uplink in self._uplinks.values() if uplink.place is place], self.now())

    def _concerned(self, what: str) -> tuple[str, list[_Uplink]]:
        name, places = self._topology.concerned(what)
        codes = {place.names[0] for place in places if place.names}
        return name, [
            uplink
            for uplink in self._uplinks.values()
            if uplink.link.id in codes or name in uplink.own_names or name in uplink.above
        ]

    @staticmethod
    def _befall(condition: conditions.Moment, concerned: list[_Uplink], at: float) -> None:
        """Let something happen to routers at once; of one without power nothing can be said."""
        for router in {id(uplink.router): uplink.router for uplink in concerned if uplink.router.is_on}.values():
            if isinstance(condition, conditions.Reboot):
                router.boot(at)
            elif isinstance(condition, conditions.Renumber):
                router.renumber()
            else:
                for uplink in (uplink for uplink in concerned if uplink.router is router):
                    router.jump(uplink.interface, at, _WRAPS_AFTER_POLLS * uplink.snmp.interval_seconds)

    def _refresh(self, concerned: list[_Uplink], at: float) -> None:
        """Let links and their routers do what the conditions leave them."""
        for uplink in concerned:
            kinds = self._kinds(uplink.own_names)
            is_closed = not _CLOSING.isdisjoint(kinds | self._kinds(uplink.above))
            uplink.interface.is_up = _CLOSING.isdisjoint(self._kinds(uplink.line_names))
            receive = Pace.FULL if Kind.FULL in kinds else Pace.WAVERING
            uplink.receive.flow.go_on(Pace.STILL if is_closed else receive, at)
            uplink.transmit.flow.go_on(Pace.STILL if is_closed else Pace.WAVERING, at)
        for router in {id(uplink.router): uplink.router for uplink in concerned}.values():
            self._refresh_router(router, at)

    def _refresh_router(self, router: Router, at: float) -> None:
        own = [uplink for uplink in self._uplinks.values() if uplink.router is router]
        kinds = frozenset[Kind]().union(*(self._kinds(uplink.own_names) for uplink in own))
        router.is_mute = Kind.MUTE in kinds
        router.lie({uplink.interface.name: told for uplink in own if (told := self._lies(uplink))})
        if router.is_on and Kind.POWER_OFF in kinds:
            router.turn_off(at)
        elif not router.is_on and Kind.POWER_OFF not in kinds:
            router.boot(at)

    def _kinds(self, names: frozenset[str] | tuple[str, ...]) -> frozenset[Kind]:
        return frozenset(kind for name in names if name in self._standing for kind in self._standing[name])

    def _lies(self, uplink: _Uplink) -> tuple[Lie, ...]:
        standing = (self._standing[name].get(Kind.LIE) for name in uplink.own_names if name in self._standing)
        return tuple(how for lie in standing if isinstance(lie, conditions.Lies) for how in lie.how)

    def _addresses(self) -> dict[str, Router]:
        found: dict[str, Router] = {}
        for host, (link, router) in self._hosts.items():
            name = name_of(host, link.family)
            found[str(ip_address(host) if name is None else self._topology.hosts[name])] = router
        return found

    def _router(self, links: list[tuple[Link, Snmp]], environment: Mapping[str, str]) -> Router:
        first = links[0][0]
        chance = random.Random(f"{self._seed}/{first.id}")  # noqa: S311 - the lab's devices are no secret
        index = chance.randint(2, 9)
        age = chance.uniform(_DAY, 60 * _DAY)
        local = Traffic.of(None, f"{self._seed}/{first.id}/lan")
        lan = Interface(1, b"bridge-lan", b"LAN", _PORT_BPS, _octets(local, age), _octets(local, age))
        wans = [self._interface(link, snmp, index + n, age) for n, (link, snmp) in enumerate(links)]
        engine_id = _ENTERPRISE + bytes([_OWN_OCTETS]) + chance.randbytes(8)
        router = Router(first.id.replace("/", "-").encode(), engine_id, [lan, *wans], -age, chance)
        for (link, snmp), interface in zip(links, wans, strict=True):
            _let_in(router, snmp, environment)
            place = next(place for place in self._topology.places if place.names[:1] == (link.id,))
            above = frozenset(name for node in place.routers for name in node.names)
            self._uplinks[link.id] = _Uplink(link, snmp, place, above, router, interface)
        return router

    def _interface(self, link: Link, snmp: Snmp, index: int, age: float) -> Interface:
        contract = link.contract_on(datetime.now(UTC).date()) or link.contracts[0]
        receive = _octets(Traffic.of(contract.download_bps, f"{self._seed}/{link.id}/receive"), age)
        transmit = _octets(Traffic.of(contract.upload_bps, f"{self._seed}/{link.id}/transmit"), age)
        inward, outward = (transmit, receive) if snmp.invert else (receive, transmit)
        return Interface(index, snmp.interface.encode(), f"WAN {link.id}".encode(), _PORT_BPS, inward, outward)


def _octets(traffic: Traffic, age_seconds: float) -> Octets:
    """Return the counters of a device that has counted for so long already."""
    return Octets(Flow(traffic), traffic.octets(age_seconds))


def _let_in(router: Router, snmp: Snmp, environment: Mapping[str, str]) -> None:
    """Let a router answer whom the inventory says that it answers, as far as the secrets are set."""
    if snmp.version is not SnmpVersion.V3:
        if community := _revealed(snmp.community, environment):
            router.communities.add(community.encode())
        return
    authentication, privacy = (_revealed(key, environment) for key in (snmp.auth_key, snmp.priv_key))
    if snmp.user is None or (snmp.auth_protocol and not authentication) or (snmp.priv_protocol and not privacy):
        return
    user = User(snmp.user.encode(), (snmp.context or "").encode())
    if snmp.auth_protocol and authentication:
        key = usm.authentication_key(snmp.auth_protocol, authentication, router.engine_id)
        user = User(user.name, user.context, snmp.auth_protocol, key)
        if snmp.priv_protocol and privacy:
            own = usm.privacy_key(snmp.priv_protocol, snmp.auth_protocol, privacy, router.engine_id)
            user = User(user.name, user.context, snmp.auth_protocol, key, snmp.priv_protocol, own)
    router.users[user.name] = user


def _revealed(reference: SecretRef | None, environment: Mapping[str, str]) -> str | None:
    secret = None if reference is None else reference.resolve(environment)
    return None if secret is None else secret.reveal()
