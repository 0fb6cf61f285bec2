# ruff: noqa: INP001  -- a folder of scripts and their output, no package: it is mounted into Grafana as it is
"""Write the dashboards: python dashboards/build.py [FOLDER], beside this file unless told otherwise."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import district
import office


def write(folder: Path) -> None:
    """Write every dashboard as Grafana reads it from a provisioned folder."""
    for name, made in (("district", district.build()), ("office", office.build())):
        text = json.dumps(made, indent=2, ensure_ascii=False) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
