"""Answers of a monitor on its websites as the terminal client gets them, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

WIB = timezone(timedelta(hours=7))
NOW = datetime(2026, 2, 10, 15, 30, tzinfo=UTC).astimezone(WIB)
DAY = 86_400
Json = dict[str, object]


def make_site(
    office: str = "dinkes", *, age: int | None = 3 * DAY, cert: int | None = 60 * DAY, **changes: object
) -> Json:
    """Return one active website of `/api/v1/websites`.

    Its newest content is so many seconds old, its certificate ends so many seconds after NOW.
    """
    return {
        "office": office,
        "office_name": f"Kantor {office}",
        "district": "Ciruas",
        "url": f"https://{office}.kabserang.example/",
        "update_every": "week",
        "note": None,
        "activity": "active",
        "since": before(9_000),
        "reason": None,
        "checked": make_check(cert),
        "published": None if age is None else make_publication(age),
        "age_seconds": age,
        "standing": "unknown" if age is None else "on_time",
        "looked": {"at": before(600), "obstacle": None},
        **changes,
    }


def make_dead(office: str, fault: str, detail: str = "", *, ago: int = 7_200, **changes: object) -> Json:
    """Return a website that isn't active since so many seconds before NOW."""
    reason = {"fault": fault, "detail": detail}
    return make_site(office, **{"activity": "inactive", "since": before(ago), "reason": reason, **changes})  # type: ignore[arg-type]


def make_check(cert: int | None = 60 * DAY, status: int | None = 200, seconds: float | None = 0.42) -> Json:
    """Return the latest check of a website."""
    return {
        "at": before(60),
        "http_status": status,
        "response_seconds": seconds,
        "tls_not_after": None if cert is None else before(-cert),
        "addresses": [],
    }


def make_publication(age: int, *, day_only: bool = False) -> Json:
    """Return what a website published so many seconds before NOW."""
    return {"at": before(age), "day_only": day_only, "source": "feed", "address": None}


def make_websites(*sites: Json, name: str = "Kabupaten Uji") -> Json:
    """Return the document of `/api/v1/websites`."""
    return {"organisation": name, "timezone": "Asia/Jakarta", "time": NOW.isoformat(), "websites": list(sites)}


def before(seconds: int) -> str:
    """Return the instant so many seconds before NOW as the API writes it."""
    return (NOW - timedelta(seconds=seconds)).isoformat()
