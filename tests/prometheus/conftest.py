import subprocess
from collections.abc import Callable
from types import ModuleType

import pytest
import servers as real_servers

from exporter.lab import packages


@pytest.fixture(scope="session")
def servers() -> ModuleType:
    return real_servers


@pytest.fixture(scope="session")
def tool() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run one of the fetched programs to its end, in the project's folder: tool("promtool", "check", ...)."""

    def run(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*packages.command(name), *map(str, arguments)],
            cwd=real_servers.ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run
