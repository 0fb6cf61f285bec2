"""What the playings found, for the table at their end."""

from __future__ import annotations

FACTS: dict[str, object] = {}
"""The findings by what they are of, in the order in which they were made."""
