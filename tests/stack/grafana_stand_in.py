#!/usr/bin/env python3
"""What stands in for Grafana: it looks at what Grafana would read, and answers /api/health while all of it is there.

It loads no dashboard, and asks the datasources how they are and nothing else: whether Grafana itself takes the files
isn't shown by it.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml

PORT = 3000
FOLDERS = ("/", "/usr/share/grafana", "/tmp", "/var/lib/grafana")  # noqa: S108 -- of the container
HOME = Path("/etc/grafana/provisioning")


def variables_put_in(text: str) -> str:
    """Return a value as Grafana expands it, which takes $NAME and ${NAME} from the environment."""
    return re.sub(r"\$(\w+)|\$\{(\w+)\}", lambda found: os.environ[found[1] or found[2]], text)


def documents(kind: str) -> list[dict[str, Any]]:
    """Return the provisioning files of a kind."""
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted((HOME / kind).glob("*.y*ml"))]


def datasources() -> dict[str, str]:
    """Return the address of each datasource."""
    return {
        source["name"]: variables_put_in(source["url"])
        for document in documents("datasources")
        for source in document["datasources"]
    }


def dashboards() -> dict[str, str]:
    """Return the title of each dashboard by its uid, from the folders that are provided."""
    found = {}
    for document in documents("dashboards"):
        for provider in document["providers"]:
            for path in sorted(Path(provider["options"]["path"]).glob("*.json")):
                read = json.loads(path.read_text(encoding="utf-8"))
                found[read["uid"]] = read["title"]
    return found


def is_writable(folder: str) -> bool:
    """Return whether a file can be made in a folder."""
    try:
        Path(folder, "stand-in").write_text("", encoding="ascii")
    except OSError:
        return False
    return True


def answers(url: str) -> bool:
    """Return whether a server says that it is well."""
    with urllib.request.urlopen(f"{url}/-/healthy", timeout=3) as response:  # noqa: S310 -- of the compose file
        return response.status == 200


def seen() -> dict[str, Any]:
    """Return what is there; an exception says what isn't."""
    found = {"datasources": datasources(), "dashboards": dashboards()}
    if not found["datasources"] or not found["dashboards"]:
        raise LookupError(f"nothing is provided: {found}")
    if not os.environ.get("GF_SECURITY_ADMIN_PASSWORD"):
        raise LookupError("no password is set")
    found["writable"] = [folder for folder in FOLDERS if is_writable(folder)]
    found["answering"] = [name for name, url in found["datasources"].items() if answers(url)]
    return found


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    def do_GET(self) -> None:
        """Answer /api/health as Grafana does, and /stand-in with what was seen."""
        try:
            body = seen() if self.path == "/stand-in" else {"database": "ok", "version": "stand-in", "seen": seen()}
        except Exception as error:  # noqa: BLE001 -- it is told
            self._answer(503, {"error": repr(error)})
        else:
            self._answer(200, body)

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *words: object) -> None:  # noqa: A002 -- the library's name
        """Say nothing."""


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # a container's first process hears only what it asks for
    sys.stderr.write("this is no Grafana, but what stands in for it\n")
    ThreadingHTTPServer(("", PORT), Handler).serve_forever()
