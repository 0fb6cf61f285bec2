"""What a probe saw: values that pass from the probes to the judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Outcome(Enum):
    """What became of one echo (SLA_METHOD 1)."""

    REPLY = "reply"
    LOST = "lost"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Observation:
    """One slot of a link; `at` is the slot's start in seconds since the epoch.

    `rtt_seconds` is None unless the outcome is a reply (RFC 2681: no reply means none, never 0).
    """

    at: int
    outcome: Outcome
    rtt_seconds: float | None = None


class SnmpFailure(Enum):
    """Why a poll gave nothing; the value is the label of `opd_link_snmp_failures_total`."""

    TIMEOUT = "timeout"
    AUTHENTICATION = "authentication"
    UNKNOWN_USER = "unknown_user"
    PRIVACY = "privacy"
    NO_SUCH_INTERFACE = "no_such_interface"
    DOUBLED_INTERFACE = "doubled_interface"
    SHORT_COUNTERS = "short_counters"
    INCOMPLETE = "incomplete"
    NO_SUCH_OBJECT = "no_such_object"
    MALFORMED = "malformed"
    TOO_BIG = "too_big"
    UNREACHABLE = "unreachable"
    SECRET_UNSET = "secret_unset"
    OTHER = "other"


class Count(Enum):
    """What an interface counts (RFC 2863), directions as the device names them."""

    IN_OCTETS = "ifInOctets"
    OUT_OCTETS = "ifOutOctets"
    IN_ERRORS = "ifInErrors"
    OUT_ERRORS = "ifOutErrors"
    IN_DISCARDS = "ifInDiscards"
    OUT_DISCARDS = "ifOutDiscards"


@dataclass(frozen=True, slots=True)
class Counter:
    """A counter as the device gave it; it wraps at `2**bits`."""

    value: int
    bits: int = 64


@dataclass(frozen=True, slots=True)
class InterfaceReading:
    """One poll of one interface; counters as the device gave them, absent where it has none.

    `sysUpTime` is in hundredths of a second (SNMPv2-MIB, wraps at 2**32), as is `ifCounterDiscontinuityTime`, the
    uptime at which the counters last began anew. The statuses are as IF-MIB numbers them (RFC 2863: 1 up, 2 down, ...
    7 lowerLayerDown). `snmpEngineTime` is in seconds (RFC 3411), None in a poll that didn't ask for it.
    """

    sysUpTime: int  # noqa: N815 -- RFC 2863 and SNMPv2-MIB spell it so
    ifIndex: int  # noqa: N815
    counters: Mapping[Count, Counter]
    ifOperStatus: int | None = None  # noqa: N815
    ifAdminStatus: int | None = None  # noqa: N815
    speed_bytes_per_second: int | None = None
    ifCounterDiscontinuityTime: int | None = None  # noqa: N815
    snmpEngineTime: int | None = None  # noqa: N815


@dataclass(frozen=True, slots=True)
class DevicePoll:
    """What a good poll of a link's device showed, `at` an instant in seconds since the epoch.

    `boot_at` is when the device booted. The bytes are totals since this process' first good poll; directions are the
    office's. `is_whole` says that nothing is missing or late between the good poll before and this one: no reboot, no
    counter that told nothing, none in doubt.
    """

    at: float
    boot_at: float
    receive_bytes: int
    transmit_bytes: int
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Path:
    """A traceroute that began at an instant: the address that answered at each distance, None where nobody did.

    `is_whole` says that the target itself answered, which is the last hop then; a hop that comes twice is a loop, and
    nothing follows it.
    """

    at: float
    hops: tuple[str | None, ...]
    is_whole: bool


def last_hop(path: Path, names: Mapping[str, str]) -> str | None:
    """Return the last hop that answered, by name where its address has one; None where nobody answered.

    Of a path that is whole it is the target. `names` is by address, as `ipaddress` spells it.
    """
    answered = [hop for hop in path.hops if hop is not None]
    return names.get(answered[-1], answered[-1]) if answered else None


@dataclass(frozen=True, slots=True)
class SnmpStatus:
    """What polling a link's device has shown so far; directions are the office's, `receive` is its download.

    `is_up` is None before the first poll; `reason` and `text` say why it is False. The totals count from the first
    good poll of this process on, and are None before it and from a failed poll to the next good one, as are the
    interface's status (RFC 2863), its speed, and the rates, which are of the time between the last two good polls.
    `boot_at` and `last_success_at` are seconds since the epoch; `boot_at` is held unless it moves by over 5 s.
    `failures` counts failed polls by reason.
    """

    is_up: bool | None = None
    reason: SnmpFailure | None = None
    text: str | None = None
    duration_seconds: float | None = None
    last_success_at: float | None = None
    failures: Mapping[SnmpFailure, int] = field(default_factory=dict)
    receive_bytes_total: int | None = None
    transmit_bytes_total: int | None = None
    receive_errors_total: int | None = None
    transmit_errors_total: int | None = None
    receive_discards_total: int | None = None
    transmit_discards_total: int | None = None
    receive_bytes_per_second: float | None = None
    transmit_bytes_per_second: float | None = None
    ifOperStatus: int | None = None  # noqa: N815
    ifAdminStatus: int | None = None  # noqa: N815
    speed_bytes_per_second: int | None = None
    boot_at: float | None = None
    reboots: int = 0
