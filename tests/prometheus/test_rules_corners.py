"""What the rules promise where outages, nodes, announced work and the monitor's own absence meet."""

import subprocess
from collections.abc import Callable, Mapping
from itertools import chain
from pathlib import Path

import pytest
from promtool_files import Content, firing, of_outages, series, urls, write
from servers import ROOT

Tool = Callable[..., subprocess.CompletedProcess[str]]
Span = tuple[int, int]
"""From a second to another, which is no part of it."""

STEP, END = 5, 950
NEVER = (0, 0)


def over(value: Callable[[int], int | None]) -> str:
    """Return a value at each 5 s in promtool's notation; where there is none the series has gone."""
    every = [value(at) for at in range(0, END, STEP)]
    befores = [None, *every[:-1]]
    return " ".join(
        f"{now:d}" if now is not None else "_" if before is None else "stale"
        for before, now in zip(befores, every, strict=True)
    )


def during(at: int, *spans: Span) -> bool:
    return any(start <= at < end for start, end in spans)


def told(kind: str, labels: str, *down: Span, unmeasured: Span = NEVER, work: Span = NEVER) -> list[Content]:
    """Return what the exporter tells of a link's or node's outages."""

    def last(at: int) -> Span:
        return max((span for span in down if span[0] <= at), default=NEVER)

    values: dict[str, Callable[[int], int | None]] = {
        "up": lambda at: None if during(at, unmeasured) else not during(at, *down),
        "outage_open": lambda at: during(at, *down),
        "outage_start_timestamp_seconds": lambda at: last(at)[0] if last(at)[1] else None,
        "outage_end_timestamp_seconds": lambda at: last(at)[1] if 0 < last(at)[1] <= at else None,
        "in_maintenance": lambda at: during(at, work),
    }
    return [series(f"opd_{kind}_{name}", labels, over(value)) for name, value in values.items()]


def node(
    *down: Span, code: str = "pop", provider: str = "", unmeasured: Span = NEVER, work: Span = NEVER
) -> list[Content]:
    return [
        series("opd_node_above_info", f'node="{code}",provider="{provider}"', over(lambda _: 1)),
        *told("node", f'node="{code}"', *down, unmeasured=unmeasured, work=work),
    ]


def office(
    opd: str, *down: Span, provider: str = "serat", below: str = "", unmeasured: Span = NEVER, work: Span = NEVER
) -> list[Content]:
    """Return what the exporter tells of an office with one link."""
    link = f'opd="{opd}",link="primary"'
    return [
        series("opd_info", f'opd="{opd}",name="Kantor {opd}",district="Ciruas"', over(lambda _: 1)),
        series("opd_outage_open", f'opd="{opd}"', over(lambda at: during(at, *down))),
        series("opd_link_above_info", f'{link},provider="{provider}",level_1="{below}"', over(lambda _: 1)),
        *told("link", link, *down, unmeasured=unmeasured, work=work),
    ]


def away(every: list[Content], *spans: Span, target_stays: bool = True) -> list[Content]:
    """Return the same of a monitor that can't be scraped meanwhile."""

    def without(values: list[str]) -> str:
        seen = [int(value) if value.isdecimal() else None for value in values]
        return over(lambda at: None if during(at, *spans) else seen[at // STEP])

    is_up = over(lambda at: (0 if target_stays else None) if during(at, *spans) else 1)
    return [
        {"series": 'up{job="terpadu",instance="m"}', "values": is_up},
        *({"series": each["series"], "values": without(each["values"].split())} for each in every),
    ]


def fires(at: int, **alerts: int) -> Content:
    return firing(f"{at}s", alerts)


def says(at: int, alert: str, texts: Mapping[str, str], **of: str) -> Content:
    """Return the claim that an alert fires once, with these texts."""
    labels = {"severity": "page", "job": "terpadu", "instance": "m", **of}
    annotations = {"description": "", "description_en": "", **urls(alert, **of), **texts}
    alerts = [{"exp_labels": labels, "exp_annotations": annotations}]
    return {"eval_time": f"{at}s", "alertname": alert, "exp_alerts": alerts}


def check(
    tool: Tool,
    folder: Path,
    every: list[Content],
    *claims: Content,
    texts: tuple[Content, ...] = (),
    rules: tuple[str, ...] = ("outages",),
) -> None:
    tests = of_outages(
        {"name": folder.name, "input_series": every, "promql_expr_test": list(claims), "alert_rule_test": list(texts)}
    )
    tests["rule_files"] = [str(ROOT / "prometheus" / "rules" / f"{name}.yml") for name in rules]
    tested = tool("promtool", "test", "rules", write(folder / "generated.yml", tests))
    assert tested.returncode == 0, tested.stdout + tested.stderr


def joined(*groups: list[Content]) -> list[Content]:
    return [*chain.from_iterable(groups)]


WIB = [series("opd_timezone_offset_seconds", 'zone="WIB"', over(lambda _: 25200))]


def test_a_provider_s_page_of_a_quarter_of_an_hour_explains_no_office_that_goes_down_later(
    tool: Tool, tmp_path: Path
) -> None:
    old = [office(opd, (20, END)) for opd in "abc"]
    every = joined(*old, office("early", (800, 860)), office("late", (925, END)))
    check(
        tool,
        tmp_path,
        every,
        fires(850, ProviderOutage=1),
        fires(920, ProviderOutage=1),
        fires(935, ProviderOutage=1, OfficeOffline=1),
    )


def test_a_node_in_announced_work_explains_no_office_that_isn_t(tool: Tool, tmp_path: Path) -> None:
    every = joined(
        node((60, END), work=(0, END)),
        office("in-work", (60, END), below="pop", work=(0, END)),
        office("not", (60, END), below="pop", provider="satelit"),
    )
    check(tool, tmp_path, every, fires(70, OfficeOffline=1), fires(240, OfficeOffline=1))


def test_a_node_s_blip_of_two_evaluations_hides_nobody(tool: Tool, tmp_path: Path) -> None:
    every = joined(node((60, 70)), *(office(opd, (65, END), below="pop") for opd in "ab"), office("c", below="pop"))
    check(tool, tmp_path, every, fires(120, OfficeOffline=2), fires(260, OfficeOffline=2))


def test_a_scrape_that_fails_once_a_minute_neither_holds_a_page_nor_hides_the_next_outage(
    tool: Tool, tmp_path: Path
) -> None:
    every = away(office("a", (60, 120), (280, END)), *((at, at + STEP) for at in range(30, END, 55)))
    check(
        tool,
        tmp_path,
        every,
        fires(100, OfficeOffline=1),
        *(fires(at) for at in range(200, 280, 10)),
        fires(290, OfficeOffline=1),
    )


def test_while_the_monitor_is_isolated_nothing_begins_and_what_was_explained_neither(
    tool: Tool, tmp_path: Path
) -> None:
    unmeasured = (155, 320)
    is_isolated = over(lambda at: during(at, (140, 320)))
    every = joined(
        [{"series": 'opd_monitor_isolated{job="terpadu",instance="m"}', "values": is_isolated}],
        node((30, 70), unmeasured=unmeasured),
        *(office(opd, (30, 70), below="pop", unmeasured=unmeasured) for opd in "ab"),
        office("below", (30, END), below="pop", unmeasured=unmeasured),
        office("in-work", (30, END), provider="satelit", work=(0, 200), unmeasured=unmeasured),
        *(office(f"late-{number}", (140, END), provider="radio", unmeasured=unmeasured) for number in range(3)),
        node((140, END), code="mast", unmeasured=unmeasured),
        office("mast", (140, END), below="mast", unmeasured=unmeasured),
    )
    check(
        tool,
        tmp_path,
        every,
        fires(60, NodeDown=1),
        fires(135),
        *(fires(at, MonitorIsolated=1) for at in range(150, 320, 10)),
        fires(330, MonitorIsolated=1, OfficeOffline=2, ProviderOutage=1, NodeDown=1),
        fires(390, OfficeOffline=2, ProviderOutage=1, NodeDown=1),
    )


def test_the_monitor_s_restart_in_a_provider_s_outage_brings_no_page_but_the_provider_s(
    tool: Tool, tmp_path: Path
) -> None:
    unmeasured = (220, 235)
    every = joined(
        node((60, END), provider="serat", unmeasured=unmeasured),
        *(office(f"a-{number}", (60, END), below="pop", unmeasured=unmeasured) for number in range(4)),
        *(
            office(f"b-{number}", (60, END), below="pop", provider="satelit", unmeasured=unmeasured)
            for number in range(3)
        ),
        office("elsewhere", provider="satelit", unmeasured=(220, 230)),
    )
    check(
        tool,
        tmp_path,
        away(every, (200, 220)),
        *(fires(at, ProviderOutage=1) for at in (190, *range(200, 260, STEP), 300)),
    )


def test_an_office_of_another_provider_below_a_provider_s_node_is_named_in_its_page(tool: Tool, tmp_path: Path) -> None:
    every = joined(
        node((60, END), provider="serat"),
        *(office(f"a-{number}", (60, END), below="pop") for number in range(3)),
        office("puskesmas", (60, END), below="pop", provider="satelit"),
        office("elsewhere", provider="satelit"),
        WIB,
    )
    names = "Kantor a-0; Kantor a-1; Kantor a-2; Kantor puskesmas"
    texts = {
        "summary": "serat terganggu sejak 01/01 07:01 WIB",
        "description": f"3 dari 3 link terukur terputus. Kantor tidak terhubung (4): {names}.",
        "summary_en": "serat has an outage since 01/01 07:01 WIB",
        "description_en": f"3 of 3 measured links are down. Offices offline (4): {names}.",
    }
    check(
        tool,
        tmp_path,
        every,
        fires(90, ProviderOutage=1),
        texts=(says(90, "ProviderOutage", texts, provider="serat"),),
    )


@pytest.mark.parametrize("others", [(), ("m2",)], ids=["no other", "another monitor"])
def test_when_a_target_leaves_the_list_what_fired_goes_on_and_a_page_names_it(
    tool: Tool, tmp_path: Path, others: tuple[str, ...]
) -> None:
    every = [
        *away(office("a", (20, END)), (100, END), target_stays=False),
        *({"series": f'up{{job="terpadu",instance="{other}"}}', "values": over(lambda _: 1)} for other in others),
    ]
    texts = {
        "summary": "Monitor Terpadu tidak menjawab",
        "description": "Prometheus tidak mendapat jawaban dari m. Sementara ini tidak ada kantor yang diawasi; "
        "peringatan yang sudah menyala dibiarkan menyala.",
        "summary_en": "The Terpadu monitor doesn't answer",
        "description_en": "Prometheus gets no answer from m. No office is watched meanwhile; "
        "alerts that fire already go on firing.",
    }
    check(
        tool,
        tmp_path,
        every,
        fires(90, Watchdog=1, OfficeOffline=1),
        *(fires(at, Watchdog=1, OfficeOffline=1, MonitorDown=1) for at in (165, 300)),
        texts=(says(165, "MonitorDown", texts),),
        rules=("outages", "monitor"),
    )


def test_the_end_of_an_office_that_was_removed_says_that_it_isn_t_watched_any_more(tool: Tool, tmp_path: Path) -> None:
    _, *of_the_office = away(office("a", (20, END)), (100, END))
    every = [*away([], NEVER), *of_the_office]
    texts = {"summary": "a tidak diawasi lagi", "summary_en": "a isn't watched any more"}
    check(tool, tmp_path, every, fires(200), texts=(says(140, "OfficeOffline", texts, opd="a"),))


def test_a_page_over_two_outages_says_that_it_came_and_went_and_since_when(tool: Tool, tmp_path: Path) -> None:
    texts = {
        "summary": "Kantor a (Ciruas) terhubung lagi, putus-sambung sejak 01/01 07:01 WIB",
        "summary_en": "Kantor a (Ciruas) is connected again, came and went since 01/01 07:01 WIB",
    }
    every = joined(office("a", (60, 120), (140, 160)), WIB)
    check(tool, tmp_path, every, fires(150, OfficeOffline=1), texts=(says(200, "OfficeOffline", texts, opd="a"),))


def test_two_series_of_the_zone_cost_no_page_and_no_time(tool: Tool, tmp_path: Path) -> None:
    """Prometheus restarts at 40 s: the zone that it knew has no marker of its end, and is found for five minutes."""
    zones = [
        series("opd_timezone_offset_seconds", 'zone="WIB"', "25200x6"),
        series("opd_timezone_offset_seconds", 'zone="WITA"', "_x10 28800x200"),
    ]
    texts = {
        "summary": "Kantor a (Ciruas) tidak terhubung sejak 01/01 08:01 WITA",
        "summary_en": "Kantor a (Ciruas) is offline since 01/01 08:01 WITA",
    }
    every = joined(office("a", (60, END)), zones)
    check(tool, tmp_path, every, fires(80, OfficeOffline=1), texts=(says(80, "OfficeOffline", texts, opd="a"),))
