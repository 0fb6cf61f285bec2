"""What surrounds the panels: variables, links to the other dashboards, annotations. Plain dicts, as Grafana exports."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from panels import DATASOURCE, PURPLE, VERMILLION, Json

DATASOURCE_UID = "terpadu-prometheus"

# Title, what it answers, and the variables that it has beside the datasource.
DASHBOARDS = {
    "district": ("District", "What is wrong now, and how every office is connected", ("district", "provider")),
    "office": ("Office", "One office closely: state, echoes, traffic, outages, budget, website", ("opd", "link")),
    "providers": (
        "Providers and SLA",
        "The month against its targets, and what is due",
        ("district", "provider", "opd"),
    ),
    "bandwidth": ("Bandwidth", "What is used of the contracts", ("district", "provider", "opd")),
    "websites": ("Websites", "Which websites are active and kept up to date", ("district", "opd")),
    "monitor": ("Monitor", "Whether the monitor's own word can be taken", ()),
}
# One office is shown at a time there, so no choice of several is carried to it.
SINGLE = {"office"}

ON_OFFICE = "on (job, instance, opd)"
ON_LINK = "on (job, instance, opd, link)"
# The series that the variables choose. Those of links carry no names: `and ON_LINK CHOSEN_LINKS`.
CHOSEN_LINKS = 'opd_link:info:newest{district=~"$district",provider=~"$provider",opd=~"$opd"}'

_PROVIDER_REGEX = r'/name="(?<text>[\s\S]+?)",(?:[\s\S]*,)?provider="(?<value>[^"]+)"/'
_OFFICE_REGEX = r'/name="(?<text>[\s\S]+?)",(?:[\s\S]*,)?opd="(?<value>[^"]+)"/'


def uid(name: str) -> str:
    """Where Grafana finds a dashboard; it never changes, since alerts and bookmarks lead there."""
    return f"terpadu-{name}"


def address(name: str, **variables: str) -> str:
    """The link of a table's cell or a graph to a dashboard, with the time and the values given for its variables."""
    carried = "".join(f"&var-{variable}={value}" for variable, value in variables.items())
    return f"/d/{uid(name)}/{uid(name)}?${{datasource:queryparam}}&${{__url_time_range}}{carried}"


def office_link(**variables: str) -> Json:
    """The link of an office's cell to its dashboard; the row has a field `opd`."""
    url = address("office", opd="${__data.fields.opd}", **variables)
    return {"title": "Open ${__value.text}", "url": url, "targetBlank": False}


def zero_if_none(expr: str, known: str) -> str:
    """Give 0 where `expr` finds nothing though the monitor reports; nothing where it doesn't."""
    return f"({expr}) or on () (0 * count({known}))"


def cut(expr: str) -> str:
    """Cut a ratio down to four decimals: nothing is shown better than it is."""
    return f"floor(10000 * ({expr})) / 10000"


def dashboard(name: str, panels: Iterable[Json], *, annotations: Iterable[Json] = (), since: str = "now-6h") -> Json:
    """One of DASHBOARDS, whole: panels are numbered in their order."""
    title, description, variables = DASHBOARDS[name]
    numbers = itertools.count(1)
    return {
        "annotations": {"list": [*annotations, _cut_off()]},
        "description": description,
        "editable": False,
        "fiscalYearStartMonth": 0,
        "graphTooltip": 1,
        "id": None,
        "links": list(_links(name)),
        "panels": [{"id": next(numbers), **each} for each in panels],
        "refresh": "10s",
        "schemaVersion": 41,
        "tags": ["terpadu"],
        "templating": {"list": [_datasource(), *(_VARIABLES[each](name) for each in variables)]},
        "time": {"from": since, "to": "now"},
        "timepicker": {},
        "timezone": "browser",
        "title": f"Terpadu: {title}",
        "uid": uid(name),
        "version": 1,
        "weekStart": "monday",
    }


def annotation(name: str, expr: str, title: str, *, colour: str = VERMILLION, shown: bool = True) -> Json:
    """Stretches of time in which `expr` gives something, on every graph."""
    return {
        "name": name,
        "datasource": DATASOURCE,
        "enable": shown,
        "iconColor": colour,
        "expr": expr,
        "step": "10s",
        "titleFormat": title,
    }


def provider_outages() -> Json:
    """The outages of the chosen providers."""
    return annotation(
        "Providers' outages", 'provider:outage:info{provider=~"$provider"}', "Outage of the provider {{provider}}"
    )


def _cut_off() -> Json:
    return annotation(
        "Monitor cut off", "max(opd_monitor_isolated) == 1", "The monitor is cut off: nothing is known", colour=PURPLE
    )


def _links(name: str) -> Iterable[Json]:
    """Links to the other dashboards, with the time and what both can choose."""
    for other, (title, description, variables) in DASHBOARDS.items():
        if other == name:
            continue
        mine = DASHBOARDS[name][2]
        carried = [each for each in variables if each in mine and other not in SINGLE]
        queries = "&".join(f"${{{each}:queryparam}}" for each in ("datasource", *carried))
        yield {
            "type": "link",
            "title": title,
            "tooltip": description,
            "url": f"/d/{uid(other)}/{uid(other)}?{queries}",
            "icon": "dashboard",
            "keepTime": True,
            "includeVars": False,
            "targetBlank": False,
            "asDropdown": False,
            "tags": [],
        }


def _datasource() -> Json:
    """Which Prometheus; the provisioned one unless another is chosen."""
    return {
        "name": "datasource",
        "label": "Data source",
        "description": "The Prometheus that scrapes the monitor",
        "type": "datasource",
        "query": "prometheus",
        "current": {"selected": False, "text": "Terpadu", "value": DATASOURCE_UID},
        "refresh": 1,
        "hide": 0,
        "includeAll": False,
        "multi": False,
        "options": [],
        "regex": "",
    }


def _choice(name: str, title: tuple[str, str], expr: str, *, multi: bool = True, regex: str = "") -> Json:
    """A choice out of what Prometheus has, with its label and description; one of several values can also be All."""
    variable: Json = {
        "name": name,
        "label": title[0],
        "description": title[1],
        "type": "query",
        "datasource": DATASOURCE,
        "definition": expr,
        "query": {"query": expr, "refId": "PrometheusVariableQueryEditor-VariableQuery"},
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]} if multi else {},
        "refresh": 2,
        "sort": 5,
        "hide": 0,
        "includeAll": multi,
        "multi": multi,
        "options": [],
        "regex": regex,
    }
    if multi:
        variable["allValue"] = ".*"
    return variable


def _district(_: str) -> Json:
    return _choice("district", ("District", "Districts whose offices are shown"), "label_values(opd_info, district)")


def _provider(_: str) -> Json:
    title = ("Provider", "Providers whose links are shown")
    return _choice("provider", title, "query_result(opd_provider_info)", regex=_PROVIDER_REGEX)


def _office(name: str) -> Json:
    if name in SINGLE:
        title = ("Office", "The office that is shown")
        return _choice("opd", title, "query_result(opd_info)", multi=False, regex=_OFFICE_REGEX)
    title = ("Office", "Offices that are shown")
    return _choice("opd", title, 'query_result(opd_info{district=~"$district"})', regex=_OFFICE_REGEX)


def _link(_: str) -> Json:
    return _choice("link", ("Link", "Which of its links"), 'label_values(opd_link_info{opd="$opd"}, link)')


_VARIABLES = {"district": _district, "provider": _provider, "opd": _office, "link": _link}
