"""Copies of the sample inventory for the demo: fewer offices, or on loopback. They are texts; nothing is validated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import yaml

from exporter.errors import InputError
from exporter.lab.topology import read_address

_LOOPBACK = {"198.18.": "127.18.", "198.19.": "127.19."}


def shortened(text: str, offices: int) -> str:
    """Return the inventory with its first offices only, or raise InputError where it hasn't so many."""
    district = _read(text)
    if not 1 <= offices <= len(district["offices"]):
        raise InputError(f"--offices {offices}: the sample has {len(district['offices'])} offices; name 1 to as many")
    gone = {office["code"] for office in district["offices"][offices:]}
    district["offices"] = district["offices"][:offices]
    for window in district.get("maintenance", []):
        window["scope"] = [part for part in window["scope"] if part.split("/")[0] not in gone]
    district["maintenance"] = [window for window in district.get("maintenance", []) if window["scope"]]
    return _written(district)


def on_loopback(text: str, snmp_port: int) -> str:
    """Return the inventory with its addresses in 127.0.0.0/8, another SNMP port, and no longer marked as the sample.

    DNS names become addresses too: on loopback nothing leads them anywhere.
    """
    spare = map("127.19.128.{}".format, count(1))
    district = _each_mapping(_read(text), lambda mapping: _moved(mapping, snmp_port, spare))
    district["organisation"].pop("sample", None)
    district.setdefault("defaults", {}).setdefault("snmp", {})["port"] = str(snmp_port)
    return _written(district)


def _moved(mapping: dict[str, Any], snmp_port: int, spare: Iterator[str]) -> dict[str, Any]:
    address = mapping.get("address")
    if isinstance(address, str) and read_address(address) is None:
        mapping = {**mapping, "address": next(spare)}
    for district, loopback in _LOOPBACK.items():
        if isinstance(address, str) and address.startswith(district):
            mapping = {**mapping, "address": loopback + address.removeprefix(district)}
    if "interface" in mapping and "port" in mapping:
        mapping = {**mapping, "port": str(snmp_port)}
    return mapping


def _each_mapping(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(value, dict):
        return {key: _each_mapping(part, change) for key, part in change(value).items()}
    if isinstance(value, list):
        return [_each_mapping(part, change) for part in value]
    return value


def _read(text: str) -> Any:
    return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes nothing but texts


def _written(district: Any) -> str:
    return str(yaml.safe_dump(district, sort_keys=False, allow_unicode=True))
