"""Every error of the HTTP client has a meaning."""

from __future__ import annotations

import errno
import os

import aiohttp
import pytest
from aiohttp.http_exceptions import BadStatusLine

from exporter.sites import faults
from exporter.website import Fault


def kinds_of(kind: type[aiohttp.ClientError]) -> set[type[aiohttp.ClientError]]:
    return {kind} | {each for sub in kind.__subclasses__() for each in kinds_of(sub)}


def test_each_error_of_the_client_is_in_the_table_and_no_other() -> None:
    of_aiohttp = {kind.__name__ for kind in kinds_of(aiohttp.ClientError) if kind.__module__.startswith("aiohttp.")}
    assert of_aiohttp == set(faults.FAULTS)


@pytest.mark.parametrize(
    ("error", "fault", "detail"),
    [
        (aiohttp.ClientPayloadError("broke off"), Fault.BAD_ANSWER, "broke off"),
        (aiohttp.ServerDisconnectedError(), Fault.BAD_ANSWER, "Server disconnected"),
        (aiohttp.ConnectionTimeoutError(), Fault.TIMEOUT, ""),
        (aiohttp.ClientOSError(errno.ECONNRESET, "x"), Fault.CONNECTION_FAILED, "Connection reset by peer"),
        (OSError(errno.EHOSTUNREACH, "x"), Fault.CONNECTION_FAILED, "No route to host"),
        (ValueError("a header\r\nof two lines"), Fault.BAD_ANSWER, "a header of two lines"),
        (BadStatusLine("x" * 5000, error="y" * 5000), Fault.BAD_ANSWER, "y" * 120),
    ],
)
def test_an_error_has_a_fault_and_words_of_one_short_line(error: Exception, fault: Fault, detail: str) -> None:
    meaning = faults.of_client(error)
    assert (meaning.fault, meaning.detail, meaning.is_measured) == (fault, detail, True)


def test_an_error_that_is_newer_than_the_table_is_its_nearest_parent() -> None:
    class NewError(aiohttp.ServerTimeoutError):
        pass

    assert faults.of_client(NewError()).fault is Fault.TIMEOUT


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOBUFS, errno.EADDRNOTAVAIL, errno.EPERM])
def test_what_this_machine_lacks_says_nothing_of_a_site(number: int) -> None:
    assert not faults.of_client(OSError(number, os.strerror(number))).is_measured


@pytest.mark.parametrize(("address", "is_measured"), [("2001:db8::1", False), ("198.18.0.1", True)])
def test_no_way_to_a_network_is_our_own_fault_for_ipv6_alone(address: str, *, is_measured: bool) -> None:
    assert faults.of_client(OSError(errno.ENETUNREACH, "x"), address).is_measured is is_measured
