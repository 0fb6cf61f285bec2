"""Chromium, which the tests of the pages open them in: root has it installed where it isn't there, nobody else has.

    python -m exporter.lab.chromium

It alone isn't unpacked into the cache, see exporter.lab.packages: it wants its libraries, its fonts and their caches in
the system's places. What comes with it is a service here and there; none is started.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from exporter.errors import TerpaduError
from exporter.lab import packages
from exporter.lab.processes import succeeds, which

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGES = ("chromium", "fonts-inter")
ADVICE = f"type: sudo apt-get install {' '.join(PACKAGES)}"

_SECONDS = 600
_APT_GET = ("-q", "-y", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=3", "-o", "Acquire::http::Timeout=30")
# What invoke-rc.d and systemctl take for a reason to start nothing.
_NOTHING_STARTS = {"RUNLEVEL": "1", "SYSTEMD_OFFLINE": "1"}
_ASKS_NOBODY = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}


def program() -> Path | None:
    """Return a browser of this machine that starts, or None.

    Where a system has it as a snap alone, the package's program is one that says so and ends.
    """
    found = filter(None, map(which, PROGRAMS))
    return next((Path(path) for path in found if succeeds([path, "--version"])), None)


def install() -> bool:
    """Install it where it isn't there; return whether that was done. TerpaduError says what to do where it can't be.

    Two processes at a time are no harm: one waits for the other.
    """
    if program() is not None:
        return False
    if os.geteuid() != 0:
        raise TerpaduError(f"Chromium isn't there, and only root can install it; {ADVICE}")
    if which("apt-get") is None:
        raise TerpaduError(
            "Chromium isn't there, and this machine has no apt-get; install it by the system's own means"
        )
    with packages.only_one(packages.cache_folder()):
        return program() is None and _install()


def main() -> int:
    """Install it where it isn't there, and say so; return the exit status."""
    try:
        if install():
            sys.stdout.write(f"installed {' and '.join(PACKAGES)}\n")
    except TerpaduError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    return 0


def _install() -> bool:
    """Install it by the lists that there are, and by new ones where these don't serve."""
    words = ["install", "--no-install-recommends", *PACKAGES]
    if _apt_get(words).returncode != 0:
        updated = _apt_get(["update"])
        done = _apt_get(words)
        if done.returncode != 0:
            raise TerpaduError(f"Chromium can't be installed: {_reason(updated.stderr + done.stderr)}; {ADVICE}")
    if program() is None:
        raise TerpaduError("Chromium was installed, and doesn't start; try: chromium --version")
    return True


def _apt_get(words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 -- apt-get, with the names from above
            ["apt-get", *_APT_GET, *words],  # noqa: S607 -- the system's
            env={**os.environ, **_ASKS_NOBODY, **_NOTHING_STARTS},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TerpaduError(
            f"apt-get didn't end within {_SECONDS} s; is there a way to the package servers? If so, {ADVICE}"
        ) from error


def _reason(trouble: str) -> str:
    errors = [line.removeprefix("E: ") for line in trouble.splitlines() if line.startswith("E: ")]
    return errors[-1] if errors else "apt-get gave no reason"


if __name__ == "__main__":
    sys.exit(main())
