"""The district as its inventory describes it: frozen values, no I/O.

Durations are seconds, rates bits per second, money whole rupiah, shares exact fractions (99.5 % is Fraction(199, 200)).
None means that the inventory doesn't say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from fractions import Fraction
from zoneinfo import ZoneInfo

from exporter.secret import SecretRef


class Language(Enum):
    """The languages of reports and alerts' texts."""

    INDONESIAN = "id"
    ENGLISH = "en"


class Family(Enum):
    """An address family, as the inventory spells it."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"


class Medium(Enum):
    """What a link runs over."""

    FIBRE = "fibre"
    WIRELESS = "wireless"
    VSAT = "vsat"
    COPPER = "copper"
    CELLULAR = "cellular"
    OTHER = "other"


class Cause(Enum):
    """Why an outage was."""

    POWER = "power"
    LINK = "link"
    UPSTREAM = "upstream"
    PROVIDER = "provider"
    UNKNOWN = "unknown"


class CreditFormula(Enum):
    """How a provider's credit is reckoned."""

    PRO_RATA_DOWNTIME = "pro_rata_downtime"
    SLA_HOURS = "sla_hours"
    BELOW_TARGET = "below_target"


class SnmpVersion(Enum):
    """An SNMP version, as the inventory spells it."""

    V1 = "1"
    V2C = "2c"
    V3 = "3"


class AuthProtocol(Enum):
    """An SNMPv3 authentication protocol (RFC 3414, RFC 7860)."""

    MD5 = "MD5"
    SHA = "SHA"
    SHA224 = "SHA-224"
    SHA256 = "SHA-256"
    SHA384 = "SHA-384"
    SHA512 = "SHA-512"


class PrivProtocol(Enum):
    """An SNMPv3 privacy protocol (RFC 3414, RFC 3826)."""

    DES = "DES"
    AES128 = "AES-128"
    AES192 = "AES-192"
    AES256 = "AES-256"


class UpdateEvery(Enum):
    """How often a website is meant to be updated."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Icmp:
    """How a target is pinged and judged (SLA_METHOD 1 to 5); `interval_seconds` is the length of a slot."""

    interval_seconds: int = 1
    timeout_seconds: float = 2.0
    down_after: int = 10
    up_after: int = 10
    bridge: int = 2
    payload_bytes: int = 56


@dataclass(frozen=True, slots=True)
class Degraded:
    """When an available link counts as degraded (SLA_METHOD 6); `window` is a number of measured slots."""

    window: int = 300
    loss_ratio: Fraction = Fraction(5, 100)
    rtt_seconds: float = 0.150


@dataclass(frozen=True, slots=True)
class Snmp:
    """How a link's device is polled; `address` None means the link's own.

    `community` is for versions 1 and 2c; `user` and the keys are for version 3, whose level follows
    from the keys given.
    """

    interface: str
    version: SnmpVersion = SnmpVersion.V2C
    community: SecretRef | None = None
    user: str | None = None
    auth_protocol: AuthProtocol | None = None
    auth_key: SecretRef | None = None
    priv_protocol: PrivProtocol | None = None
    priv_key: SecretRef | None = None
    context: str | None = None
    address: str | None = None
    port: int = 161
    interval_seconds: int = 30
    timeout_seconds: float = 2.0
    retries: int = 1
    invert: bool = False


@dataclass(frozen=True, slots=True)
class PayerPeriod:
    """Who pays from a day on; `by` is free text, `opd` is the office itself."""

    starts_on: date
    by: str


@dataclass(frozen=True, slots=True)
class Contract:
    """What is paid for; `starts_on` None means from ever."""

    starts_on: date | None = None
    download_bps: int | None = None
    upload_bps: int | None = None
    availability: Fraction | None = None
    monthly_fee: int | None = None
    payers: tuple[PayerPeriod, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """One connection of an office; `id` is `OFFICE/LINK`.

    `valid_from` and `valid_to` are inclusive local dates. `contracts` is in the order of `starts_on`, never empty.
    """

    office: str
    name: str
    address: str
    provider: str
    contracts: tuple[Contract, ...]
    family: Family | None = None
    parent: str | None = None
    medium: Medium = Medium.OTHER
    circuit: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    icmp: Icmp = Icmp()
    degraded: Degraded = Degraded()
    snmp: Snmp | None = None

    @property
    def id(self) -> str:
        """`OFFICE/LINK`, for instance `dinkes/primary`."""
        return f"{self.office}/{self.name}"

    def contract_on(self, day: date) -> Contract | None:
        """Return the contract in force on a local day, or None before the first."""
        in_force = [c for c in self.contracts if c.starts_on is None or c.starts_on <= day]
        return in_force[-1] if in_force else None


@dataclass(frozen=True, slots=True)
class Website:
    """An office's website, and how often it is meant to be updated."""

    url: str
    update_every: UpdateEvery | None = None
    note: str | None = None
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Office:
    """An office (OPD); `location` is latitude and longitude in degrees."""

    code: str
    name: str
    district: str
    links: tuple[Link, ...]
    location: tuple[float, float] | None = None
    website: Website | None = None


@dataclass(frozen=True, slots=True)
class CreditTier:
    """Below an availability, a share of the fee."""

    below: Fraction
    credit: Fraction


@dataclass(frozen=True, slots=True)
class Credit:
    """A provider's credit rule: a formula or tiers, never both."""

    formula: CreditFormula | None = None
    tiers: tuple[CreditTier, ...] = ()
    min_outage_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Provider:
    """Who sells links; `availability` is the target of its links whose contract names none."""

    code: str
    name: str
    noc: str | None = None
    availability: Fraction | None = None
    credit: Credit | None = None
    excludes: tuple[Cause, ...] = ()
    exclude_unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """What offices hang from: a router, a point of presence."""

    code: str
    name: str
    address: str
    provider: str | None = None
    parent: str | None = None
    icmp: Icmp = Icmp(down_after=5)


@dataclass(frozen=True, slots=True)
class Reference:
    """What the monitor itself needs to see anything."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A window of announced work `[starts_at, ends_at)`; instants are aware."""

    starts_at: datetime
    ends_at: datetime
    scope: tuple[str, ...]
    reason: str
    recorded_at: datetime | None = None
    approved_by: str | None = None


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signs the monthly report."""

    role: str
    name: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Organisation:
    """Whose district it is; `sample` marks the shipped example."""

    name: str
    timezone: ZoneInfo
    language: Language = Language.INDONESIAN
    sample: bool = False
    signatories: tuple[Signatory, ...] = ()


@dataclass(frozen=True, slots=True)
class Inventory:
    """A district, whole; codes of offices, nodes and providers are unique together."""

    organisation: Organisation
    providers: dict[str, Provider] = field(default_factory=dict)
    offices: dict[str, Office] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    references: tuple[Reference, ...] = ()
    reference_quorum: int | None = None
    maintenance: tuple[Maintenance, ...] = ()

    def links(self) -> Iterator[Link]:
        """Yield every link, in the order of the file."""
        for office in self.offices.values():
            yield from office.links

    def upward(self, code: str | None) -> Iterator[str]:
        """Yield a node's code and those of the nodes above it, the nearest first; nothing for None."""
        while code is not None:
            yield code
            code = self.nodes[code].parent

    def provider_of_node(self, code: str | None) -> str | None:
        """Return the code of the provider that a node is of: its own, else that of the nearest node above; or None."""
        providers = (self.nodes[above].provider for above in self.upward(code))
        return next((provider for provider in providers if provider is not None), None)

    def target(self, link: Link, day: date) -> Fraction | None:
        """Return the availability a link owes on a day: its contract's, else its provider's, else None."""
        contract = link.contract_on(day)
        if contract is not None and contract.availability is not None:
            return contract.availability
        return self.providers[link.provider].availability
