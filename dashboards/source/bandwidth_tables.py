"""The tables of Bandwidth: what is wrong or unknown at devices, each link's use, sums, what interfaces counted."""

from __future__ import annotations

import use_series as use
from cells import bar_cell, state_cell
from link_rows import NAMES, ROWS, cell, counts, cut_to, name_columns, number, ranked, rows, sums
from panels import (
    GREY,
    ORANGE,
    SKY,
    SNMP_STEP,
    UNKNOWN_CELL,
    VERMILLION,
    Json,
    mapping,
    override,
    query,
    table,
)
from whole import CHOSEN_LINKS, ON_LINK

PROBLEMS = mapping(
    {
        "0": ("Interface down", VERMILLION),
        "1": ("Too slow", ORANGE),
        "2": ("Silent", GREY),
        "3": ("Link down", GREY),
        "4": ("Not polled", GREY),
        "5": ("No contract", GREY),
    },
)
JUDGEMENTS = mapping({"0": ("Hardly used", SKY), "1": ("Usual", "transparent"), "2": ("Over-used", ORANGE)})
RATE: Json = {"unit": "bps", "decimals": 0, "custom__align": "right", "noValue": UNKNOWN_CELL}
SHARE: Json = {"unit": "percentunit", "decimals": 1, "custom__align": "right", "noValue": UNKNOWN_CELL}
SHORT_NAMES = {name: shown for name, shown in NAMES.items() if name != "provider_name"}


def problems() -> Json:
    """Devices and interfaces with something wrong, then links whose use isn't known."""
    wanted = use.FIRST_PROBLEMS
    return table(
        "Wrong or unknown",
        "Links whose interface is down, or slower than what is bought, and those whose use is unknown: the device is "
        "silent, silent behind a link that is down, not polled, or not yet since the monitor's start, or the contract "
        f"names no rate. Unknown use is never taken for none. At most {ROWS}, the most serious first. Choose an office "
        "to see it.",
        [
            query(rows(wanted, "Nothing wrong, and the use of every link is known", "opd_link_info"), table=True),
            query(f"max by (opd, link) ({wanted})", table=True, step=SNMP_STEP),
            query(f"8 * {cell(use.SPEED, wanted)}", table=True, step=SNMP_STEP),
            query(f"8 * {cell(use.bought('receive'), wanted)}", table=True),
            query(f"8 * {cell(use.bought('transmit'), wanted)}", table=True),
            query(f"1000 * {cell(use.ANSWERED, wanted)}", table=True, step=SNMP_STEP),
        ],
        columns={
            **NAMES,
            "Value #B": "Problem",
            "Value #C": "Interface speed",
            "Value #D": "Download bought",
            "Value #E": "Upload bought",
            "Value #F": "Last answer",
        },
        sort=("Problem", False),
        at=(0, 3, 24, 5),
        unit="none",
        overrides=[
            *name_columns(provider=180),
            override("Problem", **state_cell(PROBLEMS, custom__width=130)),
            override("Interface speed", custom__width=125, **RATE),
            override("Download bought", custom__width=140, **RATE),
            override("Upload bought", custom__width=130, **RATE),
            override("Last answer", unit="dateTimeFromNow", custom__width=150, noValue=UNKNOWN_CELL),
        ],
    )


def contracts() -> Json:
    """One row a link, both directions in it, the busiest first."""
    wanted = use.BUSIEST
    made = table(
        "Use of the contracts",
        f"The {ROWS} links that use most of what is bought, by the busier direction's 95th percentile over the last 24 "
        "hours: for all but the busiest twentieth of the day the use was below it, by means of five minutes as "
        "Prometheus sampled them. `Over-used` is from 80 % in either direction, `Hardly used` below 10 % in both. The "
        "costs report has the month. Links whose use is unknown aren't here. Choose an office to see it.",
        [
            query(rows(wanted, "The use of no link is known", "opd_link_info"), table=True),
            query(cell(f"({use.JUDGEMENT})", wanted), table=True, step=SNMP_STEP),
            *(
                each
                for direction in use.DIRECTIONS
                for each in (
                    query(cut_to(100, cell(use.now(direction), wanted)), table=True, step=SNMP_STEP),
                    query(cut_to(100, cell(use.percentile(direction), wanted)), table=True, step=SNMP_STEP),
                    query(f"8 * {cell(use.bought(direction), wanted)}", table=True),
                )
            ),
            query(f"max by (opd, link) ({wanted})", table=True, step=SNMP_STEP),
        ],
        columns={
            **NAMES,
            "Value #B": "Judgement",
            "Value #C": "Down now",
            "Value #D": "Down p95",
            "Value #E": "Down bought",
            "Value #F": "Up now",
            "Value #G": "Up p95",
            "Value #H": "Up bought",
        },
        sort=("", False),
        at=(0, 8, 24, 12),
        unit="none",
        overrides=_contract_columns(),
    )
    return ranked(made, "Value #I")


def _contract_columns() -> list[Json]:
    return [
        *name_columns(),
        override("Judgement", **state_cell(JUDGEMENTS, custom__width=105)),
        *(
            override(f"{way} {what}", custom__width=105, **bar_cell(0.8))
            for way in ("Down", "Up")
            for what in ("now", "p95")
        ),
        override("Down bought", custom__width=112, **RATE),
        override("Up bought", custom__width=95, **RATE),
    ]


def hardly_used() -> Json:
    """The links whose contracts are hardly used."""
    wanted = use.LEAST
    made = table(
        "Hardly used",
        f"The {ROWS} links that use least of what is bought, of those below 10 % in both directions by the 95th "
        "percentile over the last 24 hours. A backup that is idle belongs here by its nature; see the costs report "
        "before a contract is made smaller.",
        [
            query(rows(wanted, "No link, as far as their use is known", use.P95), table=True),
            *(
                query(cut_to(1000, cell(use.percentile(way), wanted)), table=True, step=SNMP_STEP)
                for way in use.DIRECTIONS
            ),
            query(f"max by (opd, link) ({wanted})", table=True, step=SNMP_STEP),
            query(f"8 * {cell(use.bought('receive'), wanted)}", table=True),
        ],
        columns={**SHORT_NAMES, "Value #B": "Down p95", "Value #C": "Up p95", "Value #E": "Down bought"},
        sort=("", False),
        at=(0, 46, 12, 8),
        unit="none",
        no_value="Unknown: no use is known yet",
        overrides=[
            *name_columns(provider=0, office=165),
            override("Down p95", custom__width=95, **SHARE),
            override("Up p95", custom__width=85, **SHARE),
            override("Down bought", custom__width=108, **RATE),
        ],
    )
    return ranked(made, "Value #D", least_first=True)


def faults() -> Json:
    """What interfaces counted that should not be."""
    wanted = use.FAULTY
    made = table(
        "Errors and discards",
        f"About how many packets interfaces dropped in the chosen range, both directions together: the {ROWS} links "
        "with most. Errors come from bad cables, plugs and radio; discards from a full queue, so compare them with "
        "the use.",
        [
            query(rows(wanted, "None, as far as devices answered", use.ERRORS), table=True, step=SNMP_STEP),
            query(f"round({cell(use.counted(use.ERRORS), wanted)})", table=True, step=SNMP_STEP),
            query(f"round({cell(use.counted(use.DISCARDS), wanted)})", table=True, step=SNMP_STEP),
        ],
        columns={**SHORT_NAMES, "Value #B": "Errors", "Value #C": "Discards"},
        sort=("Errors", True),
        at=(12, 46, 12, 8),
        unit="none",
        no_value="Unknown: no device was polled, or not for five minutes yet",
        overrides=[
            *name_columns(provider=0),
            *(
                override(name, unit="locale", custom__width=110, noValue=UNKNOWN_CELL)
                for name in ("Errors", "Discards")
            ),
        ],
    )
    made["options"]["sortBy"].append({"displayName": "Discards", "desc": True})
    return made


def by_provider() -> Json:
    """What each provider's links carry together."""
    providers = f'provider:info:newest{{provider=~"$provider"}} and on (job, instance, provider) {CHOSEN_LINKS}'
    return _summed(
        "Providers: use of what is bought",
        "What the chosen links of each provider carry together, and their share of what is bought of it.",
        "provider",
        f"max by (provider, name) ({providers})",
        {"name": "Provider"},
        (0, 29, 12, 8),
    )


def by_district() -> Json:
    """What each district's links carry together."""
    return _summed(
        "Districts: use of what is bought",
        "What the chosen links of each district carry together, and their share of what is bought for it.",
        "district",
        f"group by (district) ({CHOSEN_LINKS})",
        {"district": "District"},
        (12, 29, 12, 8),
    )


def _summed(
    title: str, description: str, by: str, named: str, name: dict[str, str], at: tuple[int, int, int, int]
) -> Json:
    unknown = counts(by, f"{CHOSEN_LINKS} unless {ON_LINK} {use.BUSIER}")
    return table(
        title,
        f"{description} Links whose use is unknown are in no sum and in no share; `Unknown` counts them.",
        [
            query(named, table=True),
            query(number(by), table=True),
            query(unknown, table=True, step=SNMP_STEP),
            *(
                each
                for direction in use.DIRECTIONS
                for each in (
                    query(f"8 * {sums(by, use.rate(direction))}", table=True, step=SNMP_STEP),
                    query(cut_to(100, f"({use.used(by, direction)})"), table=True, step=SNMP_STEP),
                )
            ),
        ],
        columns={
            **name,
            "Value #B": "Links",
            "Value #C": "Unknown",
            "Value #D": "Download",
            "Value #E": "Down used",
            "Value #F": "Upload",
            "Value #G": "Up used",
        },
        sort=("Down used", True),
        at=at,
        unit="none",
        overrides=[
            override("Links", custom__width=52, custom__align="right"),
            override("Unknown", custom__width=82, custom__align="right"),
            *(override(way, custom__width=86, **{**RATE, "decimals": 1}) for way in use.DIRECTIONS.values()),
            *(override(name, custom__width=94, **bar_cell(0.8)) for name in ("Down used", "Up used")),
        ],
    )
