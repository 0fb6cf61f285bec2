"""Certificates for the lab's websites, by an authority that nobody else knows and that ends with the lab."""

from __future__ import annotations

import ssl
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from exporter.lab.sites.conditions import Kind

_LONG = (timedelta(days=-400), timedelta(days=400))
_VALID = (timedelta(days=-30), timedelta(days=60))
_VALIDITY = {
    Kind.TLS_EXPIRED: (timedelta(days=-100), timedelta(days=-10)),
    Kind.TLS_NOT_YET: (timedelta(days=2), timedelta(days=92)),
}
_OTHER_HOST = "lama.example"


@dataclass(frozen=True, slots=True)
class _Issuer:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


class Authority:
    """A root, one below it, and a root that nobody trusts; what it writes stands in a folder of its own.

    `file` is the root as PEM, for whoever is to trust the lab. `now` is what validity counts from.
    """

    def __init__(self, folder: Path, now: datetime) -> None:
        self._folder = folder
        self._now = now.astimezone(UTC)
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._root = self._issuer("Lab Root CA")
        self._intermediate = self._issuer("Lab Issuing CA", self._root)
        self._unknown = self._issuer("Unknown Root CA")
        self.file = folder / "authority.pem"
        self.file.write_bytes(_pem(self._root.certificate))
        self._key_pem = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def context(self, host: str, kind: Kind) -> ssl.SSLContext:
        """Return what a host, and `www.` before it, is served with in a condition."""
        file = self._folder / f"{host}.pem"
        file.touch(mode=0o600)
        file.write_bytes(self._key_pem + b"".join(_pem(certificate) for certificate in self._chain(host, kind)))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if kind is Kind.TLS_OLD:
            _only_old(context)
        context.load_cert_chain(file)
        file.unlink()
        return context

    def _chain(self, host: str, kind: Kind) -> list[x509.Certificate]:
        match kind:
            case Kind.TLS_SELF_SIGNED:
                return [self._leaf(host, None, _VALID)]
            case Kind.TLS_UNKNOWN_ROOT:
                return [self._leaf(host, self._unknown, _VALID), self._unknown.certificate]
            case Kind.TLS_NO_INTERMEDIATE:
                return [self._leaf(host, self._intermediate, _VALID)]
        named = _OTHER_HOST if kind is Kind.TLS_OTHER_NAME else host
        leaf = self._leaf(named, self._intermediate, _VALIDITY.get(kind, _VALID))
        return [leaf, self._intermediate.certificate]

    def _leaf(self, host: str, issuer: _Issuer | None, validity: tuple[timedelta, timedelta]) -> x509.Certificate:
        names = x509.SubjectAlternativeName([x509.DNSName(host), x509.DNSName(f"www.{host}")])
        builder = self._builder(host, self._key.public_key(), issuer, validity)
        builder = builder.add_extension(names, critical=False)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        return builder.sign(self._key if issuer is None else issuer.key, hashes.SHA256())

    def _issuer(self, name: str, above: _Issuer | None = None) -> _Issuer:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(name, key.public_key(), above, _LONG)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(_SIGNING, critical=True)
        return _Issuer(builder.sign(key if above is None else above.key, hashes.SHA256()), key)

    def _builder(
        self,
        name: str,
        key: ec.EllipticCurvePublicKey,
        issuer: _Issuer | None,
        validity: tuple[timedelta, timedelta],
    ) -> x509.CertificateBuilder:
        subject = _name(name)
        above_key = key if issuer is None else issuer.key.public_key()
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject if issuer is None else issuer.certificate.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now + validity[0])
            .not_valid_after(self._now + validity[1])
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above_key), critical=False)
        )


_SIGNING = x509.KeyUsage(
    digital_signature=True,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _only_old(context: ssl.SSLContext) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that is the point of it
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # what TLS 1.0 signs with is below any other level
