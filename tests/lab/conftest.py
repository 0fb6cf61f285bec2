"""The lab's websites, for the tests that ask them."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from sites_asked import INVENTORY, OFFICE

from exporter.lab.network import Network
from exporter.lab.sites.process import Websites


@pytest.fixture(scope="module")
def shared(network: Network) -> Iterator[Websites]:
    with network.websites(INVENTORY, {}, started_at=time.time()) as sites:
        yield sites


@pytest.fixture
def sites(shared: Websites) -> Iterator[Websites]:
    """All websites, healthy at first; what a test does to the first office's is undone."""
    yield shared
    shared.clear(OFFICE)
