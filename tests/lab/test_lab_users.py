"""Version 3 as the lab's routers speak it, asked by the monitor's own client and on a plain socket."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from itertools import product

import pytest
from lab_district import ENVIRONMENT, IF_NAME, PORT, SYS_DESCR, SYS_NAME, TEXT, parsed

from exporter.lab import ber, messages, usm
from exporter.lab.agent_process import AgentProcess
from exporter.lab.answering import Answering
from exporter.lab.messages import AUTHENTICATED, ENCRYPTED, REPORTABLE, Header, UserMessage
from exporter.lab.network import Network
from exporter.lab.router import DESCRIPTION, Router
from exporter.lab.routers import Routers
from exporter.lab.usm import Engine, User
from exporter.model import AuthProtocol, PrivProtocol, SnmpVersion
from exporter.observation import SnmpFailure
from exporter.probes.device import Credentials, Device, SnmpProblem
from exporter.probes.snmp import PysnmpClient
from exporter.secret import Secret

AUTH_KEY, PRIV_KEY = "kunci-autentikasi", "kunci-kerahasiaan"
KEYS = {"AUTH_KEY": AUTH_KEY, "PRIV_KEY": PRIV_KEY}
V3_PORT = PORT + 7
LEVELS: list[tuple[AuthProtocol | None, PrivProtocol | None]] = [
    (None, None),
    *((auth, None) for auth in AuthProtocol),
    *product(AuthProtocol, PrivProtocol),
]


def address(place: int) -> str:
    return f"198.18.60.{place + 1}"


def snmp(auth: AuthProtocol | None, priv: PrivProtocol | None) -> str:
    keys = f'version: 3, port: {V3_PORT}, user: pemantau, interface: "ether1"'
    if auth:
        keys += f', auth_protocol: {auth.value}, auth_key: "${{AUTH_KEY}}"'
    if priv:
        keys += f', priv_protocol: {priv.value}, priv_key: "${{PRIV_KEY}}"'
    return f"{{{keys}}}"


def district(*levels: tuple[AuthProtocol | None, PrivProtocol | None]) -> str:
    links = "".join(
        f"      - {{name: l{place}, address: {address(place)}, provider: isp, snmp: {snmp(*level)},\n"
        "         contract: {download: 10Mbps}}\n"
        for place, level in enumerate(levels)
    )
    office = "offices:\n  - code: tiga\n    name: Tiga\n    district: A\n    links:\n"
    return TEXT.partition("offices:")[0] + office + links


def credentials(auth: AuthProtocol | None, priv: PrivProtocol | None) -> Credentials:
    return Credentials(
        SnmpVersion.V3,
        user="pemantau",
        auth_protocol=auth,
        auth_key=Secret(AUTH_KEY) if auth else None,
        priv_protocol=priv,
        priv_key=Secret(PRIV_KEY) if priv else None,
    )


@pytest.fixture(scope="module")
def running(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgentProcess]:
    file = tmp_path_factory.mktemp("users") / "inventory.yaml"
    file.write_text(district(*LEVELS))
    with network.routers(file, KEYS) as routers:
        yield routers


@pytest.fixture
async def client(running: AgentProcess) -> AsyncIterator[PysnmpClient]:
    assert running.greeting == {"ready": True}
    client = PysnmpClient()
    yield client
    await client.close()


def device(place: int, own: Credentials) -> Device:
    return Device(address(place), V3_PORT, own, timeout_seconds=5, retries=0)


SHA_AES = LEVELS.index((AuthProtocol.SHA, PrivProtocol.AES128))


@pytest.mark.parametrize("level", LEVELS, ids=lambda level: "+".join(p.value if p else "none" for p in level))
async def test_every_level_and_protocol_is_spoken(
    client: PysnmpClient, level: tuple[AuthProtocol | None, PrivProtocol | None]
) -> None:
    place = LEVELS.index(level)
    asked = device(place, credentials(*level))
    name = f"tiga-l{place}".encode()
    assert await client.get(asked, [SYS_DESCR, SYS_NAME]) == {SYS_DESCR: DESCRIPTION, SYS_NAME: name}
    walked = await client.walk(asked, IF_NAME)
    assert isinstance(walked, dict)
    assert list(walked.values()) == [b"bridge-lan", b"ether1"]


OWN = credentials(AuthProtocol.SHA, PrivProtocol.AES128)


@pytest.mark.parametrize(
    ("own", "reason"),
    [
        (replace(OWN, auth_key=Secret("kunci-yang-salah")), SnmpFailure.AUTHENTICATION),
        (replace(OWN, auth_protocol=AuthProtocol.SHA256), SnmpFailure.AUTHENTICATION),
        (replace(OWN, user="bukan-siapa-siapa"), SnmpFailure.UNKNOWN_USER),
        (replace(OWN, priv_protocol=None, priv_key=None), SnmpFailure.AUTHENTICATION),
        (credentials(None, None), SnmpFailure.AUTHENTICATION),
    ],
)
async def test_what_a_client_has_wrong_it_is_told(client: PysnmpClient, own: Credentials, reason: SnmpFailure) -> None:
    answer = await client.get(device(SHA_AES, own), [SYS_NAME])
    assert isinstance(answer, SnmpProblem)
    assert answer.reason is reason


async def test_a_wrong_privacy_key_gives_no_value(client: PysnmpClient) -> None:
    wrong = replace(device(SHA_AES, replace(OWN, priv_key=Secret("kunci-yang-salah"))), timeout_seconds=0.5)
    assert isinstance(await client.get(wrong, [SYS_NAME]), SnmpProblem)


async def test_a_level_that_a_user_has_no_keys_for_is_refused(client: PysnmpClient) -> None:
    place = LEVELS.index((AuthProtocol.SHA, None))
    answer = await client.get(device(place, OWN), [SYS_NAME])
    assert isinstance(answer, SnmpProblem)
    assert answer.reason is SnmpFailure.AUTHENTICATION


async def test_a_router_that_has_booted_is_read_again_by_one_who_knew_it_before(
    client: PysnmpClient, running: AgentProcess
) -> None:
    asked = replace(device(SHA_AES, OWN), retries=1)
    assert isinstance(await client.get(asked, [SYS_NAME]), dict)
    running.ask({"set": f"tiga/l{SHA_AES}", "condition": {"kind": "reboot"}})
    until = time.monotonic() + 10
    while not isinstance(await client.get(asked, [SYS_NAME]), dict):
        assert time.monotonic() < until


ROUTERS = Routers(parsed(district((AuthProtocol.SHA, PrivProtocol.AES128), (None, None))), KEYS)


def router_at(place: int) -> Router:
    found = ROUTERS.at(address(place))
    assert found is not None
    return found


class Manager:
    """Asks the router of a place, at an instant, by messages that can be wrong in one thing."""

    def __init__(self, place: int = 0) -> None:
        self.router = router_at(place)
        self.answering = Answering(self.router)
        (self.user,) = self.router.users.values()
        self.level = self.user.level
        self.engine = self.router.engine(100)
        self.scope = self.engine.id
        self.asked_of = replace(self.engine)
        self.context = b""
        self.flags = REPORTABLE

    def packet(self) -> bytes:
        bindings = ber.tlv(ber.SEQUENCE, ber.oid(SYS_NAME) + ber.tlv(ber.NULL, b""))
        data = messages.scoped_value(self.scope, self.context, messages.pdu_value(messages.GET, 77, bindings))
        asked = Header(5, 0, 3, b"", 0, 0, self.user.name, b"", b"")
        whole = usm.seal(asked, self.level | self.flags, self.user, self.asked_of, data)
        assert isinstance(messages.read(whole), UserMessage)
        return whole

    def answer(self, packet: bytes | None = None) -> tuple[int, messages.ScopedPdu] | None:
        """Return the answer's flags and what it says, once it is found genuine."""
        answer = self.answering.answer(self.packet() if packet is None else packet, 100)
        if answer is None:
            return None
        message = messages.read(answer.packet)
        assert isinstance(message, UserMessage)
        assert (message.header.number, message.header.user) == (5, self.user.name)
        opened = usm.opened(message, self.engine, {self.user.name: self.user})
        assert isinstance(opened, usm.Opened)
        return message.header.flags, messages.scoped(opened.data)


def wrong_digest(manager: Manager) -> None:
    manager.user = replace(manager.user, authentication_key=b"x" * 20)


def old(seconds: int) -> Callable[[Manager], None]:
    def change(manager: Manager) -> None:
        manager.asked_of = replace(manager.engine, time=manager.engine.time + seconds)

    return change


def booted(manager: Manager) -> None:
    manager.asked_of = replace(manager.engine, boots=manager.engine.boots - 1)


def other_engine(manager: Manager) -> None:
    manager.asked_of = replace(manager.engine, id=b"\x80\x00\x00\x00\x01lain")


def discovery(manager: Manager) -> None:
    manager.asked_of, manager.level = Engine(b"", 0, 0), 0


def stranger(manager: Manager) -> None:
    manager.user, manager.level = User(b"siapa"), 0


def other_scope(manager: Manager) -> None:
    manager.scope = b"\x80\x00\x00\x00\x01lain"


def other_context(manager: Manager) -> None:
    manager.context = b"lain"


@pytest.mark.parametrize(
    ("change", "counter", "level"),
    [
        (discovery, usm.UNKNOWN_ENGINE, 0),
        (other_engine, usm.UNKNOWN_ENGINE, 0),
        (stranger, usm.UNKNOWN_USER, 0),
        (wrong_digest, usm.WRONG_DIGEST, 0),
        (old(151), usm.NOT_IN_TIME, AUTHENTICATED),
        (old(-151), usm.NOT_IN_TIME, AUTHENTICATED),
        (booted, usm.NOT_IN_TIME, AUTHENTICATED),
        (other_scope, usm.UNKNOWN_HANDLER, AUTHENTICATED | ENCRYPTED),
        (other_context, usm.UNKNOWN_CONTEXT, AUTHENTICATED | ENCRYPTED),
    ],
)
def test_a_message_that_is_wrong_is_met_with_its_report(
    change: Callable[[Manager], None], counter: ber.Oid, level: int
) -> None:
    manager = Manager()
    change(manager)
    found = manager.answer() if level else unsigned(manager)
    assert found is not None
    flags, scoped = found
    assert (flags, scoped.engine_id, scoped.pdu.tag) == (level, manager.engine.id, messages.REPORT)
    assert scoped.pdu.oids == (counter,)
    manager.flags = 0
    assert manager.answering.answer(manager.packet(), 100) is None, "nobody who can't take reports gets one"


def unsigned(manager: Manager) -> tuple[int, messages.ScopedPdu]:
    """Return a report that nobody signs."""
    answer = manager.answering.answer(manager.packet(), 100)
    assert answer is not None
    message = messages.read(answer.packet)
    assert isinstance(message, UserMessage)
    assert message.header.engine_id == manager.engine.id
    assert (message.header.boots, message.header.time) == (manager.engine.boots, manager.engine.time)
    return message.header.flags, messages.scoped(message.data)


def test_reports_are_counted() -> None:
    manager = Manager()
    discovery(manager)
    counted = [unsigned(manager)[1].pdu.bindings[-1] for _ in range(3)]
    assert counted == [1, 2, 3]


@pytest.mark.parametrize("seconds", [-150, 0, 150])
def test_a_message_within_its_time_is_answered_at_its_level(seconds: int) -> None:
    manager = Manager()
    old(seconds)(manager)
    found = manager.answer()
    assert found is not None
    flags, scoped = found
    assert (flags, scoped.pdu.tag, scoped.pdu.request_id) == (AUTHENTICATED | ENCRYPTED, messages.RESPONSE, 77)
    assert scoped.pdu.bindings == ber.tlv(ber.SEQUENCE, ber.oid(SYS_NAME) + ber.tlv(ber.OCTETS, b"tiga-l0"))


def test_a_user_at_less_than_their_level_has_no_access() -> None:
    manager = Manager()
    manager.level = AUTHENTICATED
    found = manager.answer()
    assert found is not None
    pdu = found[1].pdu
    assert (pdu.tag, pdu.first, pdu.second, pdu.oids) == (messages.RESPONSE, 16, 1, (SYS_NAME,))


def test_what_is_not_encrypted_as_it_says_is_met_with_a_report_or_silence() -> None:
    manager = Manager()
    manager.user = replace(manager.user, privacy=PrivProtocol.DES)
    answer = manager.answering.answer(manager.packet(), 100)
    assert answer is None


def test_a_ciphertext_that_is_none_is_reported() -> None:
    manager = Manager()
    asked = Header(
        5, AUTHENTICATED | ENCRYPTED | REPORTABLE, 3, manager.engine.id, manager.engine.boots, manager.engine.time,
        manager.user.name, bytes(12), b"short",
    )  # fmt: skip
    whole, at = messages.user_message(asked, ber.tlv(ber.OCTETS, b"x" * 40))
    signed = whole[:at] + usm._digest(manager.user, whole) + whole[at + 12 :]
    found = manager.answer(signed)
    assert found is not None
    assert (found[0], found[1].pdu.oids) == (AUTHENTICATED, (usm.NOT_DECRYPTED,))


@pytest.mark.parametrize("flags", [ENCRYPTED | REPORTABLE, AUTHENTICATED | REPORTABLE])
def test_a_level_beyond_the_users_is_reported(flags: int) -> None:
    manager = Manager(place=1)
    manager.flags, manager.level = flags, 0
    flags, scoped = unsigned_or_skipped(manager)
    assert (flags, scoped.pdu.oids) == (0, (usm.UNSUPPORTED_LEVEL,))


def unsigned_or_skipped(manager: Manager) -> tuple[int, messages.ScopedPdu]:
    header = Header(
        5, manager.flags, 3, manager.engine.id, manager.engine.boots, manager.engine.time, manager.user.name, b"", b""
    )
    data = messages.scoped_value(manager.scope, b"", messages.pdu_value(messages.GET, 77, b""))
    answer = manager.answering.answer(messages.user_message(header, data)[0], 100)
    assert answer is not None
    message = messages.read(answer.packet)
    assert isinstance(message, UserMessage)
    return message.header.flags, messages.scoped(message.data)


def test_keys_are_those_of_the_standards_example() -> None:
    """RFC 3414, A.3.1 and A.3.2."""
    engine_id = bytes.fromhex("000000000000000000000002")
    keys = [usm.authentication_key(auth, "maplesyrup", engine_id) for auth in (AuthProtocol.MD5, AuthProtocol.SHA)]
    assert [key.hex() for key in keys] == [
        "526f5eed9fcce26f8964c2930787d82b",
        "6695febc9288e36282235fc7151f128497b38f3f",
    ]


def test_a_router_whose_key_is_unset_does_not_know_the_user() -> None:
    for keys in ({"AUTH_KEY": AUTH_KEY}, {"PRIV_KEY": PRIV_KEY}, ENVIRONMENT):
        lame = Routers(parsed(district((AuthProtocol.SHA, PrivProtocol.AES128))), keys).at(address(0))
        assert lame is not None
        assert lame.users == {}
