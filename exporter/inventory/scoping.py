"""What a command's arguments name of an inventory: scopes and moments, read as the file's own are."""

from __future__ import annotations

from datetime import datetime

from exporter.errors import InputError
from exporter.inventory import scalars
from exporter.inventory.names import Names
from exporter.model import Inventory


def scope_of(district: Inventory, asked: list[str]) -> tuple[str, ...]:
    """Return the links, offices, nodes and providers that are named, sorted; an InputError suggests what was meant."""
    if not asked:
        raise InputError("--scope: name at least one link, office, node or provider")
    names = Names(
        set(district.providers), set(district.nodes), set(district.offices), {of.id for of in district.links()}
    )
    try:
        return tuple(sorted({names.scope(name) for name in asked}))
    except ValueError as error:
        raise InputError(f"--scope: {error}") from error


def moment_of(district: Inventory, text: str, option: str) -> datetime:
    """Return an instant, in UTC, that is written as local time or with an offset; InputError where it is none."""
    try:
        return scalars.moment(district.organisation.timezone)(text)
    except ValueError as error:
        raise InputError(f"{option}: {error}") from error
