"""Which inventory may be probed from here: not the sample, whose addresses are nobody's, outside the lab's network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from logging import getLogger
from pathlib import Path

from exporter import inventory
from exporter.errors import InputError
from exporter.inventory import Placed

ROUTES = Path("/proc/net/route")
LAB_ROUTE = ["000012C6", "0000FEFF"]  # 198.18.0.0 and its mask 255.254.0.0, as the kernel's table writes them
logger = getLogger(__name__)


def admitted(path: Path, environment: Mapping[str, str]) -> tuple[Placed, tuple[str, ...]]:
    """Read an inventory that may be probed from here, and what to warn of; InputError where it may not."""
    placed = inventory.load_placed(path)
    routes = [line.split() for line in ROUTES.read_text(encoding="ascii").splitlines()]
    in_lab = any([fields[1], fields[7]] == LAB_ROUTE for fields in routes)
    if placed.inventory.organisation.sample and not in_lab:
        raise InputError(
            f"{path}: this is the sample, whose addresses are nobody's; copy it, put in your own and take out"
            " 'sample: true', or see it work with: terpadu demo"
        )
    return placed, inventory.warnings(placed.inventory, environment, placed.places)


def tell(warnings: Iterable[str]) -> None:
    """Log what to warn of."""
    for warning in warnings:
        logger.warning("inventory %s", warning)
