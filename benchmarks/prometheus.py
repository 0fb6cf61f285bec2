"""A real Prometheus with the product's configuration and rules, on the page of a district in trouble."""

from __future__ import annotations

import json
import re
import shutil
import sys
import time
import urllib.parse
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import yaml

from benchmarks import processes
from benchmarks.processes import Server
from benchmarks.scraping import TEXT, Scrape, scrape
from exporter.errors import TerpaduError

_CONFIGURATION = Path(__file__).resolve().parents[1] / "prometheus"
_LINKS_AT_5_SECONDS = 300
_LONGEST_START_SECONDS = 120.0
_ANSWER_SECONDS = 120.0
_GROUP = re.compile(r'rule_group="[^"]*;([^"]*)"')


@dataclass(slots=True)
class Group:
    """What Prometheus says of a group of rules; `seconds` are how long its evaluations took, as far as seen."""

    name: str
    rules: int
    interval_seconds: float
    last_seconds: float
    evaluations: float
    missed: float
    failures: float
    seconds: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a run keeps its things, and what runs in it."""

    folder: Path
    program: Sequence[str]
    port: int
    interval_seconds: int

    @property
    def data(self) -> Path:
        """Where Prometheus keeps what it scraped."""
        return self.folder / "data"

    def groups(self) -> Iterator[dict[str, Any]]:
        """Yield the groups of rules as their files have them."""
        for path in sorted((self.folder / "rules").glob("*.yml")):
            yield from yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]


def prepared(folder: Path, links: int, port: int, program: Sequence[str]) -> Setting:
    """Copy the product's configuration into a folder that isn't there yet, with a page on a port as its only target."""
    shutil.copytree(_CONFIGURATION, folder)
    interval = 5 if links <= _LINKS_AT_5_SECONDS else 15
    file = folder / "prometheus.yml"
    configuration = yaml.safe_load(file.read_text(encoding="utf-8"))
    configuration["global"] |= {
        "scrape_interval": f"{interval}s",
        "scrape_timeout": f"{interval - 1}s",
        "evaluation_interval": f"{interval}s",
    }
    file.write_text(yaml.safe_dump(configuration), encoding="utf-8")
    for name, targets in (("terpadu", [f"127.0.0.1:{port}"]), ("alertmanager", [])):
        content = yaml.safe_dump([{"targets": targets}])
        (folder / "targets" / f"{name}.yml").write_text(content, encoding="utf-8")
    return Setting(folder, program, port, interval)


@contextmanager
def page(file: Path, port: int, wanted: Collection[str], log: Path) -> Iterator[Server]:
    """Serve the page of an inventory's district, of links' families only those wanted, if any is named."""
    words = [sys.executable, "-m", "benchmarks.troubled", str(port), str(file), *sorted(wanted)]
    with processes.server(words, port, log) as server:
        _until_it_answers(server)
        yield server


@contextmanager
def running(setting: Setting) -> Iterator[Server]:
    """Run Prometheus, and end it in order."""
    port = processes.free_port()
    words = [
        *setting.program,
        f"--config.file={setting.folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={setting.data}",
        "--storage.tsdb.retention.time=400d",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with processes.server(words, port, setting.folder / "prometheus.log") as server:
        _until_it_answers(server)
        yield server


def groups(server: Server) -> dict[str, Group]:
    """Return what is told of each group, by its name."""
    told = scrape(server, TEXT)
    return {
        name: Group(
            name,
            int(rules),
            interval_seconds=_of_group(told, "interval_seconds", name),
            last_seconds=_of_group(told, "last_duration_seconds", name),
            evaluations=_of_group(told, "iterations_total", name),
            missed=_of_group(told, "iterations_missed_total", name),
            failures=told.total("prometheus_rule_evaluation_failures_total", f';{name}"'),
        )
        for labels, rules in told.samples("prometheus_rule_group_rules")
        for name in _GROUP.findall(labels)
    }


def _of_group(told: Scrape, what: str, name: str) -> float:
    return told.total(f"prometheus_rule_group_{what}", f';{name}"')


def value(server: Server, expression: str) -> float:
    """Return the value of the first series that an expression gives now; not a number where it gives none."""
    found = query(server, expression)
    return float(found[0]["value"][1]) if found else float("nan")


def query(server: Server, expression: str) -> list[dict[str, Any]]:
    """Return the series that an expression gives now."""
    return list(api(server, f"query?{urllib.parse.urlencode({'query': expression})}")["result"])


def api(server: Server, path: str) -> Any:
    """Return the data of an answer of its API."""
    try:
        with urlopen(f"http://127.0.0.1:{server.port}/api/v1/{path}", timeout=_ANSWER_SECONDS) as answer:
            return json.load(answer)["data"]
    except OSError as error:
        raise TerpaduError(
            f"Prometheus doesn't answer {path} ({error}); its log ends: {server.last_words()}"
        ) from error


def _until_it_answers(server: Server) -> None:
    deadline = time.monotonic() + _LONGEST_START_SECONDS
    while True:
        try:
            scrape(server, TEXT)
        except TerpaduError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return
