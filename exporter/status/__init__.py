"""`terpadu status`: every link of a running monitor as a table for the terminal, read from its API.

`asking` fetches, `document` understands, `wording` and `strip` turn values into words and cells, `layout` fits them to
a width, `command` shows the result once or again and again.
"""

from exporter.status.command import StatusOptions, run

__all__ = ["StatusOptions", "run"]
