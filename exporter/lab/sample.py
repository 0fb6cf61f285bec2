"""Copies of the sample inventory for the demo: of another size, or on loopback. As texts; nothing is validated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from ipaddress import IPv4Network
from itertools import count, islice
from typing import Any

import yaml

from exporter.errors import InputError
from exporter.lab.topology import read_address

MOST_OFFICES = 10_000
_ROOM = IPv4Network("198.19.0.0/16")  # the half of the lab's network that the sample leaves free
_LOOPBACK = {"198.18.": "127.18.", "198.19.": "127.19."}


def sized(text: str, offices: int) -> str:
    """Return the inventory with its first offices only, or with copies of them under new codes and addresses.

    InputError where it is no number of offices that the lab has addresses for.
    """
    if not 1 <= offices <= MOST_OFFICES:
        raise InputError(f"--offices {offices}: name a number from 1 to {MOST_OFFICES}")
    district = _read(text)
    own = district["offices"]
    gone = {office["code"] for office in own[offices:]}
    addresses = _free_addresses(text)
    turns = range(2, 2 + (offices - 1) // len(own))
    copies = (_copied(office, turn, addresses) for turn in turns for office in own)
    district["offices"] = [*own[:offices], *islice(copies, max(0, offices - len(own)))]
    for window in district.get("maintenance", []):
        window["scope"] = [part for part in window["scope"] if part.split("/")[0] not in gone]
    district["maintenance"] = [window for window in district.get("maintenance", []) if window["scope"]]
    return _written(district)


def _copied(office: dict[str, Any], turn: int, addresses: Iterator[str]) -> dict[str, Any]:
    """Return an office of the same kind elsewhere: other code, name and addresses, and no website."""
    copy = deepcopy({key: value for key, value in office.items() if key != "website"})
    links = [{**link, "address": next(addresses)} for link in copy["links"]]
    return copy | {"code": f"{office['code']}-{turn}", "name": f"{office['name']} {turn}", "links": links}


def _free_addresses(text: str) -> Iterator[str]:
    """Yield addresses of the second half of the lab's network that the text doesn't hold."""
    return (str(address) for address in _ROOM.hosts() if str(address) not in text)


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
