"""What it takes to read an inventory: `terpadu check` as a process of its own."""

from __future__ import annotations

from benchmarks import commands, district
from benchmarks.results import Row, mib, scratch


def measure(links: int) -> Row:
    """Return the time and the memory of reading a district of that size."""
    with scratch() as folder:
        file = district.write_inventory(folder / "inventory.yaml", links)
        used = commands.spent("check", str(file))
        return {
            "links": links,
            "file_mib": mib(file.stat().st_size),
            "wall_s": used.wall_seconds,
            "cpu_s": used.cpu_seconds,
            "peak_rss_mib": mib(used.peak_bytes),
        }
