"""A district that everything befalls within a minute, the whole product on it, and last month in its ledger.

What is still going on a minute after the start goes on to the end, so that all of it is there to be seen at once.
"""

from __future__ import annotations

import io
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from exporter_process import ExporterProcess
from servers import ROOT, Server, start_prometheus

from benchmarks import earlier
from benchmarks.expressions import Expression
from exporter import inventory
from exporter.lab import plan, scenario, truth
from exporter.lab.conductor import Conductor
from exporter.lab.network import Network, private_namespace
from exporter.lab.sites.plan import demo_assignment

COMMUNITY = {"SNMP_COMMUNITY": "uji-coba"}
SOON = {"1m": "4s"}
STEP_SECONDS = 5
_POLL_SECONDS = 0.25
AWKWARD_DISTRICT = r"""Kec. Ciruas (Kota) + [Satu]/Dua \ "Tiga" | 'Empat' {5}*?^$"""
AWKWARD_NAME = r"""=1+1 "Dinas" \ (Uji) [A]/B | *C* 'D' 🏢"""
AWKWARD_OFFICE, WITHOUT_SNMP, WITHOUT_WEBSITE, ANNOUNCED = "dpmptsp", "setwan", "kec-tirtayasa", "dishub"
WRONG_SPEED = "dlh/primary"
SHOWN_OFFICE = "setda"  # its backup is its provider's whose outage it is, its primary goes on
EVENTS = """
events:
  - {at: 3s, isolate: monitor, for: 12s}
  - {at: 24s, cut: setwan/primary, for: 9s}
  - {at: 24s, fail: pop-cikande, for: 9s}
  - {at: 24s, power_off: bpkad, for: 9s}
  - {at: 24s, reboot: inspektorat/primary}
  - {at: 24s, mute: bapperida/primary, for: 1h}
  - {at: 24s, degrade: dinkes/primary, for: 1h, loss: 40%, delay: 200ms}
  - {at: 24s, saturate: bapenda/primary, for: 1h}
  - {at: 24s, flap: kesbangpol/primary, for: 70s, period: 20s, down: 50%}
  - {at: 26s, cut: disdikbud/primary, for: 1h, answer: unreachable}
  - {at: 26s, power_off: dinsos, for: 1h}
  - {at: 28s, fail: pop-kramatwatu, for: 1h}
  - {at: 30s, fail: gelombang-contoh, for: 1h}
"""


@dataclass(frozen=True)
class Day:
    """What runs, since when in seconds since the epoch, and what makes the day go on."""

    exporter: ExporterProcess
    prometheus: Server
    began_at: float
    go_on: Callable[[], None]

    def until(self, claim: Callable[[], object], seconds: float) -> bool:
        """Let the day go on until the claim holds, or for so long; return whether it holds."""
        deadline = time.monotonic() + seconds
        while not claim():
            if time.monotonic() > deadline:
                return False
            self.go_on()
            time.sleep(_POLL_SECONDS)
        return True

    def ask(self, expr: str) -> list[dict[str, Any]]:
        """Return what an expression gives now."""
        return self._asked("query", query=expr)

    def show(self, of: Expression) -> list[dict[str, Any]]:
        """Return what a panel would get now: of one moment, or of the time since the start."""
        if of.is_instant:
            return self.ask(of.expr)
        now = time.time()
        return self._asked("query_range", query=of.expr, start=self.began_at, end=now, step=STEP_SECONDS)

    def names(self) -> set[str]:
        """Return the name of each series that there is."""
        return set(self.prometheus.get("/api/v1/label/__name__/values")["data"])

    def _asked(self, path: str, **arguments: object) -> list[dict[str, Any]]:
        answer = self.prometheus.get(f"/api/v1/{path}?{urllib.parse.urlencode(arguments)}")
        return list(answer["data"]["result"])


def hasty_inventory() -> str:
    """Return the sample, judged and polled sooner, with awkward names, and announced work that goes on now."""
    text = (ROOT / "inventory.yaml").read_text(encoding="utf-8")
    district = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506  -- it makes nothing but texts
    defaults = district["defaults"]
    defaults["icmp"] |= {"down_after": "4", "up_after": "4"}
    defaults["degraded"]["window"] = "15"
    defaults["snmp"] |= {"interval": "5s", "timeout": "1s"}
    offices = {office["code"]: office for office in district["offices"]}
    offices[AWKWARD_OFFICE] |= {"name": AWKWARD_NAME, "district": AWKWARD_DISTRICT}
    offices["dinkes"]["district"] = AWKWARD_DISTRICT
    del offices[WITHOUT_SNMP]["links"][0]["snmp"]
    del offices[WITHOUT_WEBSITE]["website"]
    now = datetime.now().astimezone()
    start, end, recorded = ((now + timedelta(hours=hours)).isoformat(timespec="seconds") for hours in (-1, 3, -48))
    district["maintenance"] = [
        {"start": start, "end": end, "scope": [ANNOUNCED], "recorded": recorded, "reason": "Pemindahan ODP"}
    ]
    return str(yaml.safe_dump(district, sort_keys=False, allow_unicode=True))


@contextmanager
def eventful_day(folder: Path) -> Iterator[Day]:
    """Run the district, the exporter and Prometheus until the context is left; the day begins when all is up."""
    file = folder / "inventory.yaml"
    file.write_text(hasty_inventory(), encoding="utf-8")
    earlier.write(folder / "terpadu.sqlite3", file, time.time() - 15)
    of = inventory.load(file)
    with (
        private_namespace() as near,
        Network(near.prefix, file) as network,
        network.routers(file, COMMUNITY),
        network.websites(file, demo_assignment(of), time.time()) as sites,
        ExporterProcess(
            folder, environment={**COMMUNITY, "SSL_CERT_FILE": str(sites.authority)}, prefix=near.prefix
        ) as exporter,
        start_prometheus(
            folder / "prometheus",
            scrape=[exporter.address],
            interval="1s",
            held=SOON,
            groups_interval="1s",
        ) as prometheus,
    ):
        network.set(WRONG_SPEED, {"kind": "lie", "how": ["speed-ten"]})
        began_at = time.time()
        head = truth.Header("eventful day", 0, truth.fingerprint(""), began_at)
        what = scenario.parse(EVENTS, "eventful day", of)
        conductor: Conductor | None = None

        def go_on() -> None:
            if conductor is not None:
                conductor.tick()

        day = Day(exporter, prometheus, began_at, go_on)
        assert day.until(lambda: len(day.ask("opd_up == 1")) == len(of.offices), 60), "not every office is up"
        # Before the monitor is cut off: what it saw of a website meanwhile would count for nothing.
        assert day.until(lambda: day.ask("opd_website_reason_info"), 120), "no website is told to be down"
        writer = truth.TruthWriter(io.StringIO(), head)
        conductor = Conductor(plan.episodes(what, of, 0), network, writer, time)
        yield day
