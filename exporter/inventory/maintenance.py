"""`maintenance`: windows of announced work, in the organisation's local time."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from exporter.inventory import scalars
from exporter.inventory.fields import Value, list_of, parsed
from exporter.inventory.names import Names
from exporter.model import Maintenance

KEYS = ("start", "end", "scope", "recorded", "reason", "approved_by")
_STAND_IN = datetime(1970, 1, 1, tzinfo=UTC)


def windows(value: Value, names: Names, zone: ZoneInfo) -> tuple[Maintenance, ...]:
    """Read the windows in the order of the file; their instants are UTC."""
    moment = parsed(scalars.moment(zone))

    def scope(value: Value) -> tuple[str, ...]:
        value.some_items()
        return list_of(parsed(names.scope))(value)

    def window(value: Value) -> Maintenance:
        own = value.section(KEYS)
        starts_at = own.need("start", moment, _STAND_IN)
        ends_at = own.need("end", moment, _STAND_IN)
        if _STAND_IN not in {starts_at, ends_at} and ends_at <= starts_at:
            own.refuse("end", "the window ends before it starts, or as it does")
        return Maintenance(
            starts_at=starts_at,
            ends_at=ends_at,
            scope=own.need("scope", scope, ()),
            reason=own.need("reason", Value.text, ""),
            recorded_at=own.get("recorded", moment, None),
            approved_by=own.get("approved_by", Value.text, None),
        )

    return list_of(window)(value)
