"""The services of the compose files as they run: asked, killed and looked into."""

from __future__ import annotations

import http.client
import json
import os
import shlex
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine import Engine, said
from exporter_process import wait_until
from prometheus_client.parser import text_string_to_metric_families

from exporter.lab import packages

SERVICES = ("exporter", "prometheus", "alertmanager", "grafana")
PORTS = {"exporter": 9877, "prometheus": 9090, "alertmanager": 9093, "grafana": 3000}
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_NOT_THERE = (OSError, http.client.HTTPException)


class Stack:
    """A project of docker-compose: some files laid over each other, and what .env would say."""

    def __init__(
        self, engine: Engine, files: Sequence[Path], settings: Mapping[str, str] | None = None, project: str = "terpadu"
    ) -> None:
        self._engine = engine
        laid = [word for file in files for word in ("--file", str(file))]
        self._project = project
        self._words = [*packages.command("docker-compose"), "--project-name", project, *laid]
        self._settings = dict(settings or {})

    def compose(self, *words: str, seconds: float = 240) -> str:
        """Return what a command of docker-compose says."""
        return said([*self._words, *words], {**self._engine.environment, **self._settings}, seconds)

    def shell(self, line: str, folder: Path) -> str:
        """Return what a line of the documents says, typed in a folder: `docker-compose` in it is this project's."""
        words = ["bash", "-euo", "pipefail", "-c", f'docker-compose() {{ {shlex.join(self._words)} "$@"; }}\n{line}']
        done = subprocess.run(
            words,
            cwd=folder,
            env={**self._engine.environment, **self._settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{line}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    def up(self) -> None:
        """Start all services, and return once each is healthy."""
        self.compose("up", "--detach", "--no-build")
        self.await_health()

    def await_health(self) -> None:
        """Return once each service is healthy; AssertionError with its last words where one isn't."""
        for service in SERVICES:
            try:
                wait_until(lambda service=service: self.health(service) == "healthy", service, seconds=120)
            except AssertionError:
                words = self.compose("logs", "--tail", "30", service)
                raise AssertionError(f"{service} is {self.health(service)}:\n{words}") from None

    def tell_what_was_said(self) -> None:
        """Write the services' last words out, which pytest shows where a test has failed."""
        sys.stdout.write(self.compose("logs", "--no-color", "--tail", "60"))

    def health(self, service: str) -> str:
        """Return what the engine says of a service's health."""
        return str(self.container(service)["State"]["Health"]["Status"])

    def container(self, service: str) -> dict[str, Any]:
        """Return what the engine knows of a service's container."""
        (known,) = json.loads(self._engine.docker("inspect", self._number(service)))
        return dict(known)

    def pid(self, service: str) -> int:
        """Return the id of a service's first process, as this machine sees it."""
        return int(self.container(service)["State"]["Pid"])

    def kill(self, service: str) -> None:
        """Kill a service's first process as a fault would, and return once another one runs in its place."""
        before = self.pid(service)
        os.kill(before, signal.SIGKILL)  # `docker kill` would be a person's wish, and suppress the restart
        wait_until(lambda: self.pid(service) not in (0, before), f"{service} is started again", seconds=60)

    def within(self, service: str, *words: str, user: str = "") -> subprocess.CompletedProcess[str]:
        """Return what became of a command in a service's container."""
        who = ["--user", user] if user else []
        return subprocess.run(
            ["docker", "exec", *who, self._number(service), *words],
            env=self._engine.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def _number(self, service: str) -> str:
        labels = [f"label=com.docker.compose.{key}" for key in (f"project={self._project}", f"service={service}")]
        filters = [word for label in labels for word in ("--filter", label)]
        (number,) = self._engine.docker("ps", "--all", "--quiet", *filters).split()
        return number

    def query(self, expression: str, at: float | None = None) -> list[dict[str, Any]]:
        """Return the series that Prometheus finds; none while it doesn't answer."""
        asked = {"query": expression, **({} if at is None else {"time": str(at)})}
        read = document("prometheus", f"/api/v1/query?{urllib.parse.urlencode(asked)}")
        return [] if read is None else list(read["data"]["result"])

    def is_so(self, expression: str) -> bool:
        """Return whether Prometheus finds any series."""
        return bool(self.query(expression))

    def seconds(self) -> dict[tuple[str, str], float]:
        """Return the settled seconds of each link and state, by the exporter; none while it doesn't answer."""
        page = text("exporter", "/metrics")
        return {
            (f"{sample.labels['opd']}/{sample.labels['link']}", sample.labels["state"]): sample.value
            for family in text_string_to_metric_families(page or "")
            for sample in family.samples
            if sample.name == "opd_link_state_seconds_total"
        }


def text(service: str, path: str) -> str | None:
    """Return what a service answers on its published port, None where it doesn't."""
    try:
        with _DIRECT.open(f"http://127.0.0.1:{PORTS[service]}{path}", timeout=5) as response:
            return str(response.read().decode())
    except _NOT_THERE:
        return None


def status(service: str, path: str) -> int:
    """Return the status of a service's answer."""
    try:
        with _DIRECT.open(f"http://127.0.0.1:{PORTS[service]}{path}", timeout=5) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def document(service: str, path: str) -> Any:
    """Return the JSON that a service answers, None where it doesn't."""
    body = text(service, path)
    return None if body is None else json.loads(body)
