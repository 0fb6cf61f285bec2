"""Why a TLS connection wasn't made, told by the server's certificates.

Several things can be wrong at once. The first of these is named: self-signed, the leaf's dates, its name, the chain.
"""

from __future__ import annotations

import asyncio
import calendar
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from cryptography import x509

from exporter.sites.faults import FaultError
from exporter.website import Fault

_EXPIRED, _NOT_YET_VALID = 10, 9  # X509_V_ERR_ codes of OpenSSL
_WRONG_NAMES = {62, 64}
_SELF_SIGNED = 18
_ROOT_SENT = 19
_NO_ISSUER = {2, 20, 21}
_TOO_OLD = {
    "DH_KEY_TOO_SMALL",
    "LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED",
    "TLSV1_ALERT_PROTOCOL_VERSION",
    "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
    "UNSUPPORTED_PROTOCOL",
    "VERSION_TOO_LOW",
}
_NAMES_SHOWN = 3


def trusting() -> ssl.SSLContext:
    """Return what connections are judged by: the system's roots (or SSL_CERT_FILE), as browsers judge.

    Python 3.13 asks of roots what browsers don't; a private authority's root may lack it.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # as browsers have it; some systems' own is lower
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.set_alpn_protocols(["http/1.1"])
    return context


def not_after(certificate: Mapping[str, object] | None) -> int | None:
    """Return the end of validity of a certificate as Python's ssl gives it, None without one."""
    text = (certificate or {}).get("notAfter")
    return ssl.cert_time_to_seconds(text) if isinstance(text, str) else None


@dataclass(frozen=True, slots=True)
class Sent:
    """The certificates that a server sent, its own first; never empty."""

    chain: tuple[x509.Certificate, ...]

    @property
    def leaf(self) -> x509.Certificate:
        """The server's own."""
        return self.chain[0]

    @property
    def not_after(self) -> int:
        """The end of the leaf's validity."""
        return calendar.timegm(self.leaf.not_valid_after_utc.utctimetuple())

    @property
    def not_before(self) -> int:
        """The beginning of the leaf's validity."""
        return calendar.timegm(self.leaf.not_valid_before_utc.utctimetuple())

    @property
    def is_self_signed(self) -> bool:
        """Whether the leaf names itself as its issuer."""
        return self.leaf.issuer == self.leaf.subject

    @property
    def has_issuer(self) -> bool:
        """Whether whoever signed the leaf was sent along."""
        return any(other.subject == self.leaf.issuer for other in self.chain[1:])

    @property
    def names(self) -> str:
        """The names that the leaf is for, a few of them."""
        try:
            extension = self.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
            return ""
        return ", ".join(extension.value.get_values_for_type(x509.DNSName)[:_NAMES_SHOWN])


async def sent_by(address: str, port: int, host: str, patience: float) -> Sent | None:
    """Read a server's certificates by a handshake without judging them; nothing is sent.

    None where it gives none within `patience` seconds.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        async with asyncio.timeout(patience):
            _, writer = await asyncio.open_connection(address, port, ssl=context, server_hostname=host)
    except OSError:
        return None
    try:
        return _sent(writer.get_extra_info("ssl_object"))
    finally:
        writer.transport.abort()


def is_hung_up(error: Exception) -> bool:
    """Say whether a connection was ended within the handshake: one that isn't taken at all is refused, not reset."""
    return isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, ConnectionResetError)


def fault_of(error: OSError, sent: Sent | None, now: float) -> FaultError:
    """Return why a connection wasn't made; `sent` is None where the server's certificates weren't to be had."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _refusal(error, sent, now)
    reason = (getattr(error, "reason", None) or "").upper()
    fault = Fault.TLS_TOO_OLD if reason in _TOO_OLD else Fault.TLS_FAILED
    return FaultError(fault, reason.replace("_", " ").lower())


def _refusal(error: ssl.SSLCertVerificationError, sent: Sent | None, now: float) -> FaultError:
    code = error.verify_code
    if code == _SELF_SIGNED or (sent is not None and sent.is_self_signed):
        return FaultError(Fault.TLS_SELF_SIGNED)
    if sent is not None and sent.not_after < now:
        return FaultError(Fault.TLS_EXPIRED, _day(sent.not_after))
    if sent is not None and sent.not_before > now:
        return FaultError(Fault.TLS_NOT_YET_VALID, _day(sent.not_before))
    if code in _WRONG_NAMES:
        return FaultError(Fault.TLS_WRONG_NAME, "" if sent is None else sent.names)
    return _chain_fault(code, error.verify_message, sent)


def _chain_fault(code: int, message: str, sent: Sent | None) -> FaultError:
    if code in _NO_ISSUER:
        is_complete = sent is not None and sent.has_issuer
        return FaultError(Fault.TLS_UNTRUSTED if is_complete else Fault.TLS_CHAIN_INCOMPLETE)
    if code == _ROOT_SENT:
        return FaultError(Fault.TLS_UNTRUSTED)
    dates = {_EXPIRED: Fault.TLS_EXPIRED, _NOT_YET_VALID: Fault.TLS_NOT_YET_VALID}  # of another one in the chain
    return FaultError(dates.get(code, Fault.TLS_FAILED), message)


def _sent(connection: ssl.SSLObject) -> Sent | None:
    """Read the chain of a connection: a public method from Python 3.13 on, before it one level down."""
    if hasattr(connection, "get_unverified_chain"):
        chain = connection.get_unverified_chain()
    else:
        chain = [each.public_bytes(ssl._ssl.ENCODING_DER) for each in connection._sslobj.get_unverified_chain() or ()]  # type: ignore[attr-defined]  # noqa: SLF001
    try:
        certificates = tuple(x509.load_der_x509_certificate(der) for der in chain)
    except ValueError:
        return None
    return Sent(certificates) if certificates else None


def _day(seconds: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))
