"""A running monitor closes the months that are over, and serves their files; a full folder stops nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from exporter_process import ExporterProcess, wait_until
from months import JAKARTA, fill
from pypdf import PdfReader

from exporter.lab.network import Network
from exporter.ledger import Ledger

PROGRAM = Path(__file__).with_name("full_reports.py")
DISTRICT = """\
organisation: {name: "Kabupaten Uji", timezone: Asia/Jakarta}
defaults:
  icmp: {down_after: 3, up_after: 3, timeout: 1s}
providers:
  isp: {name: "PT Penyedia", availability: 99.5%, credit: {formula: pro_rata_downtime}}
offices:
  - code: dinkes
    name: "Dinas Kesehatan"
    district: Ciruas
    links:
      - {name: primary, address: 198.18.10.1, provider: isp,
         contract: {download: 100Mbps, upload: 100Mbps, monthly_fee: 5000000}}
"""


def a_day_of_a_month_that_is_due() -> datetime:
    """Return a day of the last month; before its report is due, at 06:00 of the first, of the one before."""
    since_due = datetime.now(JAKARTA) - timedelta(hours=7)
    return since_due.replace(day=1, hour=0, minute=0, second=0, microsecond=0, tzinfo=None) - timedelta(days=10)


@pytest.fixture
def folder(tmp_path: Path, network: Network) -> Path:
    """A ledger that was last written some time ago, with five hours down in its last whole month."""
    assert network
    (tmp_path / "inventory.yaml").write_text(DISTRICT, encoding="utf-8")
    day = a_day_of_a_month_that_is_due()
    outage = (f"{day:%Y-%m-%dT}03:00", f"{day:%Y-%m-%dT}08:00")
    begin, end = (f"{at:%Y-%m-%dT%H:%M}" for at in (day - timedelta(days=2), day + timedelta(days=10, minutes=5)))
    with Ledger.create(tmp_path / "terpadu.sqlite3") as ledger:
        fill(ledger, "dinkes/primary", outage, start=begin, end=end)
    return tmp_path


def test_a_month_that_is_over_is_closed_at_the_start_and_served(folder: Path) -> None:
    month = f"{a_day_of_a_month_that_is_due():%Y-%m}"
    with ExporterProcess(folder, "--reports", "laporan") as exporter:
        wait_until(lambda: f"/reports/sla/{month}.en.md\n" in exporter.get("/reports/"), "the files of the month")
        wait_until(lambda: exporter.metric("opd_report_last_success_timestamp_seconds"), "the report's time")
        document = json.loads(exporter.get(f"/reports/sla/{month}.json"))
        assert (document["month"], document["revision"], document["links"][0]["seconds"]["down"]) == (month, 1, 18_000)
        with urllib.request.urlopen(f"http://{exporter.address}/reports/sla/{month}.pdf", timeout=10) as answer:
            assert answer.headers["Content-Type"] == "application/pdf"
            assert "Final: revisi 1" in PdfReader(BytesIO(answer.read())).pages[0].extract_text()
        with pytest.raises(urllib.error.HTTPError, match="404"):
            exporter.get("/reports/sla/1999-01.pdf")
    assert sorted({path.suffix for path in (folder / "laporan").iterdir()}) == [".csv", ".json", ".md", ".pdf", ".xlsx"]


@pytest.mark.usefixtures("private_network")
def test_a_full_folder_leaves_no_half_written_report_and_once_freed_it_is_whole(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(PROGRAM.parents[1])}
    command = ["unshare", "-m", sys.executable, str(PROGRAM), str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert "No space left on device; name a folder that can be written" in told["failed"]
    assert told["broken"] == []
    assert told["written"] == 15
    assert (told["revision"], told["problems"]) == (1, [])
