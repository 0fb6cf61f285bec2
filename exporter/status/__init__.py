"""`terpadu status`: every link or website of a running monitor as a table for the terminal, read from its API.

`asking` fetches, `reading` and `document` understand, `wording` and `strip` turn values into words and cells, `layout`
fits them to a width by `table` and `page`, `subjects` names what can be shown and `command` shows it, once or again and
again. `websites` has its own document, wording and layout.
"""

from exporter.status.command import StatusOptions, run

__all__ = ["StatusOptions", "run"]
