"""Who is paged in the demo: a webhook receiver that turns each of Alertmanager's messages into a line."""

from __future__ import annotations

import json
import queue
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self

from exporter.lab import ports

PORT = 9878
_LARGEST = 1 << 20


class Pages:
    """Receives pages on 127.0.0.1 from entering to leaving the context; port 0 takes any that is free."""

    def __init__(self, port: int = PORT) -> None:
        self._port = port
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        try:
            self._server = _Server(("127.0.0.1", self._port), _handler(self._lines))
        except OSError as error:
            raise ports.trouble(f"127.0.0.1:{self._port}", "the receiver of pages", error) from error
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def next(self, patience_seconds: float) -> str | None:
        """Return the next page's line, or None where none comes in time."""
        try:
            return self._lines.get(timeout=patience_seconds)
        except queue.Empty:
            return None


def lines(message: Any) -> list[str]:
    """Return a line for each alert of a webhook's message (version 4); KeyError, TypeError where it is none."""
    return [_line(alert) for alert in message["alerts"]]


def _line(alert: Any) -> str:
    labels, annotations = alert["labels"], alert.get("annotations", {})
    subject = "/".join(labels[name] for name in ("opd", "link") if name in labels)
    subject = subject or labels.get("node") or labels.get("provider", "")
    summary = annotations.get("summary_en") or annotations.get("summary") or ""
    words = (alert["status"].upper(), labels.get("severity", ""), labels["alertname"], subject, summary)
    return " ".join(" ".join(word for word in words if word).split())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def _handler(found: queue.SimpleQueue[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_POST(self) -> None:
            if self.path != "/":  # the dead man's switch, which is heard elsewhere
                self._take()
                return
            try:
                length = min(int(self.headers.get("Content-Length", "0")), _LARGEST)
                for line in lines(json.loads(self.rfile.read(length))):
                    found.put(line)
            except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
                self.send_error(400)
                return
            self._take()

        def _take(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
            """Say nothing: the demo prints the pages themselves."""

    return Handler
