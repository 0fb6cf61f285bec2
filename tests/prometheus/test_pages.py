"""From a page of metrics to the webhook, with the shipped rules and routes and short timers."""

import time
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from servers import MetricsPage, Webhook, start_alertmanager, start_prometheus, wait_until

SHORT = {"group_wait": "1s500ms", "group_interval": "1s500ms", "repeat_interval": "1h"}
SOON = {"1m": "4s"}
OFFICES = {"dinkes": "serat", "bappeda": "serat", "dishub": "serat", "satpolpp": "sat", "disdik": "sat"}
WIB = timedelta(hours=7)


def metrics(offline: Collection[str], *, began: int = 0, ended: int | None = None) -> str:
    """Return the page of five offices; of an outage that ended, `offline` names those that were."""
    lines = [
        f'opd_timezone_offset_seconds{{zone="WIB"}} {WIB.seconds}',
        *(f'opd_provider_info{{provider="{code}",name="PT {code}",noc="0254"}} 1' for code in ("serat", "sat")),
    ]
    for opd, provider in OFFICES.items():
        is_open = int(opd in offline and ended is None)
        both = f'opd="{opd}",link="primary"'
        lines += [
            f'opd_info{{opd="{opd}",name="Kantor {opd}",district="Ciruas"}} 1',
            f'opd_link_info{{{both},name="Kantor {opd}",district="Ciruas",provider="{provider}"}} 1',
            f'opd_link_above_info{{{both},provider="{provider}"}} 1',
            f'opd_outage_open{{opd="{opd}"}} {is_open}',
            f"opd_link_outage_open{{{both}}} {is_open}",
            f"opd_link_up{{{both}}} {1 - is_open}",
            f"opd_sla_downtime_budget_seconds{{{both}}} 12960",
            f"opd_sla_downtime_budget_remaining_seconds{{{both}}} {12960 if ended is None else 12870}",
        ]
        if opd in offline:
            lines.append(f"opd_link_outage_start_timestamp_seconds{{{both}}} {began}")
        if is_open:
            lines.append(f'opd_link_outage_info{{{both},outage="{opd}/primary@1"}} 1')
            lines.append(f'opd_link_outage_evidence_info{{{both},cause="power",last_hop="192.0.2.9"}} 1')
        if opd in offline and ended is not None:
            lines.append(f"opd_link_outage_end_timestamp_seconds{{{both}}} {ended}")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MetricsPage, Webhook]]:
    folder = tmp_path_factory.mktemp("stack")
    with (
        MetricsPage(metrics([])) as page,
        Webhook() as webhook,
        start_alertmanager(folder / "alertmanager", webhook=webhook.url, timers=SHORT) as alertmanager,
        start_prometheus(
            folder / "prometheus", scrape=[page.address], alertmanager=alertmanager.address, interval="1s", held=SOON
        ),
    ):
        yield page, webhook


def test_an_outage_of_an_office_is_one_page_and_its_end_one_message(stack: tuple[MetricsPage, Webhook]) -> None:
    began = int(time.time()) - 90
    pages = messages(stack, ["dinkes"], began)
    assert [(alert["status"], alert["labels"]) for alert in pages] == [
        (
            status,
            {
                "alertname": "OfficeOffline",
                "severity": "page",
                "job": "terpadu",
                "instance": stack[0].address,
                "opd": "dinkes",
            },
        )
        for status in ("firing", "resolved")
    ]
    assert [alert["annotations"] for alert in pages] == [
        {
            "summary": f"Kantor dinkes (Ciruas) tidak terhubung sejak {local(began)}",
            "description": "primary: PT serat. Sejauh ini: listrik padam. Jalur sampai 192.0.2.9. Hubungi 0254.",
            "summary_en": f"Kantor dinkes (Ciruas) is offline since {local(began)}",
            "description_en": "primary: PT serat. So far: power was lost. The path ends after 192.0.2.9. Call 0254.",
            "runbook_url": "docs/runbooks/OfficeOffline.md",
            "dashboard_url": "http://localhost:3000/d/terpadu-office/terpadu-office?var-opd=dinkes",
        },
        {
            "summary": "Kantor dinkes (Ciruas) terhubung lagi setelah 1m 30s",
            "description": "primary: PT serat. Sisa batas putus bulan ini 3h 34m 30s dari 3h 36m 0s.",
            "summary_en": "Kantor dinkes (Ciruas) is connected again after 1m 30s",
            "description_en": "primary: PT serat. Downtime budget left this month 3h 34m 30s of 3h 36m 0s.",
            "runbook_url": "docs/runbooks/OfficeOffline.md",
            "dashboard_url": "http://localhost:3000/d/terpadu-office/terpadu-office?var-opd=dinkes",
        },
    ]


def test_an_outage_of_a_provider_is_one_page_and_its_end_one_message(stack: tuple[MetricsPage, Webhook]) -> None:
    began = int(time.time()) - 90
    pages = messages(stack, ["dinkes", "bappeda", "dishub"], began)
    assert [(alert["status"], alert["labels"]["alertname"], alert["labels"]["provider"]) for alert in pages] == [
        ("firing", "ProviderOutage", "serat"),
        ("resolved", "ProviderOutage", "serat"),
    ]
    assert [alert["annotations"]["summary_en"] for alert in pages] == [
        f"PT serat has an outage since {local(began)}",
        "PT serat is back after about 1m 30s",
    ]
    assert pages[0]["annotations"]["description_en"] == (
        "3 of 3 measured links are down. Call 0254. Offices offline (3): Kantor bappeda; Kantor dinkes; Kantor dishub."
    )


def messages(stack: tuple[MetricsPage, Webhook], offline: Collection[str], began: int) -> list[dict[str, Any]]:
    """Let offices go offline until that is told, and be back until that is; return the alerts of all messages."""
    page, webhook = stack
    before = len(webhook.payloads)
    page.text = metrics(offline, began=began)
    wait_until(lambda: len(webhook.payloads) > before, 30, "the page")
    page.text = metrics(offline, began=began, ended=began + 90)
    wait_until(lambda: len(webhook.payloads) > before + 1, 30, "the end's message")
    return [alert for payload in webhook.payloads[before:] for alert in payload["alerts"]]


def local(timestamp: int) -> str:
    return f"{datetime.fromtimestamp(timestamp, UTC) + WIB:%d/%m %H:%M} WIB"
