"""Keys of passwords (RFC 3414 A.2): a megabyte is hashed for each, which takes longer than an echo may wait."""

from __future__ import annotations

import asyncio
import hashlib

from exporter.model import AuthProtocol
from exporter.secret import Secret

_HASHED_BYTES = 2**20
_HASHES = {
    AuthProtocol.MD5: "md5",
    AuthProtocol.SHA: "sha1",
    AuthProtocol.SHA224: "sha224",
    AuthProtocol.SHA256: "sha256",
    AuthProtocol.SHA384: "sha384",
    AuthProtocol.SHA512: "sha512",
}


async def master_key(protocol: AuthProtocol | None, password: Secret | None) -> bytes | None:
    """Return a password's key before it is made each device's own, hashed beside the loop; None where there is none."""
    if protocol is None or password is None:
        return None
    return await asyncio.to_thread(_hashed, _HASHES[protocol], password)


def _hashed(name: str, password: Secret) -> bytes:
    text = password.reveal().encode()
    return hashlib.new(name, (text * (_HASHED_BYTES // len(text) + 1))[:_HASHED_BYTES]).digest()
