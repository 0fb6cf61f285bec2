"""`terpadu status --websites`: every website of a running monitor as a table.

`document` understands the API's answer, `wording` turns values into words, `layout` fits them to a width.
"""
