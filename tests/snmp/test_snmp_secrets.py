"""A community and keys are searched for in everything that is shown."""

from __future__ import annotations

import asyncio
import logging
import traceback
from pathlib import Path

import pytest
from fake_agent import FakeAgent, device_at, impatient

from exporter.model import AuthProtocol, PrivProtocol, Snmp, SnmpVersion
from exporter.probes.asking import SYS_UP_TIME
from exporter.probes.device import Credentials, Device, credentials
from exporter.probes.snmp import PysnmpClient, engine
from exporter.secret import Secret, SecretRef

SECRETS = ("rahasia-komunitas", "kunci-otentikasi", "kunci-privasi")
COMMUNITY, AUTH_KEY, PRIV_KEY = map(Secret, SECRETS)
V3 = Credentials(
    SnmpVersion.V3,
    user="monitor",
    auth_protocol=AuthProtocol.SHA,
    auth_key=AUTH_KEY,
    priv_protocol=PrivProtocol.AES128,
    priv_key=PRIV_KEY,
)
WANTED = [SYS_UP_TIME]


def assert_hidden(*shown: object) -> None:
    text = "\n".join(map(str, shown))
    for secret in SECRETS:
        assert secret not in text


async def test_reprs_of_what_holds_secrets_hide_them(client: PysnmpClient, agent: FakeAgent) -> None:
    devices = [impatient(device_at(agent.port, community=SECRETS[0])), Device("127.0.0.1", agent.port, V3, 0.2, 0)]
    answers = [await client.get(device, WANTED) for device in devices]
    assert_hidden(*map(repr, [devices, answers, V3, client, client._engines, client._engines[0].names]))


async def test_no_answer_of_a_hostile_device_brings_a_secret_into_log_or_loop(
    client: PysnmpClient, agent: FakeAgent, caplog: pytest.LogCaptureFixture
) -> None:
    faults: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: faults.append(context))
    asyncio.get_running_loop().set_debug(True)
    agent.community = SECRETS[0].encode()
    device = device_at(agent.port, community=SECRETS[0])
    with caplog.at_level(logging.DEBUG):
        shown = []
        for cut in (1, 3, 7, 12, 25, 30, 35):
            agent.spoil = lambda answer, cut=cut: answer[:cut] + b"\xff\xff" + answer[cut + 2 :]
            shown.append(await client.get(Device(device.address, device.port, device.credentials, 0.1, 0), WANTED))
    assert_hidden(caplog.text, *shown)
    assert faults == []


async def test_a_fault_of_the_library_comes_back_by_its_name_alone(
    client: PysnmpClient, agent: FakeAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise KeyError(SECRETS[0], SECRETS[1])

    monkeypatch.setattr(engine.config, "add_v1_system", fail)
    answer = await client.get(device_at(agent.port, community=SECRETS[0]), WANTED)
    assert_hidden(answer)
    assert answer.text == "the request could not be made (KeyError)"


async def test_a_traceback_of_a_fault_of_ours_hides_secrets(client: PysnmpClient, agent: FakeAgent) -> None:
    device = device_at(agent.port, address="no literal", community=SECRETS[0])
    with pytest.raises(ValueError, match="no literal") as caught:
        await client.get(device, WANTED)
    assert_hidden(*traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())


async def test_a_community_that_the_library_refuses_is_not_quoted(client: PysnmpClient, agent: FakeAgent) -> None:
    answer = await client.get(impatient(device_at(agent.port, community=SECRETS[0] * 20)), WANTED)
    assert_hidden(answer)


def test_an_unset_secret_is_named_by_its_reference(tmp_path: Path) -> None:
    ours = Snmp("ether1", community=SecretRef("${SNMP_COMMUNITY}"))
    assert credentials(ours, {}) == SecretRef("${SNMP_COMMUNITY}")
    assert credentials(ours, {"SNMP_COMMUNITY": SECRETS[0]}) == Credentials(SnmpVersion.V2C, community=COMMUNITY)
    (tmp_path / "key").write_text(SECRETS[1] + "\n")
    keyed = Snmp(
        "ether1",
        version=SnmpVersion.V3,
        user="monitor",
        auth_protocol=AuthProtocol.SHA,
        auth_key=SecretRef(f"file:{tmp_path}/key"),
        priv_protocol=PrivProtocol.AES128,
        priv_key=SecretRef("${PRIV}"),
        context="kantor",
    )
    assert credentials(keyed, {}) == SecretRef("${PRIV}")
    assert credentials(keyed, {"PRIV": SECRETS[2]}) == Credentials(
        SnmpVersion.V3, None, "monitor", AuthProtocol.SHA, AUTH_KEY, PrivProtocol.AES128, PRIV_KEY, "kantor"
    )
