"""A process in place of the one that visits websites; how it behaves is its first argument.

It appends its arguments and each line of orders to the file that is its second argument.
"""

from __future__ import annotations

import json
import sys

BEHAVIOUR, FILE = sys.argv[1:3]


def note(what: object) -> None:
    with open(FILE, "a", encoding="utf-8") as file:  # noqa: PTH123 -- as plain as can be
        file.write(json.dumps(what) + "\n")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


note(sys.argv[3:])
for line in sys.stdin:
    note(json.loads(line))
    if BEHAVIOUR == "answers":
        for order in json.loads(line):
            say(json.dumps({"office": order["office"], "bug": "heard"}))
    elif BEHAVIOUR == "dies":
        sys.stderr.write("Killed by a page\n")
        sys.exit(3)
    elif BEHAVIOUR == "babbles":
        say("what?")
    elif BEHAVIOUR == "endless":
        say("x" * 2**20 * 17)
