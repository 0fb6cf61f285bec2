"""The Websites dashboard: which are there for their readers, and which are kept up to date."""

from __future__ import annotations

from panels import GREEN, GREY, ORANGE, VERMILLION, YELLOW, Json, graph, query, stat, steps, timeline
from website_tables import AGE, CHOSEN, STATE, WEBSITE_STATES, certificates, days_left, freshness, websites
from whole import ON_OFFICE, dashboard, zero_if_none

NO_WEBSITES = "Unknown: no website is told of"
RESPONSE = f"opd:website_response:seconds{CHOSEN}"
ROWS, LINES = 12, 8  # that one panel can bear


def counts() -> list[Json]:
    """How many websites are in trouble, and how many aren't."""
    undated = f"{STATE} unless {ON_OFFICE} {AGE}"
    counted = (
        ("Not active", f"{STATE} == 0", VERMILLION, "Two checks in a row found that it isn't there for its readers."),
        (
            "Unmeasured",
            f"{STATE} == 0.5",
            GREY,
            "Neither active nor not: not looked at yet, or not while the monitor or its resolver was cut off.",
        ),
        ("Asleep", f"{AGE} > 3", ORANGE, "Nothing new was found for over three of the periods that it is meant for."),
        ("Late", f"({AGE} > 1) <= 3", YELLOW, "Nothing new was found for over one period, and for no more than three."),
        (
            "No date found",
            undated,
            GREY,
            "No date of a publication was found, or none is asked for: neither fresh nor late.",
        ),
        ("Certificates ending", f"{days_left()} < 21", ORANGE, "Certificates that end within 21 days, or have ended."),
        ("Active", f"{STATE} == 1", GREEN, "There for its readers, fresh or not."),
        ("On time", f"{AGE} <= 1", GREEN, "The newest content is no older than one period."),
    )
    return [
        stat(
            title,
            f"How many websites. {text} Counted each minute.",
            [query(zero_if_none(f"count({found})", STATE), title, now=True)],
            at=(3 * place, 0, 3, 3),
            unit="none",
            decimals=0,
            no_value=NO_WEBSITES,
            thresholds=steps("transparent", (1, colour)),
            color_mode="background_solid",
        )
        for place, (title, found, colour, text) in enumerate(counted)
    ]


def history() -> Json:
    """When those that weren't active all the time were not."""
    troubled = f"bottomk({ROWS}, avg_over_time({STATE}[$__range] @ end()) < 1)"
    return timeline(
        "Websites over time",
        f"The websites that weren't active all through the chosen range, the {ROWS} worst of them at most: active, "
        "not active or unmeasured. A blank means that the monitor gave no data.",
        [query(f"max by (opd) ({STATE} and {ON_OFFICE} {troubled})", "{{opd}}")],
        at=(0, 21, 24, 9),
        mappings=WEBSITE_STATES,
        no_value="Every website was active all through, or nothing is known",
    )


def courses() -> list[Json]:
    """Ages against what they may be, and response times."""
    return [
        graph(
            "Age against the target",
            f"How old the newest content is, in periods (days, weeks or months, as the inventory asks), of the {LINES} "
            "that are nearest to falling asleep or have just done so: up to six periods. From 1 on a website is late, "
            "from 3 on asleep. A gap means that nothing is known.",
            [query(f"max by (opd) ({AGE} and {ON_OFFICE} topk({LINES}, {AGE} @ end() < 6))", "{{opd}}")],
            at=(0, 30, 12, 9),
            unit="none",
            decimals=1,
            no_value="Unknown: no date of a publication was found",
            thresholds=steps("transparent", (1, ORANGE), (3, VERMILLION)),
            threshold_style="line",
            fill=0,
        ),
        graph(
            "Response times",
            f"How long the latest check took, of the {LINES} slowest websites now. A gap means that there was no "
            "answer. A check is made every five minutes.",
            [query(f"max by (opd) ({RESPONSE} and {ON_OFFICE} topk({LINES}, {RESPONSE} @ end()))", "{{opd}}")],
            at=(12, 30, 12, 9),
            unit="s",
            no_value="Unknown: no website answered",
            fill=0,
        ),
    ]


def build() -> Json:
    """The Websites dashboard."""
    panels = [*counts(), websites(), freshness(), certificates(), history(), *courses()]
    return dashboard("websites", panels, since="now-24h")
