"""Log events, one a line: as text for people, or as JSON for what collects them.

An event is its name and `key=value` fields, as the loggers of the package write them; `text` is the last where
there is one, and free: it may hold what looks like a field.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime

TEXT = "time=%(asctime)s level=%(levelname)s event=%(message)s"
_TEXT_FIELD = " text="
_FIELD = re.compile(r"(?:^|\s)([a-z_]+)=")


class JsonFormatter(logging.Formatter):
    """Writes `time` (RFC 3339, UTC), `level`, `event`, the event's fields as texts, and what was raised."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one line."""
        event, _, rest = record.getMessage().partition(" ")
        document = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": event,
        }
        rest, has_text, text = f" {rest}".partition(_TEXT_FIELD)
        names = list(_FIELD.finditer(rest))
        if words := rest[: names[0].start() if names else None].strip():
            document["message"] = words
        for number, name in enumerate(names):
            until = names[number + 1].start() if number + 1 < len(names) else None
            document.setdefault(name[1], rest[name.end() : until])
        if has_text:
            document["text"] = text
        if record.exc_info:
            document["exception"] = self.formatException(record.exc_info)
        return json.dumps(document, ensure_ascii=False)


def configure(log_format: str) -> None:
    """Write events to standard error as `text` or `json`."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if log_format == "json" else logging.Formatter(TEXT))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
