"""Texts -> values; each function raises ValueError with a sentence that says what was read and what is expected."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import Enum
from fractions import Fraction
from pathlib import PurePosixPath
from typing import TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from exporter import units
from exporter.inventory.wording import guess, guess_or_list, shown
from exporter.secret import SecretRef

E = TypeVar("E", bound=Enum)

LONGEST_TIMEOUT_SECONDS = 10
LONGEST_CODE = 63
_LONGEST_NAME = 253

CODE = re.compile(r"[a-z0-9][a-z0-9._-]*")
WHOLE = re.compile(r"[0-9]{1,9}")
DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,15})?")
# Years far off, such as 9999 for "without end", overflow where a day or a zone is added.
DATE = re.compile(r"(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}")
# Hours end at 23: some Pythons read 24:00 as the next day.
MOMENT = re.compile(
    r"(19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_WITH_PASSWORD = re.compile(r"([A-Za-z]+://)?[^/?#]*@")
VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}")


def code(text: str) -> str:
    """Return a code that is safe in ids, labels and file names."""
    if len(text) > LONGEST_CODE or CODE.fullmatch(text) is None:
        raise ValueError(
            "expected a code of small letters, digits, '.', '_' and '-' that begins with a letter or a digit, "
            f"for instance 'dinkes' or 'pop-ciruas', at most {LONGEST_CODE} long; read {shown(text)}"
        )
    return text


def whole(lowest: int, highest: int) -> Callable[[str], int]:
    """Return the parser of a whole number between two bounds, both included."""

    def parse(text: str) -> int:
        if WHOLE.fullmatch(text) is None or not lowest <= int(text) <= highest:
            raise ValueError(f"expected a whole number from {lowest} to {highest}; read {shown(text)}")
        return int(text)

    return parse


def truth(text: str) -> bool:
    """Return `true` or `false`; other spellings are refused."""
    if text not in {"true", "false"}:
        raise ValueError(f"expected true or false; read {shown(text)}")
    return text == "true"


def choice(kind: type[E]) -> Callable[[str], E]:
    """Return the parser of an enum by its values."""
    words = [str(member.value) for member in kind]

    def parse(text: str) -> E:
        if text not in words:
            raise ValueError(f"unknown word {shown(text)}{guess_or_list(text, words)}")
        return kind(text)

    return parse


def interval_seconds(text: str) -> int:
    """Return whole seconds between 1 s and a day."""
    length = units.whole_seconds(text)
    if not 1 <= length <= 24 * 3600:
        raise ValueError(f"expected an interval from 1s to 24h; read {shown(text)}")
    return length


def timeout_seconds(text: str) -> float:
    """Return seconds above zero, at most ten."""
    length = units.seconds(text)
    if not 0 < length <= LONGEST_TIMEOUT_SECONDS:
        raise ValueError(f"expected more than 0 and at most {LONGEST_TIMEOUT_SECONDS}s; read {shown(text)}")
    return length


def share(text: str) -> Fraction:
    """Return an exact share from 0% to 100%."""
    value = units.share(text)
    if value > 1:
        raise ValueError(f"expected at most 100%; read {shown(text)}")
    return value


def availability(text: str) -> Fraction:
    """Return an exact share above 0%, at most 100%."""
    value = share(text)
    if value == 0:
        raise ValueError(f"expected more than 0% and at most 100%; read {shown(text)}")
    return value


def degrees(name: str, furthest: int) -> Callable[[str], float]:
    """Return the parser of decimal degrees between -furthest and furthest."""

    def parse(text: str) -> float:
        if DEGREES.fullmatch(text) is None or abs(float(text)) > furthest:
            raise ValueError(
                f"expected the {name} in degrees from -{furthest} to {furthest}; read {shown(text)} "
                "(latitude first, then longitude, for instance [-6.1389, 106.2297])"
            )
        return float(text)

    return parse


def secret(text: str) -> SecretRef:
    """Return where a secret stands; a literal one is refused and never repeated."""
    is_file = text.startswith("file:") and PurePosixPath(text.removeprefix("file:")).is_absolute()
    if not is_file and VARIABLE.fullmatch(text) is None:
        raise ValueError(
            "a secret never stands in the inventory; write where it is, for instance '${SNMP_COMMUNITY}' or "
            "'file:/etc/terpadu/community' (what was read isn't shown)"
        )
    return SecretRef(text)


def address(text: str) -> str:
    """Return an IPv4 or IPv6 literal in its canonical form, or a DNS name as written. Nothing is looked up."""
    try:
        literal = ipaddress.ip_address(text)
    except ValueError:
        return _dns_name(text, "an IPv4 or IPv6 address or a DNS name, for instance '198.18.10.1'")
    is_broadcast = literal == ipaddress.IPv4Address("255.255.255.255")
    if literal.version == 6 and literal.is_link_local:  # noqa: PLR2004 -- the protocol's own number
        raise ValueError(f"expected an address that routers pass on, not a link-local one; read {shown(text)}")
    if literal.is_multicast or literal.is_unspecified or is_broadcast or "%" in text:
        raise ValueError(f"expected the address of one machine; read {shown(text)}")
    return str(literal)


def domain(text: str) -> str:
    """Return a DNS name."""
    return _dns_name(text, "a DNS name, for instance 'serangkab.example'")


def _dns_name(text: str, expected: str) -> str:
    labels = text.removesuffix(".").split(".")
    is_name = len(text) <= _LONGEST_NAME and all(_LABEL.fullmatch(label) for label in labels)
    if not is_name or labels[-1].isdigit():
        raise ValueError(f"expected {expected}; read {shown(text)}")
    return text


def url(text: str) -> str:
    """Return an http or https address as written; one that holds a password is refused and not repeated."""
    if _WITH_PASSWORD.match(text):
        raise ValueError("expected an address without a user and password; what was read isn't shown")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
        is_plain = parts.scheme in {"http", "https"} and host is not None and port != 0
        if is_plain and host is not None:
            address(host)
    except ValueError:
        is_plain = False
    if not is_plain or any(c.isspace() for c in text):
        raise ValueError(f"expected an address such as 'https://dinkes.example/'; read {shown(text)}")
    return text


def day(text: str) -> date:
    """Return a local date."""
    try:
        if DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(f"expected a date from 1900 to 2099, for instance '2026-01-31'; read {shown(text)}")


def timezone(text: str) -> ZoneInfo:
    """Return a zone of the IANA database."""
    try:
        return ZoneInfo(text)
    except (ValueError, OSError, KeyError) as error:
        meant = guess(text, available_timezones()) or "; expected one such as 'Asia/Jakarta'"
        raise ValueError(f"unknown timezone {shown(text)}{meant}") from error


def moment(zone: ZoneInfo) -> Callable[[str], datetime]:
    """Return the parser of an instant in UTC: local time in the zone, unless the text carries an offset."""

    def parse(text: str) -> datetime:
        written = _written_moment(text)
        if written.tzinfo is not None:
            return written.astimezone(UTC)
        first, second = (written.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        before, after = first.utcoffset(), second.utcoffset()
        if before == after:
            return first.astimezone(UTC)
        what = "comes twice" if before is not None and after is not None and before > after else "doesn't exist"
        raise ValueError(
            f"the local time {shown(text)} {what} in {zone.key}, where the clocks change; "
            f"write it with its offset, for instance '{text}{first.isoformat()[-6:]}'"
        )

    return parse


def _written_moment(text: str) -> datetime:
    try:
        if MOMENT.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(f"expected a local time such as '2026-02-10T23:00', or one with an offset; read {shown(text)}")
