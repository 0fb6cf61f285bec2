"""Real servers for the tests, with the product's own configuration, on loopback: Prometheus, Alertmanager, a webhook.

Without overrides each file is the product's, byte for byte, but for the addresses. Start them from the test's own
thread: a server ends with the thread that started it.
"""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Self

import yaml

from exporter.lab import packages, processes

ROOT = Path(__file__).resolve().parents[2]
RULES = sorted((ROOT / "prometheus" / "rules").glob("*.yml"))


def rules_of(files: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield each rule of some files."""
    for path in files:
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            yield from group["rules"]


ALERTS: dict[str, dict[str, Any]] = {rule["alert"]: rule for rule in rules_of(RULES) if "alert" in rule}
"""The product's alerts by name, as the rules have them."""

WEBHOOK = "http://127.0.0.1:9878/"
"""The receiver of the product's configuration."""

_READY_SECONDS = 30.0
_POLL_SECONDS = 0.05


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(claim: Callable[[], bool], seconds: float, what: str) -> None:
    """Return as soon as the claim holds; AssertionError names what didn't come in time."""
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(_POLL_SECONDS)


def request(address: str, path: str, body: object = None) -> Any:
    """GET a path, or POST a JSON body to it; return the answer's JSON, or its text where it is none."""
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        if body is None:
            connection.request("GET", path)
        else:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read().decode()
    finally:
        connection.close()
    assert response.status == http.HTTPStatus.OK, f"{address}{path}: {response.status} {text}"
    return json.loads(text) if "json" in response.headers.get("Content-Type", "") else text


@dataclass(frozen=True)
class Server:
    """A server that runs: where it listens, and what it wrote."""

    process: subprocess.Popen[bytes]
    address: str
    log: Path

    def get(self, path: str) -> Any:
        return request(self.address, path)

    def post(self, path: str, body: object) -> Any:
        return request(self.address, path, body)

    def stop(self) -> None:
        processes.end(self.process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
        try:
            return bool(self.get("/-/ready"))
        except (OSError, http.client.HTTPException, AssertionError):
            return False


def start_prometheus(  # noqa: PLR0913  -- each is one way in which a test's Prometheus differs from the product's
    folder: Path,
    *,
    scrape: Sequence[str],
    alertmanager: str | None = None,
    port: int | None = None,
    interval: str | None = None,
    held: Mapping[str, str] | None = None,
    groups_interval: str | None = None,
) -> Server:
    """Start Prometheus in a new folder and return it once it is ready.

    `scrape` and `alertmanager` are HOST:PORT. `interval` takes the place of the scrape and evaluation interval,
    `groups_interval` of the intervals that groups of rules have of their own, and `held` has other ranges for those of
    the rules that hold an alert beyond its outage's end: {"1m": "2s"}.
    """
    shutil.copytree(ROOT / "prometheus", folder)
    targets = folder / "targets"
    (targets / "terpadu.yml").write_text(yaml.safe_dump([{"targets": list(scrape)}]), encoding="utf-8")
    (targets / "alertmanager.yml").write_text(
        yaml.safe_dump([{"targets": [alertmanager] if alertmanager else []}]), encoding="utf-8"
    )
    if interval is not None:
        with _edited(folder / "prometheus.yml") as configuration:
            for key in ("scrape_interval", "scrape_timeout", "evaluation_interval"):
                configuration["global"][key] = interval
    outages = folder / "rules" / "outages.yml"
    rules = outages.read_text(encoding="utf-8")
    for shipped, short in (held or {}).items():
        assert f"[{shipped}]" in rules
        rules = rules.replace(f"[{shipped}]", f"[{short}]")
    outages.write_text(rules, encoding="utf-8")
    for path in (folder / "rules").glob("*.yml") if groups_interval is not None else ():
        with _edited(path) as content:
            for group in content["groups"]:
                if "interval" in group:
                    group["interval"] = groups_interval
    port = port or free_port()
    return start(
        [
            *packages.command("prometheus"),
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
        ],
        port,
        folder / "prometheus.log",
    )


def start_alertmanager(
    folder: Path,
    *,
    webhook: str | None = None,
    port: int | None = None,
    timers: Mapping[str, str] | None = None,
) -> Server:
    """Start Alertmanager in a new folder and return it once it is ready.

    `webhook` is a URL that ends in a slash. `timers` (group_wait, group_interval, repeat_interval) take the place of
    those of every route.
    """
    shutil.copytree(ROOT / "alertmanager", folder)
    if webhook or timers:
        with _edited(folder / "alertmanager.yml") as configuration:
            for route in _routes(configuration["route"]) if timers else ():
                route.update(timers or {})
            for receiver in configuration["receivers"] if webhook else ():
                for hook in receiver.get("webhook_configs", []):
                    hook["url"] = webhook + hook["url"].removeprefix(WEBHOOK)
    port = port or free_port()
    return start(
        [
            *packages.command("alertmanager"),
            f"--config.file={folder / 'alertmanager.yml'}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ],
        port,
        folder / "alertmanager.log",
    )


def _routes(route: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a route and all below it."""
    yield route
    for below in route.get("routes", []):
        yield from _routes(below)


class _Listener:
    """An HTTP server of the test's own, answering in a thread until it is stopped."""

    def __init__(self, handler: type[BaseHTTPRequestHandler], port: int) -> None:
        self._server = HTTPServer(("127.0.0.1", port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,))
        self._thread.start()
        self.address = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.address}/"

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _QuietHandler(BaseHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base class's name
        pass


class Webhook(_Listener):
    """A receiver of Alertmanager's messages, which keeps each payload in the order of arrival.

    What comes to another path than `/`, as for a dead man's switch, is kept apart, by its path.
    """

    def __init__(self, port: int = 0) -> None:
        payloads: list[dict[str, Any]] = []
        elsewhere: list[str] = []

        class Handler(_QuietHandler):
            def do_POST(self) -> None:
                payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path == "/":
                    payloads.append(payload)
                else:
                    elsewhere.append(self.path)
                self.send_response(http.HTTPStatus.OK)
                self.end_headers()

        self.payloads = payloads
        self.elsewhere = elsewhere
        super().__init__(Handler, port)

    def alerts(self) -> list[tuple[str, str, str]]:
        """Return (status, alert, office or provider) of every alert in every message so far."""
        return [
            (alert["status"], labels["alertname"], labels.get("opd", labels.get("provider", "")))
            for payload in list(self.payloads)
            for alert in payload["alerts"]
            for labels in [alert["labels"]]
        ]


class MetricsPage(_Listener):
    """A stand-in for the exporter: serves the text that it was given last, at every path."""

    def __init__(self, text: str, port: int = 0) -> None:
        self.text = text
        page = self

        class Handler(_QuietHandler):
            def do_GET(self) -> None:
                self.send_response(http.HTTPStatus.OK)
                self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                self.end_headers()
                self.wfile.write(page.text.encode())

        super().__init__(Handler, port)


def start(words: Sequence[str], port: int, log: Path) -> Server:
    """Start a server that will answer on a port of 127.0.0.1, and return it once it says that it is ready."""
    with log.open("wb") as output:
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    server = Server(process, f"127.0.0.1:{port}", log)
    try:
        wait_until(server.is_ready, _READY_SECONDS, f"{log.stem} is ready")
    except BaseException:
        server.stop()
        raise
    return server


@contextmanager
def _edited(path: Path) -> Iterator[dict[str, Any]]:
    """Give a YAML file's content to be changed, and write it back."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    yield content
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000), encoding="utf-8")
