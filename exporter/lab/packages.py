"""Servers for the lab, fetched as Debian packages and unpacked under the cache; nothing is installed, no root needed.

    python -m exporter.lab.packages all
    python -m exporter.lab.packages prometheus snmpd

A package and the libraries that this machine lacks are unpacked into one folder, which gets its name only when it is
whole: a folder with its name is complete, whatever was interrupted and whoever else was fetching.
"""

from __future__ import annotations

import fcntl
import importlib.resources
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from exporter.errors import TerpaduError
from exporter.lab.processes import dying_with_parent, succeeds, which


@dataclass(frozen=True, slots=True)
class Package:
    """A Debian package, and what its programs are called in it, by the names their makers gave them.

    What is for one purpose only isn't among `all`.
    """

    name: str
    programs: Mapping[str, str]
    is_special: bool = False


PACKAGES: Mapping[str, Package] = {
    "prometheus": Package("prometheus", {"prometheus": "prometheus", "promtool": "promtool"}),
    "alertmanager": Package("prometheus-alertmanager", {"alertmanager": "prometheus-alertmanager", "amtool": "amtool"}),
    "snmpd": Package("snmpd", {"snmpd": "snmpd"}),
    "snmp_exporter": Package("prometheus-snmp-exporter", {"snmp_exporter": "prometheus-snmp-exporter"}),
    "iproute2": Package("iproute2", {"ip": "ip"}),
    "fping": Package("fping", {"fping": "fping"}),
    "docker-compose": Package("docker-compose", {"docker-compose": "docker-compose"}),
    "docker": Package("docker.io", {"docker": "docker", "dockerd": "dockerd"}, is_special=True),
    "debootstrap": Package("debootstrap", {"debootstrap": "debootstrap"}, is_special=True),
}
_FOLDERS = ("usr/bin", "usr/sbin", "bin", "sbin")

_APT_CONFIGURATION = """\
Dir::State "{folder}/state";
Dir::State::status "/var/lib/dpkg/status";
Dir::Cache "{folder}/cache";
Dir::Log "{folder}/log";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
Debug::NoLocking "1";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""
_NEW_PACKAGE = re.compile(r"^Inst (\S+) \((\S+) ", re.MULTILINE)
_APT_SECONDS = 600
_OVER_USR_SHARE = """\
mount -t overlay -o "lowerdir=$1:/usr/share" overlay /usr/share 2>/dev/null || mount --rbind "$1" /usr/share || exit 1
shift
exec "$@"
"""


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Return where fetched programs live: $TERPADU_CACHE, else terpadu/ in $XDG_CACHE_HOME or ~/.cache.

    Below it each release of an operating system has a folder of its own, since libraries fit only theirs.
    """
    if chosen := environment.get("TERPADU_CACHE"):
        cache = Path(chosen)
    elif xdg := environment.get("XDG_CACHE_HOME"):
        cache = Path(xdg) / "terpadu"
    else:
        cache = Path.home() / ".cache" / "terpadu"
    return cache.absolute() / _release()


def program(name: str) -> Path | None:
    """Return a program that is there already: fetched before, or on this machine's PATH; else None."""
    key, package = _package_of(name)
    fetched = _inside(cache_folder() / key, package.programs[name])
    if fetched is not None:
        return fetched
    on_path = which(name) or which(package.programs[name])
    return Path(on_path) if on_path else None


def ensure(name: str) -> Path:
    """Return a program, fetched first where it isn't there; TerpaduError says what to do where it can't be had."""
    if (found := program(name)) is not None:
        return found
    key, package = _package_of(name)
    fetch(key)
    path = program(name)
    if path is None:
        raise TerpaduError(f"{package.name} was fetched into {cache_folder()}, and is gone again; try once more")
    return path


def command(name: str) -> list[str]:
    """Return the words that start a program, to be followed by its arguments; it dies with the thread that starts it.

    A fetched program gets the libraries that came with it, and one that has paths below /usr/share compiled in
    sees its own there, by a mount in a namespace of its own.
    """
    path = ensure(name)
    tree = cache_folder() / _package_of(name)[0]
    if not path.is_relative_to(tree):
        return dying_with_parent([str(path)])
    modules = tree / "usr/lib/python3/dist-packages"
    if modules.is_dir():
        return ["env", f"PYTHONPATH={modules}", *dying_with_parent(["/usr/bin/python3", str(path)])]
    start = dying_with_parent([str(path)])
    if name == "snmpd":
        start = ["env", "MIBS=", *start, f"--persistentDir={tree / 'state'}"]  # else it writes below /var/lib
    libraries = [*tree.glob("usr/lib/*-linux-gnu*"), *tree.glob("lib/*-linux-gnu*")]
    if libraries:
        start = ["env", "LD_LIBRARY_PATH=" + ":".join(map(str, libraries)), *start]
    if (tree / "usr/share/prometheus").is_dir():
        start = _over_usr_share(tree / "usr/share", start)
    return start


def fetch(*keys: str) -> list[str]:
    """Fetch and unpack what isn't there of the named PACKAGES; return the names of those that were fetched.

    Raises TerpaduError where one can't be had. Two processes at a time are no harm: one waits for the other.
    """
    folder = cache_folder()
    with only_one(folder):
        missing = [key for key in keys if not _is_there(key)]
        if missing:
            _fetch(folder, missing)
    return missing


def main(arguments: Sequence[str]) -> int:
    """Fetch the named packages, or `all`; say what came and what can't be had; return the exit status."""
    everything = [key for key, package in PACKAGES.items() if not package.is_special]
    keys = everything if "all" in arguments else list(arguments)
    unknown = [key for key in keys if key not in PACKAGES]
    if unknown or not keys:
        sys.stderr.write(f"usage: python -m exporter.lab.packages all|{'|'.join(PACKAGES)} ...\n")
        return 2
    try:
        for key in fetch(*keys):
            sys.stdout.write(f"fetched {PACKAGES[key].name} into {cache_folder() / key}\n")
    except TerpaduError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    return 0


def _package_of(name: str) -> tuple[str, Package]:
    for key, package in PACKAGES.items():
        if name in package.programs:
            return key, package
    raise KeyError(name)


def _inside(tree: Path, file: str) -> Path | None:
    """Return a program of an unpacked package, wherever its release puts programs, or None."""
    places = [tree / folder / file for folder in _FOLDERS]
    return next((place for place in places if place.is_file()), None)


def _is_there(key: str) -> bool:
    return all(program(name) is not None for name in PACKAGES[key].programs)


def _release() -> str:
    try:
        system = platform.freedesktop_os_release()
    except OSError:
        system = {"ID": "unknown"}
    parts = (system["ID"], system.get("VERSION_ID"), platform.machine())
    return "-".join(part for part in parts if part)


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the cache's lock; the kernel lets go of it however the process ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w", encoding="ascii")
    except OSError as error:
        raise TerpaduError(f"{folder} can't be written ({error}); name another folder in TERPADU_CACHE") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(folder: Path, keys: Sequence[str]) -> None:
    names = [PACKAGES[key].name for key in keys]
    for tool in ("apt-get", "dpkg"):
        if which(tool) is None:
            wanted = ", ".join(name for key in keys for name in PACKAGES[key].programs)
            raise TerpaduError(
                f"{' and '.join(names)} can't be fetched: this machine has no {tool}. "
                f"Install what holds {wanted} by the system's own means, so that they are on the PATH"
            )
    with tempfile.TemporaryDirectory(prefix="fetching-", dir=folder) as temporary:
        apt = _Apt(Path(temporary))
        apt.update()
        for key in keys:
            tree = Path(temporary) / key
            apt.unpack(PACKAGES[key].name, tree)
            for file in PACKAGES[key].programs.values():
                if _inside(tree, file) is None:
                    raise TerpaduError(f"the package {PACKAGES[key].name} of this release holds no program {file}")
            shutil.rmtree(folder / key, ignore_errors=True)  # only there where somebody took programs out of it
            tree.rename(folder / key)


class _Apt:
    """apt-get with lists and a cache of its own, below a folder."""

    def __init__(self, folder: Path) -> None:
        for part in ("state/lists/partial", "cache/archives/partial", "log", "packages"):
            (folder / part).mkdir(parents=True)
        self._folder = folder
        self._configuration = folder / "apt.conf"
        self._configuration.write_text(_APT_CONFIGURATION.format(folder=folder), encoding="utf-8")
        self._update_trouble = ""

    def update(self) -> None:
        """Read the lists of this machine's own sources; one source of several that fails is no reason to stop."""
        done = self._run("update")
        self._update_trouble = done.stderr

    def unpack(self, package: str, tree: Path) -> None:
        """Unpack a package, and whatever it needs and this machine lacks, into one folder."""
        plan = self._run("--simulate", "--no-install-recommends", "install", package)
        if plan.returncode != 0:
            raise self._refusal(package, plan.stderr)
        wanted = [f"{name}={version}" for name, version in _NEW_PACKAGE.findall(plan.stdout)] or [package]
        downloads = self._folder / "packages" / package
        downloads.mkdir()
        loaded = self._run("download", *wanted, folder=downloads)
        if loaded.returncode != 0:
            raise self._refusal(package, loaded.stderr)
        tree.mkdir()
        for archive in sorted(downloads.glob("*.deb")):
            unpacked = self._call(["dpkg", "-x", str(archive), str(tree)], self._folder)
            if unpacked.returncode != 0:
                raise TerpaduError(f"{package} can't be unpacked: {unpacked.stderr.strip()}")

    def _run(self, *arguments: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        return self._call(["apt-get", "-c", str(self._configuration), "-q", *arguments], folder or self._folder)

    @staticmethod
    def _call(words: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(  # noqa: S603 - apt-get and dpkg, with names from the table above
                words,
                cwd=folder,
                env={**os.environ, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_APT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TerpaduError(
                f"{words[0]} didn't end within {_APT_SECONDS} s; is there a way to the package servers?"
            ) from error

    def _refusal(self, package: str, trouble: str) -> TerpaduError:
        errors = [line for line in (self._update_trouble + trouble).splitlines() if line.startswith("E: ")]
        reason = errors[-1].removeprefix("E: ") if errors else "apt-get gave no reason"
        return TerpaduError(f"{package} can't be fetched: {reason}. Try: sudo apt-get install {package}")


def _over_usr_share(share: Path, start: Sequence[str]) -> list[str]:
    """Return a start in which /usr/share is the package's own.

    As root a mount namespace is enough, anyone else needs a user namespace around it; where both are refused the
    program starts without the mount, and says itself what it misses. The machine's own files show through where the
    kernel can overlay; where they don't, time zones are handed over beside the mount.
    """
    unshare = which("unshare")
    for flags in ("-m", "-rm"):
        if unshare and succeeds([unshare, flags, "true"]):
            zones = importlib.resources.files("tzdata") / "zoneinfo"
            inner = ["sh", "-c", _OVER_USR_SHARE, "sh", str(share), *start]
            return ["env", f"ZONEINFO={zones}", unshare, flags, *inner]
    return list(start)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
