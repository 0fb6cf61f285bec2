"""A process in place of the one that visits websites; how it behaves is its first argument.

It appends its arguments and each line of orders to the file that is its second argument.
"""

from __future__ import annotations

import json
import sys
import time

BEHAVIOUR, FILE = sys.argv[1:3]


def note(what: object) -> None:
    with open(FILE, "a", encoding="utf-8") as file:  # noqa: PTH123 -- as plain as can be
        file.write(json.dumps(what) + "\n")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


note(sys.argv[3:])
for line in sys.stdin:
    order = json.loads(line)
    note(order)
    if BEHAVIOUR == "answers":
        if order:
            say(json.dumps({"office": order["office"], "bug": "heard"}))
    elif BEHAVIOUR == "dies":
        sys.stderr.write("Killed by a page\n")
        sys.exit(3)
    elif BEHAVIOUR == "babbles":
        say("what?")
    elif BEHAVIOUR == "nests":
        say("[" * 100_000)
    elif BEHAVIOUR == "mutters":
        sys.stderr.write("x" * 200_000)
        sys.stderr.flush()
        sys.exit(3)
    elif BEHAVIOUR == "hangs":
        time.sleep(60)
    elif BEHAVIOUR == "endless":
        say("x" * 2**20 * 17)
