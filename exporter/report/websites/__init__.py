"""The evaluation of the offices' websites: which are active and kept up to date, and the reason where one isn't.

`evaluation` judges one website's month, `reckoning` reads all of them from the ledger; `document` makes sentences of
that and `listing` tables, in the `words` of two languages; `forms` are the files.
"""
