"""What is wrong with a TLS connection, under an authority of the tests' own."""

from __future__ import annotations

import asyncio
import calendar
import contextlib
import socket
import ssl

import pytest
from site_servers import PAGE, SHORT, Authority, Issued, answer, fetcher, hangs, says, serving

from exporter.sites import certificates
from exporter.sites.fetching import Fetched, Limits, Refused
from exporter.website import Fault

pytestmark = pytest.mark.usefixtures("private_network")
NAMES = ["dinkes.example", "www.dinkes.example"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def trust(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A context made while SSL_CERT_FILE names the tests' root."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.roots))
    return certificates.trusting()


def ends(issued: Issued) -> int:
    return calendar.timegm(issued.certificate.not_valid_after_utc.utctimetuple())


async def visit(trust: ssl.SSLContext, context: ssl.SSLContext, host: str = "dinkes.example") -> Fetched | Refused:
    async with serving(says(answer()), tls=context) as port:
        return await fetcher(trust=trust).get(f"https://{host}:{port}/", limits=SHORT)


async def refused(
    trust: ssl.SSLContext, context: ssl.SSLContext, host: str = "dinkes.example"
) -> tuple[Fault, str, int | None]:
    outcome = await visit(trust, context, host)
    return outcome.fault, outcome.detail, outcome.tls_not_after


async def test_a_good_chain_gives_the_page_and_the_certificate_s_end(
    authority: Authority, trust: ssl.SSLContext
) -> None:
    leaf = authority.issue("situs", authority.intermediate, names=NAMES)
    outcome = await visit(trust, authority.server(leaf, authority.intermediate))
    assert (outcome.body, outcome.tls_not_after) == (PAGE, ends(leaf))


async def test_a_good_chain_takes_one_handshake(authority: Authority, trust: ssl.SSLContext) -> None:
    leaf = authority.issue("situs", authority.intermediate, names=NAMES)
    context = authority.server(leaf, authority.intermediate)
    handshakes = []
    context.sni_callback = lambda _connection, name, _context: handshakes.append(name)
    await visit(trust, context)
    assert handshakes == ["dinkes.example"]


async def test_an_ip_address_is_a_name_too(authority: Authority, trust: ssl.SSLContext) -> None:
    leaf = authority.issue("situs", authority.intermediate)
    async with serving(says(answer()), tls=authority.server(leaf, authority.intermediate), address="127.0.0.9") as port:
        outcome = await fetcher(trust=trust).get(f"https://127.0.0.9:{port}/")
    assert isinstance(outcome, Fetched)


async def test_a_chain_without_its_intermediate_is_incomplete(authority: Authority, trust: ssl.SSLContext) -> None:
    leaf = authority.issue("situs", authority.intermediate, names=NAMES)
    assert await refused(trust, authority.server(leaf)) == (Fault.TLS_CHAIN_INCOMPLETE, "", ends(leaf))


async def test_a_chain_with_another_s_intermediate_is_incomplete(authority: Authority, trust: ssl.SSLContext) -> None:
    other = authority.issue("Antara Lain", authority.root, is_authority=True)
    leaf = authority.issue("situs", authority.intermediate, names=NAMES)
    assert (await refused(trust, authority.server(leaf, other)))[0] is Fault.TLS_CHAIN_INCOMPLETE


async def test_an_expired_leaf_is_expired_and_says_since_when(authority: Authority, trust: ssl.SSLContext) -> None:
    leaf = authority.issue("situs", authority.intermediate, names=NAMES, ends_in_days=-3)
    day = leaf.certificate.not_valid_after_utc.date().isoformat()
    chain = authority.server(leaf, authority.intermediate)
    assert await refused(trust, chain) == (Fault.TLS_EXPIRED, day, ends(leaf))


async def test_an_expired_leaf_without_its_intermediate_is_expired(authority: Authority, trust: ssl.SSLContext) -> None:
    leaf = authority.issue("situs", authority.intermediate, names=NAMES, ends_in_days=-3)
    assert (await refused(trust, authority.server(leaf)))[0] is Fault.TLS_EXPIRED


async def test_an_expired_leaf_of_another_name_is_expired(authority: Authority, trust: ssl.SSLContext) -> None:
    leaf = authority.issue("situs", authority.intermediate, names=["disdik.example"], ends_in_days=-3)
    assert (await refused(trust, authority.server(leaf, authority.intermediate)))[0] is Fault.TLS_EXPIRED


async def test_an_expired_intermediate_is_expired_though_the_leaf_isn_t(
    authority: Authority, trust: ssl.SSLContext
) -> None:
    old = authority.issue("Antara Tua", authority.root, is_authority=True, ends_in_days=-1)
    leaf = authority.issue("situs", old, names=NAMES)
    outcome = await refused(trust, authority.server(leaf, old))
    assert outcome == (Fault.TLS_EXPIRED, "certificate has expired", ends(leaf))


async def test_a_leaf_of_tomorrow_isn_t_valid_yet(authority: Authority, trust: ssl.SSLContext) -> None:
    leaf = authority.issue("situs", authority.intermediate, names=NAMES, starts_in_days=1)
    assert (await refused(trust, authority.server(leaf, authority.intermediate)))[0] is Fault.TLS_NOT_YET_VALID


async def test_a_leaf_of_tomorrow_without_its_intermediate_isn_t_valid_yet(
    authority: Authority, trust: ssl.SSLContext
) -> None:
    leaf = authority.issue("situs", authority.intermediate, names=NAMES, starts_in_days=1)
    assert (await refused(trust, authority.server(leaf)))[0] is Fault.TLS_NOT_YET_VALID


async def test_another_s_certificate_is_of_a_wrong_name_and_says_whose(
    authority: Authority, trust: ssl.SSLContext
) -> None:
    leaf = authority.issue("situs", authority.intermediate, names=NAMES)
    chain = authority.server(leaf, authority.intermediate)
    outcome = await refused(trust, chain, "disdik.example")
    assert outcome == (Fault.TLS_WRONG_NAME, "dinkes.example, www.dinkes.example", ends(leaf))


async def test_a_certificate_that_signed_itself_is_self_signed_even_when_expired(
    authority: Authority, trust: ssl.SSLContext
) -> None:
    leaf = authority.issue("situs", None, names=NAMES, ends_in_days=-3)
    assert await refused(trust, authority.server(leaf)) == (Fault.TLS_SELF_SIGNED, "", ends(leaf))


@pytest.mark.parametrize("is_root_sent", [True, False])
async def test_a_complete_chain_to_a_stranger_s_root_is_untrusted(
    authority: Authority, trust: ssl.SSLContext, *, is_root_sent: bool
) -> None:
    root = authority.issue("Akar Lain", None, is_authority=True)
    middle = authority.issue("Antara Lain", root, is_authority=True)
    leaf = authority.issue("situs", middle, names=NAMES)
    chain = authority.server(leaf, middle, *([root] if is_root_sent else []))
    assert await refused(trust, chain) == (Fault.TLS_UNTRUSTED, "", ends(leaf))


@pytest.mark.filterwarnings("ignore:.*TLSv1.*:DeprecationWarning")
async def test_a_server_of_tls_1_0_is_too_old(authority: Authority, trust: ssl.SSLContext) -> None:
    context = authority.server(authority.issue("situs", authority.intermediate, names=NAMES))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1

    def shake_hands(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, contextlib.suppress(OSError):
            context.wrap_socket(connection, server_side=True)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        shaking = asyncio.create_task(asyncio.to_thread(shake_hands, listening))
        outcome = await fetcher(trust=trust).get(f"https://dinkes.example:{listening.getsockname()[1]}/")
        await shaking
    assert outcome.fault is Fault.TLS_TOO_OLD


@pytest.mark.parametrize("words", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
async def test_a_server_without_tls_fails(trust: ssl.SSLContext, words: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(words)

    async with serving(talk) as port:
        outcome = await fetcher(trust=trust).get(f"https://dinkes.example:{port}/")
    assert outcome.fault is Fault.TLS_FAILED


async def test_a_handshake_that_hangs_is_a_timeout(trust: ssl.SSLContext) -> None:
    async with serving(hangs) as port:
        outcome = await fetcher(trust=trust).get(f"https://dinkes.example:{port}/", limits=SHORT)
    assert outcome.fault is Fault.TIMEOUT


async def test_a_server_that_lets_nobody_look_twice_has_its_fault_all_the_same(
    authority: Authority, trust: ssl.SSLContext
) -> None:
    context = authority.server(
        authority.issue("situs", authority.intermediate, names=NAMES, ends_in_days=-3), authority.intermediate
    )

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def shake_hands_once() -> None:
            connection, _ = listening.accept()
            with connection, contextlib.suppress(OSError):
                context.wrap_socket(connection, server_side=True)

        shaking = asyncio.create_task(asyncio.to_thread(shake_hands_once))
        url = f"https://dinkes.example:{listening.getsockname()[1]}/"
        outcome = await fetcher(trust=trust).get(url, limits=Limits(seconds=3.0))
        await shaking
    assert (outcome.fault, outcome.tls_not_after) == (Fault.TLS_EXPIRED, None)


async def test_a_certificate_is_known_of_a_server_that_then_says_nothing(
    authority: Authority, trust: ssl.SSLContext
) -> None:
    leaf = authority.issue("situs", authority.intermediate, names=NAMES)
    async with serving(hangs, tls=authority.server(leaf, authority.intermediate)) as port:
        outcome = await fetcher(trust=trust).get(f"https://dinkes.example:{port}/", limits=SHORT)
    assert (outcome.fault, outcome.tls_not_after) == (Fault.TIMEOUT, ends(leaf))


@pytest.mark.parametrize(
    ("reason", "fault"),
    [
        ("UNSAFE_LEGACY_RENEGOTIATION_DISABLED", Fault.TLS_TOO_OLD),
        ("DH_KEY_TOO_SMALL", Fault.TLS_TOO_OLD),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", Fault.TLS_FAILED),
    ],
)
def test_openssl_s_reasons_are_told_apart(reason: str, fault: Fault) -> None:
    error = ssl.SSLError(1, "x")
    error.reason = reason
    assert certificates.fault_of(error, None, 0.0).fault is fault


def test_without_the_server_s_certificates_the_first_look_s_code_decides() -> None:
    error = ssl.SSLCertVerificationError(1, "x")
    error.verify_code, error.verify_message = 10, "certificate has expired"
    assert certificates.fault_of(error, None, 0.0).fault is Fault.TLS_EXPIRED
