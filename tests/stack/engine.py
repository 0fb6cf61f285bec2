"""A Docker Engine of the tests' own: unpacked rather than installed, and gone with whoever started it.

Its images are kept in the cache. Nothing else is: what else it wrote is taken away before it starts again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from exporter.lab import packages
from exporter.lab.processes import dying_with_parent, end

ROOT = Path(__file__).parents[2]
_UNSHARE = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
# What an engine writes outside of the folders that it is told goes into memory. Two files of /etc are mounts themselves
# where the machine is a container, and would be covered.
_OVER_THE_MACHINE_S = """
mount -t tmpfs tmpfs "$1"
mkdir -p "$1/etc/new"
cp -L /etc/resolv.conf /etc/hosts "$1/etc/new"
for folder in etc opt run; do
    mkdir -p "$1/$folder/new" "$1/$folder/work"
    mount -t overlay -o "lowerdir=/$folder,upperdir=$1/$folder/new,workdir=$1/$folder/work" overlay "/$folder"
done
shift
exec "$@"
"""
_CGROUP = "terpadu-stack"
_START_SECONDS = 60
_END_SECONDS = 10
_NO_NETWORK = ("--bridge=none", "--iptables=false", "--ip-forward=false", "--ip-masq=false")
_TABLES = ("iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore")


def private(folder: Path, command: Sequence[str], *further: str) -> list[str]:
    """Return the words that run a command which starts an engine: its mounts end with it, its containers die with it.

    It dies with the thread that starts it. `folder` is an empty one, `further` are more namespaces for unshare.
    """
    inner = ["sh", "-ec", _OVER_THE_MACHINE_S, "sh", str(folder), *command]
    return [*dying_with_parent([*_UNSHARE, *further]), *inner]


def cache() -> Path:
    """Return the folder of what is slow to make."""
    folder = packages.cache_folder() / "stack"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Engine:
    """A running engine, from entering to leaving the context, on the network that this process is on.

    Without a network of its own it can build images on that of the machine, and changes nothing of it.
    """

    def __init__(self, *, has_network: bool) -> None:
        self._options = [] if has_network else list(_NO_NETWORK)

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="terpadu-engine-"))
        self._socket = f"unix://{self._folder / 'socket'}"
        self._environment = {**os.environ, **_programs(self._folder), "DOCKER_HOST": self._socket}
        self._log = self._folder / "log"
        _forget(cache() / "engine")
        words = ["dockerd", "--host", self._socket, "--data-root", str(cache() / "engine")]
        words += ["--exec-root", str(self._folder / "exec"), "--pidfile", str(self._folder / "pid")]
        words += ["--exec-opt", "native.cgroupdriver=cgroupfs", "--cgroup-parent", f"/{_CGROUP}", *self._options]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                words, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            self._await_start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which docker and docker-compose find it."""
        return self._environment

    def docker(self, *words: str, seconds: float = 120) -> str:
        """Return what a command of docker says; AssertionError with its words where it fails."""
        return said(["docker", *words], self._environment, seconds)

    def _await_start(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while True:
            try:
                self.docker("version")
            except AssertionError:
                words = self._log.read_text(encoding="utf-8", errors="replace")[-3000:]
                assert self._process.poll() is None, f"the engine has ended: {words}"
                assert time.monotonic() < deadline, f"the engine isn't there after {_START_SECONDS} s: {words}"
                time.sleep(0.1)
            else:
                return

    def _end(self) -> None:
        end(self._process, patience_seconds=40)
        shutil.rmtree(self._folder, ignore_errors=True)


def said(words: Sequence[str], environment: Mapping[str, str], seconds: float = 120) -> str:
    """Return what a command says; AssertionError with its words where it fails."""
    done = subprocess.run(
        words,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(words)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


@contextmanager
def no_cgroups_left() -> Iterator[None]:
    """Take away the groups of the engine's containers at the end, as soon as all in them has died."""
    try:
        yield
    finally:
        deadline = time.monotonic() + _END_SECONDS
        while (groups := _groups()) and time.monotonic() < deadline:
            for group in groups:
                with suppress(OSError):
                    group.rmdir()
            time.sleep(0.1)


def _groups() -> list[Path]:
    """Return the groups that are left, the innermost first."""
    tops = [*Path("/sys/fs/cgroup").glob(f"*/{_CGROUP}"), Path("/sys/fs/cgroup", _CGROUP)]
    groups = [group for top in tops if top.is_dir() for group in (top, *top.rglob("*")) if group.is_dir()]
    return sorted(groups, key=lambda group: len(group.parts), reverse=True)


def _programs(folder: Path) -> dict[str, str]:
    """Return the changes to the environment that let the unpacked programs find each other; an installed one's none."""
    tree = packages.cache_folder() / "docker"
    if not tree.is_dir():
        return {}
    tables = folder / "bin"
    tables.mkdir()
    for name in _TABLES:  # Debian makes these links when it installs
        (tables / name).symlink_to(tree / "usr/sbin" / name.replace("tables", "tables-nft"))
    libraries = [*tree.glob("usr/lib/*-linux-gnu"), *tree.glob("lib/*-linux-gnu")]
    extensions = next(iter(tree.glob("usr/lib/*-linux-gnu/xtables")), tree)
    return {
        "PATH": os.pathsep.join([str(tables), str(tree / "usr/sbin"), str(tree / "usr/bin"), os.environ["PATH"]]),
        "LD_LIBRARY_PATH": os.pathsep.join(map(str, libraries)),
        "XTABLES_LIBDIR": str(extensions),
    }


def _forget(data: Path) -> None:
    """Take away what a killed engine left: containers that would start again, their volumes and networks."""
    for part in ("containers", "volumes", "network"):
        shutil.rmtree(data / part, ignore_errors=True)
