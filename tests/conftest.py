"""What tests in several folders stand on: the lab's network, and the servers' programs."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from exporter.lab import namespace, packages
from exporter.lab.network import Network


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files of few tests first, else in the order that they have: those wait longest, and shall not be the last."""
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: tests[item.path])


@pytest.fixture(scope="session")
def private_network() -> None:
    """Skip what needs a network of its own, unless the tests run in one: `make test` sees to that. CI skips nothing."""
    if not namespace.is_private():
        leave = pytest.fail if os.environ.get("CI") else pytest.skip
        leave("not in a network of its own; start the tests by: make test")


@pytest.fixture(scope="session")
def network(request: pytest.FixtureRequest) -> Iterator[Network]:
    """The district's far side, one for all tests; whoever cuts an address mends it."""
    request.getfixturevalue("private_network")
    with Network() as district:
        yield district


@pytest.fixture(scope="session")
def programs() -> Callable[[str], list[str]]:
    """Words that start a program: programs("promtool"); they are fetched first where they aren't there."""
    return packages.command
