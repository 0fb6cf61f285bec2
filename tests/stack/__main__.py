"""Bring the unchanged compose files up on a Docker Engine of the tests' own: make test-stack.

First the images are made, on the machine's network. Then engine, containers and tests are on a network that nothing
leaves, whose ports are nobody else's, and from which nothing is left: the kernel ends them all with this process.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import images
from engine import ROOT, Engine, cache, no_cgroups_left, private

from exporter.errors import TerpaduError
from exporter.lab import packages
from exporter.lab.processes import which

_MAKING = "--make-images"
_FOLDER = "terpadu-stack-"
_TESTS = ["-p", "no:randomly", "-o", "python_files=playing_*.py", "--timeout", "300", "--maxfail", "1"]


def _what_is_missing() -> str | None:
    if os.geteuid() != 0:
        return "a Docker Engine of one's own is started by root alone: type sudo make test-stack"
    lacking = [tool for tool in ("unshare", "apt-get", "dpkg", "chroot", "tar") if which(tool) is None]
    return f"{', '.join(lacking)} missing: this is for Debian 12" if lacking else None


def main(arguments: list[str]) -> int:
    """Make the images and run the tests; return pytest's exit status, 2 where something is missing."""
    if arguments[:1] == [_MAKING]:
        with Engine(has_network=False) as engine:
            images.make(engine)
        return 0
    if missing := _what_is_missing():
        sys.stderr.write(f"{missing}\n")
        return 2
    try:
        packages.fetch("docker", "docker-compose", "debootstrap", "prometheus", "alertmanager", "iproute2")
    except TerpaduError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    with ExitStack() as stack:
        lock = stack.enter_context((cache() / "lock").open("w", encoding="ascii"))
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):  # of a run that was killed; nobody else runs now
            shutil.rmtree(left, ignore_errors=True)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=_FOLDER)))
        stack.enter_context(no_cgroups_left())
        return _make_and_play(folder, arguments)


def _make_and_play(folder: Path, arguments: list[str]) -> int:
    environment = {**os.environ, "TMPDIR": str(folder)}
    over = folder / "over"
    over.mkdir()
    started = time.monotonic()
    making = private(over, [sys.executable, str(Path(__file__)), _MAKING])
    if subprocess.run(making, cwd=ROOT, env=environment, check=False).returncode != 0:
        return 1
    sys.stdout.write(f"the images are there after {time.monotonic() - started:.0f} s\n")
    sys.stdout.flush()
    tests = [sys.executable, "-m", "pytest", *_TESTS, *arguments, str(Path(__file__).parent)]
    playing = private(over, tests, "--net")
    return subprocess.run(playing, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
