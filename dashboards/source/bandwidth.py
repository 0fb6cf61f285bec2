"""The dashboard Bandwidth: what is wrong or unknown, what is used of the contracts, by whom and over time."""

from __future__ import annotations

from typing import Any

import use_series as use
from bandwidth_tables import by_district, by_provider, contracts, faults, hardly_used, problems
from link_rows import HIGHEST, LINES, chosen, lines
from panels import GREY, ORANGE, SNMP_STEP, VERMILLION, Json, graph, override, query, stat, steps
from whole import CHOSEN_LINKS, ON_LINK, dashboard, provider_outages, zero_if_none

NOT_POLLED = "Unknown: no device was polled"


def number(title: str, description: str, found: str, known: str, x: int, colour: str) -> Json:
    """How many of the chosen links an expression has, on a coloured ground from one on."""
    of = f"count(group by (opd, link) ({found}))"
    return stat(
        title,
        description,
        [query(zero_if_none(of, known), "Links", now=True, step=SNMP_STEP)],
        at=(x, 0, 4, 3),
        unit="none",
        decimals=0,
        no_value=NOT_POLLED,
        thresholds=steps("transparent", (1, colour)),
        color_mode="background_solid",
    )


def carried(direction: str, x: int) -> Json:
    """What all chosen links carry now."""
    way = use.DIRECTIONS[direction]
    return stat(
        f"{way} now",
        f"{way} of the chosen links together over the last five minutes. Links whose use is unknown aren't in it.",
        [query(f"8 * sum(max by (opd, link) ({chosen(use.rate(direction))}))", way, now=True, step=SNMP_STEP)],
        at=(x, 0, 4, 3),
        unit="bps",
        no_value=NOT_POLLED,
    )


def overview() -> list[Json]:
    """What is wrong, what is unknown and what is carried, in six numbers."""
    return [
        number(
            "Interfaces in trouble",
            "Links whose interface is down though its device answers, or slower than what is bought.",
            chosen(f"(({use.PROBLEM}) < 2)"),
            chosen("opd_link_interface_oper_status"),
            0,
            VERMILLION,
        ),
        number(
            "Over-used links",
            "Links that used 80 % of what is bought or more, in either direction, by the 95th percentile over the last "
            "24 hours.",
            chosen(f"({use.P95} >= {use.OVER_USED})"),
            chosen(use.P95),
            4,
            ORANGE,
        ),
        number(
            "Hardly used links",
            "Links that used less than 10 % of what is bought, in both directions, by the 95th percentile over the "
            "last 24 hours.",
            chosen(f"({use.P95} < {use.HARDLY_USED})"),
            chosen(use.P95),
            8,
            "transparent",
        ),
        number(
            "Use unknown",
            "Links whose use is unknown now: the device is silent, or not polled, or the contract names no rate.",
            f"{CHOSEN_LINKS} unless {ON_LINK} {use.BUSIER}",
            CHOSEN_LINKS,
            12,
            GREY,
        ),
        carried("receive", 16),
        carried("transmit", 20),
    ]


def busiest(direction: str, x: int) -> Json:
    """The busiest links' use over time."""
    way = use.DIRECTIONS[direction]
    return lines(
        f"Busiest links now: {way.lower()}",
        f"What the {LINES} links that are busiest now, by their busier direction, used of what is bought: means over "
        "five minutes. Both graphs have the same links. A gap means that the device did not answer.",
        use.now(direction),
        use.BUSIEST_NOW,
        step=SNMP_STEP,
        at=(x, 20, 12, 9),
        unit="percentunit",
        decimals=0,
        axis={"axisSoftMin": 0, "axisSoftMax": 1},
        no_value=NOT_POLLED,
        thresholds=steps("transparent", (use.OVER_USED, ORANGE)),
        threshold_style="line",
    )


def summed(by: str, direction: str, moment: str = "") -> str:
    """What is carried for each provider or district, each part once however many monitors tell it."""
    which = f'district=~"$district",provider=~"$provider",direction="{direction}"'
    parts = f"district_provider:opd_link_bytes:rate5m{{{which}}}{moment}"
    return f"8 * sum by ({by}) (max by (district, provider) ({parts}))"


def totals() -> list[Json]:
    """What providers and districts carry over time."""
    more: Json = {"unit": "bps", "no_value": NOT_POLLED, "fill": 0}
    description = (
        "as their devices count it, means over five minutes. All offices are in it, also where some are chosen."
    )
    largest = f"topk({LINES}, {summed('district', 'receive', ' @ end()')})"
    return [
        graph(
            "Traffic by provider",
            f"What each provider's links carry together, {description} Upload is dashed.",
            [
                query(summed("provider", direction), f"{{{{provider}}}}, {way.lower()}", step=SNMP_STEP)
                for direction, way in use.DIRECTIONS.items()
            ],
            at=(0, 37, 12, 9),
            overrides=[override("/upload$/", regexp=True, custom__lineStyle={"fill": "dash", "dash": [6, 4]})],
            **more,
        ),
        graph(
            "Download by district",
            f"What the {LINES} districts with most download now carry together, {description}",
            [query(f"{summed('district', 'receive')} and on (district) {largest}", "{{district}}", step=SNMP_STEP)],
            at=(12, 37, 12, 9),
            **more,
        ),
    ]


def interfaces() -> list[Json]:
    """What interfaces counted over time."""
    named: Any = (("Errors over time", "errors", use.ERRORS, 0), ("Discards over time", "discards", use.DISCARDS, 12))
    return [
        lines(
            title,
            f"The {LINES} links with most {what} in the chosen range: how many within five minutes, both directions "
            "together. A gap means that the device did not answer.",
            series,
            use.most(series),
            step=SNMP_STEP,
            at=(x, 54, 12, 9),
            unit="none",
            decimals=0,
            calc=HIGHEST,
            no_value=f"No {what} in this range, as far as devices answered",
        )
        for title, what, series, x in named
    ]


def build() -> Json:
    """The dashboard Bandwidth."""
    graphs = [busiest(direction, x) for direction, x in zip(use.DIRECTIONS, (0, 12), strict=True)]
    panels = [*overview(), problems(), contracts(), *graphs, by_provider(), by_district(), *totals()]
    panels += [hardly_used(), faults(), *interfaces()]
    return dashboard("bandwidth", panels, annotations=[provider_outages()], since="now-24h")
