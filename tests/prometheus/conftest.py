import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
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


@pytest.fixture(scope="session")
def telegram_for_025(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """telegram-email.yml with secrets in place of the files that Alertmanager 0.25 can't read them from."""
    folder = tmp_path_factory.mktemp("telegram") / "alertmanager"
    shutil.copytree(real_servers.ROOT / "alertmanager", folder)
    path = folder / "telegram-email.yml"
    text, tokens = re.subn("bot_token_file: .*", 'bot_token: "1:secret"', path.read_text(encoding="utf-8"))
    text, addresses = re.subn("url_file: .*", "url: https://heartbeat.example/", text)
    assert (tokens, addresses) == (2, 1)
    path.write_text(text, encoding="utf-8")
    return path
