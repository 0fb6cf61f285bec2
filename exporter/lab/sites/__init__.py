"""The lab's websites: those of the inventory's offices, served in the far namespace, in all that goes well and wrong.

`plan` says which website is in which condition, and what is true of it then. The server, `serving`, is a process of its
own; `process` starts it and tells it what changes.
"""
