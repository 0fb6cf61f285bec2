"""From a page of metrics to the webhook, with the shipped rules and routes and short timers."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from servers import MetricsPage, Webhook, start_alertmanager, start_prometheus, wait_until

SHORT = {"group_wait": "1s500ms", "group_interval": "1s500ms", "repeat_interval": "1h"}
SOON = {"OfficeOffline": {"keep_firing_for": "2s"}, "ProviderOutage": {"keep_firing_for": "4s"}}
OFFICES = {"dinkes": "serat", "bappeda": "serat", "dishub": "serat", "satpolpp": "sat", "disdik": "sat"}


def metrics(offline: Mapping[str, object]) -> str:
    lines = [f'opd_provider_info{{provider="{code}",name="PT {code}",noc="0254"}} 1' for code in ("serat", "sat")]
    for opd, provider in OFFICES.items():
        is_open = int(opd in offline)
        both = f'opd="{opd}",link="primary"'
        lines += [
            f'opd_info{{opd="{opd}",name="Kantor {opd}",district="Ciruas"}} 1',
            f'opd_link_info{{{both},name="Kantor {opd}",district="Ciruas",provider="{provider}"}} 1',
            f'opd_outage_open{{opd="{opd}"}} {is_open}',
            f"opd_link_outage_open{{{both}}} {is_open}",
            f"opd_link_up{{{both}}} {1 - is_open}",
            f"opd_link_state_since_timestamp_seconds{{{both}}} 1764000000",
        ]
    return "\n".join(lines) + "\n"


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[tuple[MetricsPage, Webhook]]:
    with (
        MetricsPage(metrics({})) as page,
        Webhook() as webhook,
        start_alertmanager(tmp_path / "alertmanager", webhook=webhook.url, timers=SHORT) as alertmanager,
        start_prometheus(
            tmp_path / "prometheus",
            scrape=[page.address],
            alertmanager=alertmanager.address,
            interval="1s",
            alerts=SOON,
        ),
    ):
        yield page, webhook


def test_an_outage_of_an_office_is_one_page_and_its_end_one_message(stack: tuple[MetricsPage, Webhook]) -> None:
    page, webhook = stack
    page.text = metrics({"dinkes": 1})
    wait_until(lambda: len(webhook.payloads) >= 1, 30, "the page")
    page.text = metrics({})
    wait_until(lambda: len(webhook.payloads) >= 2, 30, "the end's message")
    assert webhook.alerts() == [("firing", "OfficeOffline", "dinkes"), ("resolved", "OfficeOffline", "dinkes")]
    assert webhook.payloads[0]["alerts"][0]["annotations"] == {
        "summary": "Kantor dinkes (Ciruas) tidak terhubung",
        "description": "Semua link terputus sejak 2025-11-24 23:00 WIB. primary: PT serat, NOC: 0254.",
        "summary_en": "Kantor dinkes (Ciruas) is offline",
        "description_en": "All links are down since 2025-11-24 23:00 WIB. primary: PT serat, NOC: 0254.",
    }


def test_an_outage_of_a_provider_is_one_page_and_its_end_one_message(stack: tuple[MetricsPage, Webhook]) -> None:
    page, webhook = stack
    page.text = metrics({"dinkes": 1, "bappeda": 1, "dishub": 1})
    wait_until(lambda: len(webhook.payloads) >= 1, 30, "the page")
    page.text = metrics({})
    wait_until(lambda: len(webhook.payloads) >= 2, 30, "the end's message")
    assert webhook.alerts() == [("firing", "ProviderOutage", "serat"), ("resolved", "ProviderOutage", "serat")]
