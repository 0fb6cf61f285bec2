"""The user-based security of version 3 as a device does it (RFC 3414, RFC 7860, RFC 3826), with its reports.

AES-192 and AES-256 were never standardised: these are draft-blumenthal-aes-usm-04's, as net-snmp means by the names.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from exporter.lab import ber, messages
from exporter.lab.ber import Oid
from exporter.lab.messages import AUTHENTICATED, ENCRYPTED, Header, UserMessage
from exporter.lab.mib import Binding, Kind, Shown
from exporter.model import AuthProtocol, PrivProtocol

_STATS: Oid = (1, 3, 6, 1, 6, 3, 15, 1, 1)
UNSUPPORTED_LEVEL, NOT_IN_TIME, UNKNOWN_USER = (*_STATS, 1, 0), (*_STATS, 2, 0), (*_STATS, 3, 0)
UNKNOWN_ENGINE, WRONG_DIGEST, NOT_DECRYPTED = (*_STATS, 4, 0), (*_STATS, 5, 0), (*_STATS, 6, 0)
UNKNOWN_HANDLER: Oid = (1, 3, 6, 1, 6, 3, 11, 2, 1, 3, 0)  # snmpUnknownPDUHandlers
UNKNOWN_CONTEXT: Oid = (1, 3, 6, 1, 6, 3, 12, 1, 5, 0)

_WINDOW_SECONDS = 150
_PASSWORD_OCTETS = 1 << 20
_BLOCK = 16
_DES_BLOCK = 8
_SALT_OCTETS = 8
_HASHES = {
    AuthProtocol.MD5: ("md5", 12),
    AuthProtocol.SHA: ("sha1", 12),
    AuthProtocol.SHA224: ("sha224", 16),
    AuthProtocol.SHA256: ("sha256", 24),
    AuthProtocol.SHA384: ("sha384", 32),
    AuthProtocol.SHA512: ("sha512", 48),
}
_KEY_OCTETS = {PrivProtocol.DES: 16, PrivProtocol.AES128: 16, PrivProtocol.AES192: 24, PrivProtocol.AES256: 32}


@dataclass(frozen=True, slots=True)
class User:
    """A user as one engine knows them, by keys that are its own; without a protocol its key is empty."""

    name: bytes
    context: bytes = b""
    authentication: AuthProtocol | None = None
    authentication_key: bytes = b""
    privacy: PrivProtocol | None = None
    privacy_key: bytes = b""

    @property
    def level(self) -> int:
        """The flags of the level that the user must ask at."""
        return (AUTHENTICATED if self.authentication else 0) | (ENCRYPTED if self.privacy else 0)


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine at an instant."""

    id: bytes
    boots: int
    time: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a message isn't answered: the counter that a report names, and the level at which it is sent, as flags."""

    counter: Oid
    level: int = 0
    user: User | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A message that is genuine: its scoped PDU as a value, and whose it is."""

    user: User
    data: bytes


def authentication_key(protocol: AuthProtocol, secret: str, engine_id: bytes) -> bytes:
    """Return a key that is one engine's own, from a password (RFC 3414, A.2)."""
    name, _ = _HASHES[protocol]
    return _localised(name, secret.encode(), engine_id)


def privacy_key(protocol: PrivProtocol, authentication: AuthProtocol, secret: str, engine_id: bytes) -> bytes:
    """Return an engine's own key to decrypt with; one too short goes on with its own digest."""
    name, _ = _HASHES[authentication]
    key = _localised(name, secret.encode(), engine_id)
    while len(key) < _KEY_OCTETS[protocol]:
        key += hashlib.new(name, key).digest()
    return key[: _KEY_OCTETS[protocol]]


def opened(message: UserMessage, engine: Engine, users: Mapping[bytes, User]) -> Opened | Refusal:
    """Return what a message says where it is genuine and timely, else what to report (RFC 3414, 3.2)."""
    header = message.header
    level = header.flags & (AUTHENTICATED | ENCRYPTED)
    if header.engine_id != engine.id:
        return Refusal(UNKNOWN_ENGINE)
    user = users.get(header.user)
    if user is None:
        return Refusal(UNKNOWN_USER)
    if level & ~user.level or level == ENCRYPTED:
        return Refusal(UNSUPPORTED_LEVEL)
    refusal = _untrusted(message, engine, user) if level else None
    return refusal or _readable(message, user)


def seal(asked: Header, level: int, user: User | None, engine: Engine, data: bytes) -> bytes:
    """Return the message that answers another: a scoped PDU's value, at a level that the user has keys for."""
    header = Header(
        asked.number, level, messages.USER_SECURITY, engine.id, engine.boots, engine.time, asked.user, b"", b""
    )
    if user is None or not level & AUTHENTICATED or user.authentication is None:
        return messages.user_message(header, data)[0]
    header = replace(header, authentication=bytes(_HASHES[user.authentication][1]))
    if level & ENCRYPTED:
        header = replace(header, privacy=next(_SALTS).to_bytes(_SALT_OCTETS, "big"))
        data = ber.tlv(ber.OCTETS, _encrypted(user, header, data))
    whole, at = messages.user_message(header, data)
    digest = _digest(user, whole)
    return whole[:at] + digest + whole[at + len(digest) :]


def report(counter: Oid, count_: int, request_id: int, engine_id: bytes, context: bytes = b"") -> bytes:
    """Return the scoped PDU that tells why a message wasn't answered."""
    bindings = Binding(counter, Shown(Kind.COUNTER32, count_)).encoded()
    return messages.scoped_value(engine_id, context, messages.pdu_value(messages.REPORT, request_id, bindings))


_SALTS = count(1)


@lru_cache(maxsize=1 << 12)
def _password_digest(name: str, password: bytes) -> bytes:
    whole, rest = divmod(_PASSWORD_OCTETS, len(password))
    return hashlib.new(name, password * whole + password[:rest]).digest()


def _localised(name: str, password: bytes, engine_id: bytes) -> bytes:
    digest = _password_digest(name, password)
    return hashlib.new(name, digest + engine_id + digest).digest()


def _untrusted(message: UserMessage, engine: Engine, user: User) -> Refusal | None:
    """Return why a signed message isn't the user's, or is no news; None where it is good."""
    header = message.header
    if not hmac.compare_digest(_digest(user, message.unsigned), header.authentication):
        return Refusal(WRONG_DIGEST)
    if header.boots != engine.boots or abs(header.time - engine.time) > _WINDOW_SECONDS:
        return Refusal(NOT_IN_TIME, AUTHENTICATED, user)
    return None


def _readable(message: UserMessage, user: User) -> Opened | Refusal:
    if not message.header.flags & ENCRYPTED:
        return Opened(user, message.data)
    try:
        return Opened(user, _decrypted(user, message.header, ber.Reader(message.data).octets()))
    except ValueError:
        return Refusal(NOT_DECRYPTED, AUTHENTICATED, user)


def _digest(user: User, unsigned: bytes) -> bytes:
    if user.authentication is None:
        raise AssertionError("there is no key to sign with")
    name, length = _HASHES[user.authentication]
    return hmac.digest(user.authentication_key, unsigned, name)[:length]


def _encrypted(user: User, header: Header, data: bytes) -> bytes:
    if user.privacy is PrivProtocol.DES:
        padded = data + bytes(-len(data) % _DES_BLOCK)
        worker = _des(user.privacy_key, header.privacy).encryptor()
        return worker.update(padded) + worker.finalize()
    return _aes(user.privacy_key, header, data, is_encrypting=True)


def _decrypted(user: User, header: Header, data: bytes) -> bytes:
    """Return what was encrypted; ValueError where that can't be."""
    if len(header.privacy) != _SALT_OCTETS:
        raise ValueError("a salt is 8 octets")
    if user.privacy is PrivProtocol.DES:
        worker = _des(user.privacy_key, header.privacy).decryptor()
        return worker.update(data) + worker.finalize()
    return _aes(user.privacy_key, header, data, is_encrypting=False)


def _des(key: bytes, salt: bytes) -> Cipher[modes.CBC]:
    vector = bytes(one ^ other for one, other in zip(key[_DES_BLOCK:], salt, strict=True))
    return Cipher(TripleDES(key[:_DES_BLOCK] * 3), modes.CBC(vector))  # three times the same key is DES


def _aes(key: bytes, header: Header, data: bytes, *, is_encrypting: bool) -> bytes:
    """Return data through AES in cipher feedback of 128 bits, both ways."""
    worker = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - of one block at a time
    before = header.boots.to_bytes(4, "big") + header.time.to_bytes(4, "big") + header.privacy
    found = bytearray()
    for at in range(0, len(data), _BLOCK):
        block = data[at : at + _BLOCK]
        passed = bytes(one ^ other for one, other in zip(block, worker.update(before), strict=False))
        found += passed
        before = passed if is_encrypting else block
    return bytes(found)
