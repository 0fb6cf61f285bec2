from __future__ import annotations

import sys
import urllib.request
from pathlib import Path

import pytest
from exporter_process import wait_until

from exporter.errors import TerpaduError
from exporter.lab import ports
from exporter.lab.monitored import MonitorProcess

SERVER = """\
import os, signal, socket, sys
signal.signal(signal.SIGTERM, lambda *_: os._exit(int(sys.argv[2])))
web = socket.socket(fileno=int(sys.argv[1].removeprefix("fd://")))
while True:
    with web.accept()[0] as asked:
        asked.recv(1000)
        asked.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\nhere")
"""


def monitor(folder: Path, status: int = 0) -> MonitorProcess:
    """A server that ends with a status when it is asked to."""
    with ports.listening_socket("127.0.0.1:0", "the test") as free:
        listen = ports.reachable(free)
    words = [sys.executable, "-c", SERVER]
    return MonitorProcess(lambda fd: [*words, fd, str(status)], listen, near=(), changes={}, log=folder / "log")


def answers(listen: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{listen}/", timeout=5) as answer:
            return bool(answer.read() == b"here")
    except OSError:
        return False


def test_it_answers_at_its_place_again_after_a_kill(tmp_path: Path) -> None:
    running = monitor(tmp_path)
    for _ in range(2):
        running.start()
        wait_until(lambda: answers(running.listen), "an answer")
        first = running.process
        assert first is not None
        running.kill()
        assert (running.process, first.returncode, answers(running.listen)) == (None, -9, False)
    running.kill()
    running.end()


def test_an_end_in_order_is_one_with_status_0(tmp_path: Path) -> None:
    running = monitor(tmp_path)
    running.start()
    wait_until(lambda: answers(running.listen), "an answer")
    running.end()
    assert running.process is None


def test_an_end_with_another_status_is_told(tmp_path: Path) -> None:
    running = monitor(tmp_path, status=1)
    running.start()
    wait_until(lambda: answers(running.listen), "an answer")
    with pytest.raises(TerpaduError, match=r"^the monitor has ended with status 1; its log says more: .*/log$"):
        running.end()
