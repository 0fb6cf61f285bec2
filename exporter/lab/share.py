"""Where the sample and the servers' configuration stand."""

from __future__ import annotations

from pathlib import Path

import exporter
from exporter.errors import TerpaduError


def share(package: Path | None = None) -> Path:
    """Return the folder with inventory.yaml, prometheus/ and alertmanager/: the wheel's own, else the repository.

    `package` is the folder of the package, where it isn't this one.
    """
    package = package or Path(exporter.__file__).parent
    for folder in (package / "share", package.parent):
        if (folder / "inventory.yaml").is_file() and (folder / "prometheus").is_dir():
            return folder
    raise TerpaduError(
        f"the sample isn't where it belongs, in {package / 'share'}; install terpadu-exporter again, or run it from "
        "a clone of its repository"
    )
