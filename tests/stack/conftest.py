"""The engine and who is paged, for the playings of tests/stack; and the facts that they found, at the end."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from engine import Engine
from facts import FACTS
from webhook import Webhook

from exporter.lab import packages


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """An engine on a network that is the tests' own: make test-stack sees to that."""
    subprocess.run([*packages.command("ip"), "link", "set", "lo", "up"], check=True)
    with Engine(has_network=True) as engine:
        yield engine


@pytest.fixture(scope="session")
def webhook(engine: Engine) -> Iterator[Webhook]:
    assert engine
    with Webhook() as webhook:
        yield webhook


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was found, one line a fact."""
    if FACTS:
        terminalreporter.section("facts")
        width = max(map(len, FACTS))
        for what, found in FACTS.items():
            terminalreporter.write_line(f"{what:<{width}}  {found}")
