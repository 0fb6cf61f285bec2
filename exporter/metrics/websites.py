"""The series of the offices' websites."""

from __future__ import annotations

from exporter.metrics.series import Series, Told, gauge
from exporter.metrics.text import Family, Kind
from exporter.rhythm import PERIOD_SECONDS
from exporter.website import Activity, SiteStatus

WEBSITES: tuple[Series[SiteStatus], ...] = (
    Told(
        Family("opd_website_info", Kind.GAUGE, "An office's website; update_every is how often it is to be updated."),
        lambda s: {
            "url": s.website.url,
            "update_every": "" if s.website.update_every is None else s.website.update_every.value,
        },
        is_before=False,
    ),
    Told(
        Family("opd_website_reason_info", Kind.GAUGE, "Why the website isn't active, while it isn't."),
        lambda s: None if s.run is None or s.run.fault is None else {"reason": s.run.fault.value},
        is_before=False,
    ),
    gauge(
        "opd_website_up",
        "1 while the website is active, 0 while it isn't, by two checks that agree; absent while unmeasured.",
        lambda s: None if s.run is None else s.run.activity is Activity.ACTIVE,
    ),
    gauge(
        "opd_website_http_status_code",
        "The status of the last answer that the latest check had; absent without one.",
        lambda s: None if s.check is None else s.check.http_status,
    ),
    gauge(
        "opd_website_response_seconds",
        "How long the latest check took, until the last answer was read; absent without one.",
        lambda s: None if s.check is None else s.check.response_seconds,
    ),
    gauge(
        "opd_website_tls_not_after_timestamp_seconds",
        "When the certificate that the latest check saw is no longer valid.",
        lambda s: None if s.check is None else s.check.tls_not_after,
    ),
    gauge(
        "opd_website_content_updated_timestamp_seconds",
        "When the newest content that was found was published; where only its day is known, that day's end.",
        lambda s: None if s.look is None or s.look.newest is None else s.look.newest.counted_at,
    ),
    gauge(
        "opd_website_update_target_seconds",
        "How old the newest content may be to be on time; beyond three times that the website is asleep.",
        lambda s: None if s.website.update_every is None else PERIOD_SECONDS[s.website.update_every],
    ),
)
