"""What goes wrong on a visit, in our words: every error of the HTTP client is translated here and nowhere else."""

from __future__ import annotations

import errno
import os
import re
import socket

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from exporter.website import Fault

FAULTS = {
    "ClientError": Fault.BAD_ANSWER,
    "ClientConnectionError": Fault.CONNECTION_FAILED,
    "ClientConnectionResetError": Fault.CONNECTION_FAILED,
    "ClientConnectorCertificateError": Fault.TLS_FAILED,  # certificates.py knows more
    "ClientConnectorDNSError": Fault.NAME_NOT_FOUND,
    "ClientConnectorError": Fault.CONNECTION_FAILED,
    "ClientConnectorSSLError": Fault.TLS_FAILED,
    "ClientHttpProxyError": Fault.BAD_ANSWER,
    "ClientOSError": Fault.CONNECTION_FAILED,
    "ClientPayloadError": Fault.BAD_ANSWER,
    "ClientProxyConnectionError": Fault.CONNECTION_FAILED,
    "ClientResponseError": Fault.BAD_ANSWER,
    "ClientSSLError": Fault.TLS_FAILED,
    "ConnectionTimeoutError": Fault.TIMEOUT,
    "ContentTypeError": Fault.BAD_ANSWER,
    "InvalidURL": Fault.BAD_ANSWER,
    "InvalidUrlClientError": Fault.BAD_ANSWER,
    "InvalidUrlRedirectClientError": Fault.BAD_ANSWER,
    "NonHttpUrlClientError": Fault.REDIRECT_REFUSED,
    "NonHttpUrlRedirectClientError": Fault.REDIRECT_REFUSED,
    "RedirectClientError": Fault.BAD_ANSWER,
    "ServerConnectionError": Fault.CONNECTION_FAILED,
    "ServerDisconnectedError": Fault.BAD_ANSWER,
    "ServerFingerprintMismatch": Fault.TLS_FAILED,
    "ServerTimeoutError": Fault.TIMEOUT,
    "SocketTimeoutError": Fault.TIMEOUT,
    "TooManyRedirects": Fault.REDIRECT_LOOP,
    "UnixClientConnectorError": Fault.CONNECTION_FAILED,
    "UploadAbortedError": Fault.BAD_ANSWER,
    "WSServerHandshakeError": Fault.BAD_ANSWER,
}
"""The client's errors by name, as its releases don't all have the same ones; a newer error is its nearest parent's."""

_OURS = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EADDRNOTAVAIL, errno.EACCES, errno.EPERM}
_NO_WAY = {errno.ENETUNREACH, errno.EAFNOSUPPORT}
_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
_DETAIL_LETTERS = 120


class FaultError(Exception):
    """A visit can't go on: raised within it, and an answer at its end.

    `is_measured` is False where it says nothing of the website, as where this machine has no IPv6 or no memory.
    """

    def __init__(self, fault: Fault, detail: str = "", *, is_measured: bool = True) -> None:
        super().__init__(fault, detail)
        self.fault = fault
        self.detail = readable(detail)
        self.is_measured = is_measured


def of_client(error: Exception, address: str = "") -> FaultError:
    """Return what an error of the HTTP client, or of the system below it, means; `address` is whom it was with."""
    if isinstance(error, HttpProcessingError):
        return FaultError(Fault.BAD_ANSWER, _reason(error.message))
    named = next((FAULTS[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in FAULTS), None)
    if named is None:
        named = Fault.CONNECTION_FAILED if isinstance(error, OSError) else Fault.BAD_ANSWER
    return FaultError(named, _words(named, error), is_measured=not _is_ours(error, address))


def of_name(error: Exception) -> FaultError:
    """Return what a failed look-up means: the detail is "temporary" unless there is no such name for certain."""
    return FaultError(Fault.NAME_NOT_FOUND, "" if is_no_such_name(error) else "temporary")


def is_no_such_name(error: Exception) -> bool:
    """Say whether a failed look-up was answered: there is no such name, or it can't be one."""
    return not isinstance(error, OSError) or error.errno in _NO_SUCH_NAME


def readable(text: str) -> str:
    """Return a stranger's text fit for a report: one line, 120 letters at most, nothing unprintable."""
    clean = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * _DETAIL_LETTERS])
    return " ".join(clean.split())[:_DETAIL_LETTERS]


def _words(fault: Fault, error: Exception) -> str:
    if fault in {Fault.TIMEOUT, Fault.NAME_NOT_FOUND}:
        return ""
    if isinstance(error, aiohttp.ClientResponseError):
        return _reason(error.message)
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0 and not _is_tls(fault):
        return os.strerror(error.errno)
    return str(error)


def _reason(message: str) -> str:
    """Return what a parser says without the bytes that it met: these are others at each visit."""
    return re.split(r"\n|b?['\"]", message.strip(), maxsplit=1)[0].rstrip().removesuffix(":")


def _is_tls(fault: Fault) -> bool:
    return fault is Fault.TLS_FAILED


def _is_ours(error: Exception, address: str) -> bool:
    """Say whether the error is this machine's own; without IPv6, sites that have nothing else can't be judged."""
    number = error.errno if isinstance(error, OSError) else None
    return number in _OURS or (number in _NO_WAY and ":" in address)
