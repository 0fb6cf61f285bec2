"""The whole product on the sample district: an office is cut, and one page comes of it."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from exporter_process import ExporterProcess
from exporter_process import wait_until as wait_for
from servers import Server, Webhook, start_alertmanager, start_prometheus, wait_until

from exporter import inventory
from exporter.lab.network import Network, private_namespace

ROOT = Path(__file__).parents[2]
TIMERS = {"group_wait": "2s500ms", "group_interval": "2s500ms", "repeat_interval": "1h"}
SOON = {"1m": "4s"}
COMMUNITY = {"SNMP_COMMUNITY": "uji-coba"}


class Stack(NamedTuple):
    exporter: ExporterProcess
    prometheus: Server
    webhook: Webhook
    network: Network


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, private_network: None) -> Iterator[Stack]:
    """The sample, unchanged but for how soon a link is judged and asked, on a network of its own."""
    assert private_network is None
    folder = tmp_path_factory.mktemp("end-to-end")
    text = (ROOT / "inventory.yaml").read_text(encoding="utf-8")
    hasty = text.replace("down_after: 10, up_after: 10", "down_after: 4, up_after: 4").replace(
        "interval: 30s", "interval: 5s"
    )
    assert hasty.count("down_after: 4") == hasty.count("interval: 5s") == 1
    (folder / "inventory.yaml").write_text(hasty, encoding="utf-8")
    with (
        private_namespace() as near,
        Network(near.prefix, folder / "inventory.yaml") as network,
        network.routers(folder / "inventory.yaml", COMMUNITY),
        ExporterProcess(folder, environment=COMMUNITY, prefix=near.prefix) as exporter,
        Webhook() as webhook,
        start_alertmanager(folder / "alertmanager", webhook=webhook.url, timers=TIMERS) as alertmanager,
        start_prometheus(
            folder / "prometheus",
            scrape=[exporter.address],
            alertmanager=alertmanager.address,
            interval="1s",
            held=SOON,
        ) as prometheus,
    ):
        wait_for(lambda: len(query(prometheus, "opd_up == 1")) == 31, "31 offices that are up")
        yield Stack(exporter, prometheus, webhook, network)


def query(prometheus: Server, expr: str) -> list[dict[str, Any]]:
    answer = prometheus.get("/api/v1/query?" + urllib.parse.urlencode({"query": expr}))
    assert answer["status"] == "success"
    return list(answer["data"]["result"])


def address_of(link: str) -> str:
    district = inventory.load(ROOT / "inventory.yaml")
    return next(item.address for item in district.links() if item.id == link)


def test_a_cut_office_is_one_page_and_its_link_none_and_mending_it_one_message(stack: Stack) -> None:
    before = len(stack.webhook.payloads)
    address = address_of("dinsos/primary")
    stack.network.cut(address)
    try:
        wait_until(lambda: len(stack.webhook.payloads) > before, 60, "the page")
        assert query(stack.prometheus, 'ALERTS{alertname="LinkDown"}') == []
    finally:
        stack.network.mend(address)
    wait_until(lambda: len(stack.webhook.payloads) > before + 1, 60, "the end's message")
    down = 'ALERTS{alertname=~"OfficeOffline|LinkDown"}'
    wait_until(lambda: not query(stack.prometheus, down), 60, "the alerts have ended")
    ours = [alert for payload in stack.webhook.payloads[before:] for alert in payload["alerts"]]
    assert [(alert["status"], alert["labels"]["alertname"], alert["labels"]["opd"]) for alert in ours] == [
        ("firing", "OfficeOffline", "dinsos"),
        ("resolved", "OfficeOffline", "dinsos"),
    ]
    began, ended = (alert["annotations"]["summary_en"] for alert in ours)
    assert re.fullmatch(r"Dinas Sosial \(.+\) is offline since \d\d/\d\d \d\d:\d\d WIB", began)
    assert re.fullmatch(r"Dinas Sosial \(.+\) is connected again after (\d+m )?\d+s", ended)


def test_a_link_whose_office_its_backup_carries_is_a_ticket_and_no_page(stack: Stack) -> None:
    before = len(stack.webhook.payloads)
    address = address_of("setda/primary")
    stack.network.cut(address)
    try:
        wait_until(lambda: len(stack.webhook.payloads) > before, 60, "the ticket")
        assert query(stack.prometheus, 'opd_up{opd="setda"} == 1')
    finally:
        stack.network.mend(address)
    wait_until(lambda: len(stack.webhook.payloads) > before + 1, 60, "the end's message")
    ours = [alert for payload in stack.webhook.payloads[before:] for alert in payload["alerts"]]
    assert [(a["status"], a["labels"]["alertname"], a["labels"]["severity"]) for a in ours] == [
        ("firing", "LinkDown", "ticket"),
        ("resolved", "LinkDown", "ticket"),
    ]


def test_traffic_of_every_link_is_counted(stack: Stack) -> None:
    wait_for(
        lambda: len(query(stack.prometheus, "rate(opd_link_receive_bytes_total[1m]) > 0")) == 34, "34 links' traffic"
    )
    use = query(
        stack.prometheus,
        "rate(opd_link_receive_bytes_total[1m])"
        ' / ignoring(direction) opd_link_contract_bytes_per_second{direction="receive"}',
    )
    assert len(use) == 34
    assert all(0 < float(sample["value"][1]) < 1.5 for sample in use)
