"""The report on costs: who pays what, for how much, and what is used of it.

`reckoning` joins contracts with the ledger's means, `document` makes sentences of that and `listing` makes tables;
`forms` are the files.
"""
