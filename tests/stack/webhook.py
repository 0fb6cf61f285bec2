"""Who is paged: a receiver on the machine that runs the containers, where alertmanager/compose.yml looks for it."""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

PORT = 9878


class Webhook:
    """Receives pages from entering to leaving the context."""

    def __init__(self) -> None:
        self.alerts: list[tuple[float, dict[str, Any]]] = []

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("", PORT), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def heard(self, status: str, **labels: str) -> list[float]:
        """Return when alerts of a status and of labels came, in seconds since the epoch."""
        return [
            at
            for at, alert in list(self.alerts)
            if alert["status"] == status and labels.items() <= alert["labels"].items()
        ]


def _handler(webhook: Webhook) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/":
                webhook.alerts.extend((time.time(), alert) for alert in message["alerts"])
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the library's name
            """Say nothing."""

    return Handler
