from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("full_disk.py")
LINKS = 1000


@pytest.mark.usefixtures("private_network")
def test_a_disk_that_fills_and_is_freed_costs_no_second_and_doubles_none(tmp_path: Path) -> None:
    command = ["unshare", "-m", sys.executable, str(PROGRAM), str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(PROGRAM.parents[1])}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "said": [[True, 20], *[[False, 20]] * 3, [True, 60], [True, 80]],
        "problems": [],
        "spans": [[0, 20, "up"], [20, 40, "down"], [40, 60, "unmeasured"], [60, 120, "up"]],
        "outages": [[20, 60]] * LINKS,
        "replies": 6,
    }
