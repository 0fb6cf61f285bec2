"""When was a website's content last published? Judged from documents of it, without any I/O.

`plan` says which document to ask for next, `judge` finds the dates in those that came and keeps the credible ones.
"""
