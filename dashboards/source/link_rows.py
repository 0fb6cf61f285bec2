"""What tables and graphs of links have in common: who they are of, and how they are kept to those that matter."""

from __future__ import annotations

from typing import Any

from panels import UNKNOWN_CELL, Json, graph, override, query
from whole import CHOSEN_LINKS, ON_LINK, address, office_link

ROWS, LINES = 50, 10
LATEST, HIGHEST = ("lastNotNull", "Last *"), ("max", "Max")
PROVIDER = 'label_replace(provider:info:newest, "provider_name", "$1", "name", "(.*)")'
# The fields that name a row; the code and the link stand there for the office's address, too.
NAMES = {"name": "Office", "opd": "", "link": "", "provider_name": "Provider"}


def chosen(series: str) -> str:
    """Of a link's series those that the variables choose."""
    return f"({series} and {ON_LINK} {CHOSEN_LINKS})"


def chosen_at_end(series: str) -> str:
    """The same at the end of the range, for a choice that holds for all of it."""
    return f"({series} and {ON_LINK} {CHOSEN_LINKS} @ end())"


def named(wanted: str) -> str:
    """The chosen links that `wanted` has a series of, by their names; without the provider's where it isn't known."""
    links = f"({CHOSEN_LINKS} and {ON_LINK} ({wanted}))"
    join = f"{links} * on (job, instance, provider) group_left (provider_name) {PROVIDER}"
    return f"max by (opd, link, name, provider_name) ({join} or {ON_LINK} {links})"


def rows(wanted: str, none: str, known: str) -> str:
    """The same; where there is none of them, one row that says so, if `known` has series at all."""
    return f'{named(wanted)} or on () label_replace(0 * count({chosen(known)}), "name", "{none}", "", "")'


def cell(value: str, wanted: str) -> str:
    """A column of the links that `wanted` has a series of."""
    return f"max by (opd, link) ({value} and {ON_LINK} ({wanted}))"


def cut_to(parts: int, share: str) -> str:
    """A share, cut to whole parts as it is shown."""
    return f"floor({parts} * {share}) / {parts}"


def sums(by: str, series: str) -> str:
    """A link's values summed up by labels of its own, each link once however many monitors tell it."""
    return f"sum by ({by}) (max by (opd, link, {by}) ({CHOSEN_LINKS} * {ON_LINK} group_left () {series}))"


def number(by: str, which: str = "") -> str:
    """How many links there are of each, each link once; of those that `which` has a series of, where it is given."""
    links = f"{CHOSEN_LINKS} and {ON_LINK} ({which})" if which else CHOSEN_LINKS
    return f"count by ({by}) (group by (opd, link, {by}) ({links}))"


def counts(by: str, which: str, known: str = "") -> str:
    """The same, 0 where it is none of those of which something is `known`; of all, where that isn't given."""
    return f"{number(by, which)} or on ({by}) 0 * {number(by, known)}"


def name_columns(provider: int = 165, office: int = 200) -> list[Json]:
    """How the fields of NAMES look, without the provider's where its width is 0; the office has what others leave."""
    columns = [
        override("Office", links=[office_link(link="${__data.fields.link}")], custom__minWidth=office),
        override("opd", displayName="Code", custom__width=125, noValue=UNKNOWN_CELL),
        override("link", displayName="Link", custom__width=72, noValue=UNKNOWN_CELL),
    ]
    if provider:
        columns.append(override("Provider", custom__width=provider, noValue=UNKNOWN_CELL))
    return columns


def ranked(made: Json, field: str, *, least_first: bool = False) -> Json:
    """A table in the order of a field that is not shown."""
    names, order, organize = made["transformations"][1:]
    names["options"]["include"]["names"].append(field)
    order["options"]["sort"] = [{"desc": not least_first, "field": field}]
    organize["options"]["excludeByName"][field] = True
    made["options"]["sortBy"] = []
    return made


def lines(title: str, description: str, series: str, which: str, *, least_first: bool = False, **rest: Any) -> Json:
    """Lines of the links that `which` picks; the legend has their latest values in order, or what `calc` says."""
    calc, shown = rest.pop("calc", LATEST)
    expr = f"max by (opd, link) ({series} and {ON_LINK} {which})"
    if rest["unit"] == "percentunit":
        expr = cut_to(100, expr)  # of those alone: cutting a thousand links at each step takes a second
    made = graph(
        title,
        description,
        [query(expr, "{{opd}}/{{link}}", step=rest.pop("step", ""))],
        fill=0,
        links=[
            {
                "title": "Open ${__field.displayName}",
                "url": address("office", opd="${__field.labels.opd}", link="${__field.labels.link}"),
                "targetBlank": False,
            }
        ],
        **rest,
    )
    made["options"]["legend"] = {
        "calcs": [calc],
        "displayMode": "table",
        "placement": "right",
        "showLegend": True,
        "sortBy": shown,
        "sortDesc": not least_first,
    }
    return made
