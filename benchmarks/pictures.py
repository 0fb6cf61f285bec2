"""Pictures of the status page by a real browser: a quiet day, a provider's outage, the monitor cut off.

    python -m benchmarks.pictures FOLDER [--scene quiet,provider,isolated] [--language id|en]

The sample district is in the lab with its routers and websites, the monitor on it; `season` is what went before. Each
scene is taken by phone and at a desk, in light and dark, as PNG files named SCENE-PAGE-SCREEN-SCHEME.png. It takes some
five minutes. A desk's pages are set in Inter, as Debian's Chromium has no font of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import season
from exporter import inventory
from exporter.errors import TerpaduError
from exporter.lab import chromium, namespace
from exporter.lab.network import Network, private_namespace
from exporter.lab.processes import dying_with_parent, end, start
from exporter.lab.sites.plan import demo_assignment

ROOT = Path(__file__).parents[1]
CIRCUMSTANCES: Mapping[str, Mapping[str, Any]] = {
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
    "desktop": {"viewport": {"width": 1366, "height": 900}, "device_scale_factor": 1.5},
    "wall": {"viewport": {"width": 1920, "height": 1080}, "device_scale_factor": 1},
}
_OPTIONS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--hide-scrollbars")
_FONT = """\
<match target="pattern"><test name="family"><string>{family}</string></test>
<edit name="family" mode="prepend" binding="strong"><string>Inter</string></edit></match>
"""
_FONTS = """\
<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<include ignore_missing="yes">/etc/fonts/fonts.conf</include>
{fonts}</fontconfig>
"""
_COMMUNITY = {"SNMP_COMMUNITY": "gambar"}
_OUTAGE_PROVIDER, _BROKEN_OFFICE, _OFFICE = "gelombang-contoh", "kec-anyar", "disdukcapil"

_PATIENCE_SECONDS = 240.0
_OLD_ENOUGH_SECONDS = 75.0


@dataclass(frozen=True, slots=True)
class Scene:
    """What is wrong, as the lab is told, when it is to be seen, and which pages show it."""

    wrong: str | None
    is_seen: Callable[[Mapping[str, Any]], bool]
    pages: Mapping[str, str]


def _all_up(said: Mapping[str, Any]) -> bool:
    return said["monitor"]["isolated"] is False and all(link["state"] != "down" for link in said["links"])


def _provider_down(said: Mapping[str, Any]) -> bool:
    return all(
        link["outage_open"] and link["explained"] for link in said["links"] if link["provider"] == _OUTAGE_PROVIDER
    )


def _isolated(said: Mapping[str, Any]) -> bool:
    return said["monitor"]["isolated"] is True


SCENES = {
    "quiet": Scene(
        None, _all_up, {"district": "/", "office": f"/offices/{_OFFICE}", "outages": "/outages", "public": "/?public=1"}
    ),
    "provider": Scene(
        _OUTAGE_PROVIDER,
        _provider_down,
        {"district": "/", "office": f"/offices/{_BROKEN_OFFICE}", "outage": "", "public": "/?public=1"},
    ),
    "isolated": Scene("monitor", _isolated, {"district": "/"}),
}


class Monitor:
    """`terpadu run` on the sample district, a season old."""

    def __init__(self, address: str) -> None:
        self.address = address

    def links(self) -> dict[str, Any]:
        """Return what it says of the links."""
        return dict(json.loads(self.asked("/api/v1/links")))

    def newest_outage(self) -> str:
        """Return the path of the page of the outage of the office whose page is shown."""
        found = json.loads(self.asked("/api/v1/outages"))["outages"]
        return next(f"/outages/{of['id']}" for of in found if (of["link"] or "").startswith(f"{_BROKEN_OFFICE}/"))

    def until(self, claim: Callable[[], bool], what: str) -> None:
        """Wait for something; TerpaduError where it doesn't come."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not claim():
            if time.monotonic() > deadline:
                raise TerpaduError(f"not within {_PATIENCE_SECONDS:.0f} s: {what}")
            time.sleep(1)

    def asked(self, path: str) -> str:
        """Return what it answers."""
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=20) as answer:
            return str(answer.read().decode())


@contextmanager
def running(folder: Path) -> Iterator[tuple[Monitor, Network]]:
    """Run the district and the monitor until the context is left."""
    file, ledger, log = folder / "inventory.yaml", folder / "terpadu.sqlite3", folder / "exporter.log"
    file.write_text((ROOT / "inventory.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    of = inventory.load(file)
    season.write(ledger, file, int(time.time()), demo_assignment(of))
    with ExitStack() as stack:
        near = stack.enter_context(private_namespace())
        network = stack.enter_context(Network(near.prefix, file))
        stack.enter_context(network.routers(file, _COMMUNITY))
        sites = stack.enter_context(network.websites(file, demo_assignment(of), time.time()))
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        words = [sys.executable, "-m", "benchmarks.seasoned", "run", "--inventory", str(file), "--ledger", str(ledger)]
        words += ["--reports", str(folder / "reports"), "--listen", f"fd://{listener.fileno()}"]
        process = start(
            [*near.prefix, *dying_with_parent(words)],
            changes={**_COMMUNITY, "SSL_CERT_FILE": str(sites.authority)},
            log=log,
            keep_open=[listener.fileno()],
        )
        stack.callback(end, process)
        yield Monitor("{}:{}".format(*listener.getsockname())), network


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """Start Chromium with Inter in the place of whatever font a page may ask its system for."""
    program = chromium.program()
    if program is None:
        raise TerpaduError(f"there is no Chromium; {chromium.ADVICE}")
    fonts = folder / "fonts.conf"
    inter = "".join(_FONT.format(family=family) for family in ("system-ui", "sans-serif"))
    fonts.write_text(_FONTS.format(fonts=inter), encoding="utf-8")
    with sync_playwright() as playwright:
        env: dict[str, str | float | bool] = {**os.environ, "FONTCONFIG_FILE": str(fonts)}
        started = playwright.chromium.launch(executable_path=program, args=list(_OPTIONS), env=env)
        yield started
        started.close()


def take(started: Browser, monitor: Monitor, name: str, scene: Scene, folder: Path, language: str) -> None:
    """Take a scene's pictures."""
    for screen, options in CIRCUMSTANCES.items():
        for scheme in ("light", "dark"):
            context = started.new_context(**options, color_scheme=scheme, timezone_id="Asia/Jakarta")
            page = context.new_page()
            for title, path in scene.pages.items():
                _open(page, monitor, path or monitor.newest_outage(), language)
                for kind in ("",) if screen == "wall" else ("", "-whole"):
                    file = folder / f"{name}-{title}-{screen}-{scheme}{kind}.png"
                    page.screenshot(path=file, full_page=bool(kind))
            context.close()


def _open(page: Page, monitor: Monitor, path: str, language: str) -> None:
    page.goto(f"http://{monitor.address}{path}{'&' if '?' in path else '?'}lang={language}", wait_until="load")
    page.wait_for_timeout(700)  # what the stream brings at first shows as new for a moment


def main(arguments: Sequence[str]) -> int:
    """Take the pictures that are asked for; return the exit status."""
    options = _parser().parse_args(arguments)
    if not namespace.is_private():
        return namespace.main([sys.executable, "-m", "benchmarks.pictures", *arguments])
    options.folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="terpadu-pictures-") as name:
            _take_all(Path(name), options.folder, options.scene, options.language)
    except TerpaduError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    return 0


def _take_all(scratch: Path, folder: Path, scenes: Sequence[str], language: str) -> None:
    with running(scratch) as (monitor, network), browser(scratch) as started:
        monitor.until(lambda: _measured(monitor), "every link is measured, and the reports are made")
        for name in scenes:
            scene = SCENES[name]
            if scene.wrong is not None:
                network.set(scene.wrong, {"kind": "cut"})
            monitor.until(lambda: scene.is_seen(monitor.links()), f"the scene {name}")  # noqa: B023 -- asked at once
            if scene.wrong is not None:
                time.sleep(_OLD_ENOUGH_SECONDS)
            take(started, monitor, name, scene, folder, language)
            if scene.wrong is not None:
                network.clear(scene.wrong, "cut")
                monitor.until(lambda: _all_up(monitor.links()), "all is well again")


def _measured(monitor: Monitor) -> bool:
    try:
        said = monitor.links()
    except OSError:
        return False
    is_measured = all(
        link["state"] != "unmeasured" and link["contract_use"]["receive"] is not None for link in said["links"]
    )
    return is_measured and "\nopd_report_last_success_timestamp_seconds " in monitor.asked("/metrics")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pictures", description="Pictures of the status page.")
    parser.add_argument("folder", type=lambda text: Path(text).absolute())
    parser.add_argument("--scene", type=_scenes, default=list(SCENES), metavar="NAME,...", help=", ".join(SCENES))
    parser.add_argument("--language", choices=("id", "en"), default="id")
    return parser


def _scenes(text: str) -> list[str]:
    names = text.split(",")
    if not set(names) <= SCENES.keys():
        raise argparse.ArgumentTypeError(f"{text}: of {', '.join(SCENES)}, with commas between")
    return names


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
