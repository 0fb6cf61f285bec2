"""The tables of the Websites dashboard: whether each is there, how fresh it is, how long its certificate lasts."""

from __future__ import annotations

from cells import state_cell
from panels import (
    GREEN,
    GREY,
    ORANGE,
    UNKNOWN_CELL,
    VERMILLION,
    YELLOW,
    Json,
    mapping,
    override,
    query,
    steps,
    table,
)
from whole import ON_OFFICE, office_link

CHOSEN = '{district=~"$district",opd=~"$opd"}'
STATE = f"opd:website_state:name{CHOSEN}"
AGE = f"opd:website_age:periods{CHOSEN}"
ROW = "job, instance, opd"

WEBSITE_STATES = mapping({"0": ("Not active", VERMILLION), "0.5": ("Unmeasured", GREY), "1": ("Active", GREEN)})
STANDINGS = mapping(
    {
        "0": ("On time", GREEN),
        "1": ("Late", YELLOW),
        "2": ("Asleep", ORANGE),
        "3": ("Unknown", GREY),
        "4": ("Not asked", GREY),
    },
)
REASONS = {
    "name_not_found": "Name not found",
    "connection_failed": "No connection",
    "timeout": "No answer in 15 s",
    "tls_expired": "Certificate has ended",
    "tls_not_yet_valid": "Certificate not yet valid",
    "tls_wrong_name": "Certificate of another name",
    "tls_chain_incomplete": "Certificate chain broken",
    "tls_self_signed": "Certificate signed by itself",
    "tls_untrusted": "Certificate not trusted",
    "tls_too_old": "TLS too old",
    "tls_failed": "TLS failed",
    "http_status": "HTTP status",
    "bad_answer": "Answer is damaged",
    "redirect_loop": "Redirects in a circle",
    "redirect_refused": "Redirect refused",
    "redirects_elsewhere": "Leads to another domain",
    "too_large": "Answer too large",
    "empty": "Page is empty",
    "parked": "Domain is for sale",
    "suspended": "Suspended by its hoster",
    "default_page": "Server's own page",
    "error_page": "Program's fault",
    "guarded": "Guarded: look yourself",
}
DAYS_LEFT: Json = {
    "decimals": 0,
    "thresholds": steps(VERMILLION, (0, ORANGE), (21, "text")),
    "color": {"mode": "thresholds"},
    # Else what isn't known had the colour of what has ended.
    "mappings": [
        {"type": "special", "options": {"match": "null", "result": {"text": UNKNOWN_CELL, "color": "text", "index": 0}}}
    ],
    "custom__cellOptions": {"type": "color-text"},
    "custom__align": "right",
    "noValue": UNKNOWN_CELL,
}
OF_SITE = {"title": "Visit ${__value.text}", "url": "${__value.raw}", "targetBlank": True}


def of_chosen(metric: str) -> str:
    """A website's metric, of the chosen offices alone."""
    return f'max by ({ROW}) ({metric}{{opd=~"$opd"}} and {ON_OFFICE} {STATE})'


def days_left() -> str:
    """How many days the chosen websites' certificates are still valid; below 0 where they have ended."""
    return f"({of_chosen('opd_website_tls_not_after_timestamp_seconds')} - time()) / 86400"


def websites() -> Json:
    """Every website, those that aren't active first."""
    address = f'group by ({ROW}, url) (opd_website_info{{opd=~"$opd"}} and {ON_OFFICE} {STATE})'
    reason = f'group by ({ROW}, reason) (opd_website_reason_info{{opd=~"$opd"}} and {ON_OFFICE} ({STATE} == 0))'
    since = f'max by ({ROW}) (ALERTS_FOR_STATE{{alertname="WebsiteDown",opd=~"$opd"}} and {ON_OFFICE} ({STATE} == 0))'
    return table(
        "Websites",
        "Every website, those that aren't active first, and why they aren't. `Since` is when Prometheus first saw it "
        "so. Where the monitor or its resolver is cut off, nothing is said of a website: it is unmeasured. A dash is "
        "not known, or there is none. Choose an office to see its links, an address to visit it.",
        [
            query(f"min by ({ROW}, name) ({STATE})", table=True),
            query(address, table=True),
            query(reason, table=True),
            query(f"1000 * {since}", table=True),
            query(of_chosen("opd_website_http_status_code"), table=True),
            query(of_chosen("opd_website_response_seconds"), table=True),
            query(f"floor({days_left()})", table=True),
        ],
        columns={
            "name": "Office",
            "opd": "",
            "url": "Address",
            "Value #A": "State",
            "reason": "Reason",
            "Value #D": "Since",
            "Value #E": "HTTP",
            "Value #F": "Took",
            "Value #G": "Certificate",
        },
        sort=("State", False),
        at=(0, 3, 24, 9),
        unit="none",
        no_value="Unknown: the monitor tells of no website",
        overrides=_of_websites(),
    )


def _of_websites() -> list[Json]:
    right = {"custom__align": "right", "noValue": UNKNOWN_CELL}
    return [
        override("Office", links=[office_link()], custom__minWidth=260),
        override("opd", displayName="Code", custom__width=135),
        override("Address", links=[OF_SITE], custom__width=265),
        override("State", **state_cell(WEBSITE_STATES, custom__width=105)),
        override("Reason", mappings=words(), custom__width=195, noValue=UNKNOWN_CELL),
        override("Since", unit="dateTimeFromNow", custom__width=115, custom__align="left", noValue=UNKNOWN_CELL),
        override("HTTP", decimals=0, custom__width=65, description="The last answer's status", **right),
        override("Took", unit="s", decimals=1, custom__width=85, description="How long the answer took", **right),
        override(
            "Certificate",
            description="Whole days until the certificate ends; below 0 it has ended",
            custom__width=100,
            **DAYS_LEFT,
        ),
    ]


def freshness() -> Json:
    """Every website, those that have published nothing for the longest first."""
    asked = f'group by ({ROW}, update_every) (opd_website_info{{opd=~"$opd"}} and {ON_OFFICE} {STATE})'
    found = of_chosen("opd_website_content_updated_timestamp_seconds")
    return table(
        "How fresh",
        "When the newest content was published, as far as it was found, against how often the inventory asks for it: "
        "late beyond one period, asleep beyond three. `Unknown`: no date was found. A dash is not known, or not asked.",
        [
            query(f"group by ({ROW}, name) ({STATE})", table=True),
            query(asked, table=True),
            query(f"max by ({ROW}) ({AGE})", table=True),
            query(_standing(), table=True),
            query(f"1000 * {found}", table=True),
        ],
        columns={
            "name": "Office",
            "opd": "",
            "Value #D": "Standing",
            "Value #E": "Published",
            "update_every": "Asked each",
            "Value #C": "Periods",
        },
        sort=("Periods", True),
        at=(0, 12, 16, 9),
        unit="none",
        no_value="Unknown: the monitor tells of no website",
        overrides=_of_freshness(),
    )


def _standing() -> str:
    """Each chosen website's number in STANDINGS."""
    unasked = f'opd_website_info{{update_every="",opd=~"$opd"}} and {ON_OFFICE} {STATE}'
    return (
        f"max by ({ROW}) ((({AGE} > bool 1) + ({AGE} > bool 3))"
        f" or {ON_OFFICE} 4 * group by ({ROW}) ({unasked})"
        f" or {ON_OFFICE} 3 * group by ({ROW}) ({STATE}))"
    )


def _of_freshness() -> list[Json]:
    return [
        override("Office", links=[office_link()], custom__minWidth=280),
        override("opd", displayName="Code", custom__width=135),
        override("Standing", **state_cell(STANDINGS, custom__width=100)),
        override("Published", unit="dateTimeFromNow", custom__width=125, custom__align="left", noValue=UNKNOWN_CELL),
        override("Asked each", custom__width=95, noValue=UNKNOWN_CELL),
        override(
            "Periods",
            decimals=1,
            description="Its age in the periods that it is asked for",
            custom__width=85,
            custom__align="right",
            noValue=UNKNOWN_CELL,
        ),
    ]


def certificates() -> Json:
    """The certificates that end soonest."""
    soonest = f"bottomk(20, {of_chosen('opd_website_tls_not_after_timestamp_seconds')})"
    return table(
        "Certificates that end soonest",
        "The twenty that end first, as the latest check saw them: whole days that are left, below 0 since when it has "
        "ended. From 21 days on there is time.",
        [
            query(f"floor(({soonest} - time()) / 86400)", table=True),
            query(f"1000 * {soonest}", table=True),
        ],
        columns={"opd": "", "Value #A": "Days left", "Value #B": "Ends"},
        sort=("Days left", False),
        at=(16, 12, 8, 9),
        unit="none",
        no_value="Unknown: no certificate was seen",
        overrides=[
            override("opd", displayName="Code", links=[office_link()]),
            override("Days left", custom__width=95, **DAYS_LEFT),
            override("Ends", unit="dateTimeAsIso", custom__width=165, custom__align="left", noValue=UNKNOWN_CELL),
        ],
    )


def words() -> list[Json]:
    """Why a website isn't active, in words."""
    options = {reason: {"text": text, "index": index} for index, (reason, text) in enumerate(REASONS.items())}
    return [{"type": "value", "options": options}]
