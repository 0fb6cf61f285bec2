"""Browsers that have a page open, as little of them as a server sees: connections that read its stream of events.

    python -m benchmarks.watchers PORT COUNT PATH

It opens them one after the other, says how many there are then, counts until its standard input ends, and says what
came as a line of JSON. What the clients cost isn't the server's.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict, dataclass

_ANSWER_SECONDS = 30.0
_MOST_BYTES_AT_ONCE = 1 << 16
_LONGEST_NAME = 32  # of a line, enough to know an event by


@dataclass(slots=True)
class Heard:
    """What came to all of them; `ended` are streams that ended by themselves."""

    opened: int = 0
    ended: int = 0
    changes: int = 0
    reloads: int = 0
    received_bytes: int = 0


async def watch(port: int, count: int, path: str) -> Heard:
    """Keep so many streams open until the standard input ends; return what came."""
    heard, streams = Heard(), []
    for _ in range(count):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n\r\n".encode())
        async with asyncio.timeout(_ANSWER_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
        if head.startswith(b"HTTP/1.1 200 "):
            heard.opened += 1
            streams.append((asyncio.create_task(_count(reader, heard)), writer))
    sys.stdout.write(f"{heard.opened}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    for task, writer in streams:
        task.cancel()
        writer.close()
    return heard


async def _count(reader: asyncio.StreamReader, heard: Heard) -> None:
    begun = b""
    while piece := await reader.read(_MOST_BYTES_AT_ONCE):
        heard.received_bytes += len(piece)
        *lines, begun = (begun + piece).split(b"\n")
        begun = begun[:_LONGEST_NAME]
        heard.changes += lines.count(b"event: change")
        heard.reloads += lines.count(b"event: reload")
    heard.ended += 1


def main() -> None:
    """Watch a page as the arguments say."""
    port, count, path = sys.argv[1:]
    heard = asyncio.run(watch(int(port), int(count), path))
    sys.stdout.write(f"{json.dumps(asdict(heard))}\n")


if __name__ == "__main__":
    main()
