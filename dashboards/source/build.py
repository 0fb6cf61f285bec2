"""Write the dashboards: python dashboards/source/build.py [FOLDER], into dashboards/ unless told otherwise."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import bandwidth
import district
import monitor
import office
import providers
import websites

MADE = {
    "district": district.build,
    "office": office.build,
    "providers": providers.build,
    "bandwidth": bandwidth.build,
    "websites": websites.build,
    "monitor": monitor.build,
}


def write(folder: Path) -> None:
    """Write every dashboard as Grafana reads it from a provisioned folder."""
    for name, build in MADE.items():
        text = json.dumps(build(), indent=2, ensure_ascii=False) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1])
