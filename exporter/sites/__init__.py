"""Visits of the offices' websites, in a process of their own: pages come from strangers.

`checking` says whether a page is there for its readers, `looking` searches for what was published last.
"""
