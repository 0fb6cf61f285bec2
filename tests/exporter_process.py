"""The exporter as its users start it: a process of its own, its socket passed as `fd://N`, its log kept."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from prometheus_client.parser import text_string_to_metric_families

PATIENCE_SECONDS = 45.0
Labels = dict[str, str]
ONE_OFFICE = """\
organisation: {name: "Kabupaten Uji", timezone: Asia/Jakarta}
defaults:
  icmp: {down_after: 3, up_after: 3, timeout: 1s}
providers:
  isp: {name: "PT Penyedia", availability: 99.5%}
offices:
  - code: dinkes
    name: "Dinas Kesehatan"
    district: Ciruas
    links:
      - {name: primary, address: 198.18.10.1, provider: isp, contract: {download: 100Mbps, upload: 100Mbps}}
"""
"""A district whose only link is on the lab's network, judged soon; more offices may follow."""


def wait_until(claim: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Return as soon as the claim holds; AssertionError says what didn't come."""
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.05)


def terpadu(
    *arguments: object,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    prefix: Sequence[str] = (),
    pass_fds: Sequence[int] = (),
) -> subprocess.CompletedProcess[str]:
    """Run one command of `terpadu` to its end; `prefix` are words that run it elsewhere."""
    return subprocess.run(
        [*prefix, sys.executable, "-m", "exporter", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        pass_fds=pass_fds,
    )


class ExporterProcess:
    """`terpadu run` in a folder; the inventory is that folder's inventory.yaml, and so is its ledger.

    `arguments` are further ones of `run`, `prefix` are words that run it elsewhere, `pass_fds` are open for it too.
    """

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
        pass_fds: Sequence[int] = (),
    ) -> None:
        self.folder = folder
        self._words = [*prefix, sys.executable, "-m", "exporter", "run", *arguments]
        self.log = folder / "exporter.log"
        self._environment = {**os.environ, **(environment or {})}
        self._pass_fds = pass_fds
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start it, and return once it answers."""
        with socket.socket() as listener, self.log.open("ab") as log:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            self.address = f"127.0.0.1:{listener.getsockname()[1]}"
            self._process = subprocess.Popen(
                [*self._words, "--listen", f"fd://{listener.fileno()}"],
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[listener.fileno(), *self._pass_fds],
            )
        wait_until(self.is_ready, "the exporter is ready")
        return self

    def is_ready(self) -> bool:
        """Return whether it says so; AssertionError with its log where it has ended."""
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text()
        try:
            return self.get("/-/ready") == "ready\n"
        except (OSError, http.client.HTTPException):
            return False

    def get(self, path: str) -> str:
        """Return what it answers."""
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=10) as response:
            return str(response.read().decode())

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self) -> int:
        """Return its exit status once it has ended."""
        assert self._process is not None
        return self._process.wait(timeout=20)

    def metric(self, name: str, **labels: str) -> float | None:
        """Return one sample's value, None where there is no such series."""
        found = [
            sample.value
            for family in text_string_to_metric_families(self.get("/metrics"))
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]
        assert len(found) < 2, f"{name}{labels} has {len(found)} series"
        return found[0] if found else None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
