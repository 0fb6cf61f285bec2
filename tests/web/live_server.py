"""A page of a few regions with the product's script, and a stream of events that a test says one by one."""

from __future__ import annotations

import http.server
import json
import queue
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from urllib.parse import parse_qs, urlsplit

SCRIPT = (resources.files("exporter.web") / "static" / "terpadu.js").read_bytes()
PAGE = """<!doctype html>
<html lang="id" data-version="frame.1" data-stream="/live?path=%2F"><head><meta charset="utf-8"><title>Uji</title>
<script src="/terpadu.js" defer></script></head><body>
<p data-connection data-live-text="langsung" data-lost="terputus sejak {time}"></p>
<div data-live="row"><a href="/offices/dinkes">Dinkes</a> <span data-condition="up">Tersambung</span></div>
<div data-live="more"><details data-key="d"><summary>Semua</summary><p>satu</p></details></div>
<div data-live="words"><p>Teks yang dipilih orang</p></div>
<div data-live="spoken" data-announce>semua tersambung</div>
<input>
</body></html>"""
DOWN = '<a href="/offices/dinkes">Dinkes</a> <span data-condition="down">Putus</span>'
_END = None


class LiveServer(http.server.ThreadingHTTPServer):
    """Serves the page; what is told goes to the latest stream that was opened."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.home = f"http://127.0.0.1:{self.server_port}"
        self.page = PAGE
        self.pages = 0
        self.opened: queue.Queue[dict[str, list[str]]] = queue.Queue()
        self.refuses = False
        self.said: queue.Queue[bytes | None] = queue.Queue()

    def change(self, number: int = 2, **regions: str) -> None:
        """Tell that regions have changed."""
        self._tell("change", f"frame.{number}", regions)

    def reload(self) -> None:
        """Tell that the page is another by now."""
        self._tell("reload", "", {})

    def end_stream(self) -> None:
        """End the stream that is open."""
        self.said.put(_END)

    def next_stream(self) -> Mapping[str, list[str]]:
        """Return the query of the next stream that is opened, or was since the last one."""
        return self.opened.get(timeout=10)

    def _tell(self, event: str, number: str, data: Mapping[str, str]) -> None:
        head = f"event: {event}\n" + (f"id: {number}\n" if number else "")
        self.said.put(f"{head}data: {json.dumps(data)}\n\n".encode())


class _Handler(http.server.BaseHTTPRequestHandler):
    server: LiveServer

    def do_GET(self) -> None:
        path = urlsplit(self.path)
        if path.path == "/live":
            self._stream(parse_qs(path.query))
            return
        self.server.pages += path.path == "/"
        kind, body = (
            ("text/javascript", SCRIPT) if path.path == "/terpadu.js" else ("text/html", self.server.page.encode())
        )
        self._head(200, kind)
        self.wfile.write(body)

    def _stream(self, query: dict[str, list[str]]) -> None:
        if self.server.refuses:
            self._head(503, "text/plain")
            return
        self._head(200, "text/event-stream")
        self.wfile.write(b"retry: 50\n\n")
        self.server.said = said = queue.Queue()
        self.server.opened.put(query)
        while (event := said.get()) is not _END:
            self.wfile.write(event)

    def _head(self, status: int, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def live_server() -> Iterator[LiveServer]:
    """Serve until the context is left."""
    with LiveServer() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.end_stream()
        server.shutdown()
        thread.join()
