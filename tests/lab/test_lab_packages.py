from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from exporter.errors import TerpaduError
from exporter.lab import packages

APT_GET = """\
#!/bin/sh
case "$*" in
  *simulate*snmpd) echo "Inst libsnmp40 (5.9 Debian:12 [amd64])"; echo "Inst snmpd (5.9 Debian:12 [amd64])" ;;
  *download*) shift 3; shift; for each; do touch "${each%=*}.deb"; done ;;
  *simulate*) echo "E: Unable to locate package" >&2; exit 100 ;;
esac
"""
DPKG = """\
#!/bin/sh
mkdir -p "$3/usr/sbin" && touch "$3/usr/sbin/$(basename "$2" .deb)"
"""
EVERY_PROGRAM = "#!/bin/sh\nmkdir -p $3/usr/sbin\n" + "\n".join(
    f"touch $3/usr/sbin/{file}" for package in packages.PACKAGES.values() for file in package.programs.values()
)
FULL_DISK = (
    "#!/bin/sh\nmkdir -p $3/usr/sbin; touch $3/usr/sbin/snmpd; echo 'dpkg: No space left on device' >&2; exit 2\n"
)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache on a machine that has none of the programs, and no apt-get."""
    monkeypatch.setenv("TERPADU_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(packages, "which", lambda _name: None)
    return packages.cache_folder()


class Machine:
    """A machine whose apt-get and dpkg are scripts, and which has none of the programs."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        folder.mkdir()
        monkeypatch.setenv("PATH", str(folder), prepend=":")
        monkeypatch.setattr(packages, "which", self._which)
        self.write("apt-get", APT_GET)
        self.write("dpkg", DPKG)

    def write(self, name: str, script: str) -> None:
        (self._folder / name).write_text(script)
        (self._folder / name).chmod(0o755)

    def _which(self, name: str) -> str | None:
        return str(self._folder / name) if (self._folder / name).exists() else None


@pytest.fixture
def machine(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    assert not cache.exists()
    return Machine(tmp_path / "bin", monkeypatch)


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.parametrize(
    ("environment", "parent"),
    [
        ({"TERPADU_CACHE": "/srv/lab", "XDG_CACHE_HOME": "/xdg"}, "/srv/lab"),
        ({"TERPADU_CACHE": "", "XDG_CACHE_HOME": "/xdg"}, "/xdg/terpadu"),
        ({"XDG_CACHE_HOME": ""}, "/home/siti/.cache/terpadu"),
        ({}, "/home/siti/.cache/terpadu"),
    ],
)
def test_the_cache_is_where_the_environment_says(
    environment: Mapping[str, str], parent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/siti")
    assert packages.cache_folder(environment).parent == Path(parent)


def test_a_relative_cache_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert packages.cache_folder({"TERPADU_CACHE": "lab"}).parent == tmp_path / "lab"


def test_each_release_of_a_system_has_a_folder_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.freedesktop_os_release", lambda: {"ID": "debian", "VERSION_ID": "13"})
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    assert packages.cache_folder({"TERPADU_CACHE": "/srv"}) == Path("/srv/debian-13-riscv64")


def test_a_fetched_program_is_found_without_a_network(cache: Path) -> None:
    fetched = put(cache / "prometheus/usr/bin/promtool")
    assert packages.ensure("promtool") == fetched


def test_a_fetched_program_goes_before_the_machines_own(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = put(cache / "snmpd/usr/sbin/snmpd")
    monkeypatch.setattr(packages, "which", lambda name: f"/usr/sbin/{name}")
    assert packages.program("snmpd") == fetched


def test_the_machines_own_program_is_found_by_its_packages_name(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not cache.exists()
    monkeypatch.setattr(packages, "which", {"prometheus-alertmanager": "/usr/bin/prometheus-alertmanager"}.get)
    assert packages.program("alertmanager") == Path("/usr/bin/prometheus-alertmanager")


def test_without_apt_get_the_package_is_named_and_what_to_do(cache: Path) -> None:
    with pytest.raises(TerpaduError) as caught:
        packages.fetch("prometheus")
    assert str(caught.value) == (
        "prometheus can't be fetched: this machine has no apt-get. Install what holds prometheus, promtool by the "
        "system's own means, so that they are on the PATH"
    )
    assert names_in(cache) == ["lock"]


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / "file")
    monkeypatch.setenv("TERPADU_CACHE", str(tmp_path / "file"))
    with pytest.raises(TerpaduError, match=r"can't be written .*; name another folder in TERPADU_CACHE$"):
        packages.fetch("prometheus")


@pytest.mark.usefixtures("machine")
def test_a_package_is_fetched_with_the_libraries_that_the_machine_lacks(cache: Path) -> None:
    assert packages.fetch("snmpd") == ["snmpd"]
    assert names_in(cache / "snmpd/usr/sbin") == ["libsnmp40", "snmpd"]


@pytest.mark.usefixtures("machine")
def test_what_is_there_is_not_fetched_again(cache: Path) -> None:
    put(cache / "snmpd/usr/sbin/snmpd")
    assert packages.fetch("snmpd") == []


@pytest.mark.usefixtures("machine")
def test_a_package_that_the_sources_lack_is_refused_with_apt_gets_reason() -> None:
    with pytest.raises(TerpaduError) as caught:
        packages.fetch("prometheus")
    assert str(caught.value) == (
        "prometheus can't be fetched: Unable to locate package. Try: sudo apt-get install prometheus"
    )


def test_a_package_that_is_half_unpacked_is_refused_and_leaves_nothing(cache: Path, machine: Machine) -> None:
    machine.write("dpkg", FULL_DISK)
    with pytest.raises(TerpaduError, match=r"^snmpd can't be unpacked: dpkg: No space left on device"):
        packages.fetch("snmpd")
    assert names_in(cache) == ["lock"]


def test_a_package_without_its_program_is_refused_and_leaves_nothing(cache: Path, machine: Machine) -> None:
    machine.write("dpkg", "#!/bin/sh\n")
    with pytest.raises(TerpaduError, match=r"^the package snmpd of this release holds no program snmpd$"):
        packages.fetch("snmpd")
    assert names_in(cache) == ["lock"]


def test_what_an_interrupted_fetch_left_is_not_taken_for_complete(cache: Path) -> None:
    put(cache / "fetching-x1y2/snmpd/usr/sbin/snmpd")
    assert packages.program("snmpd") is None


@pytest.mark.usefixtures("machine")
def test_a_folder_that_lost_its_program_is_fetched_anew(cache: Path) -> None:
    put(cache / "snmpd/usr/share/doc/snmpd")
    assert packages.fetch("snmpd") == ["snmpd"]
    assert packages.program("snmpd") == cache / "snmpd/usr/sbin/snmpd"


@pytest.mark.parametrize("arguments", [[], ["nosuch"], ["snmpd", "nosuch"]])
def test_an_unknown_name_is_met_with_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert packages.main(arguments) == 2
    names = "all|prometheus|alertmanager|snmpd|snmp_exporter|iproute2|fping|docker-compose|docker|debootstrap"
    assert capsys.readouterr() == ("", f"usage: python -m exporter.lab.packages {names} ...\n")


def test_all_is_what_the_tests_of_every_run_use(cache: Path, machine: Machine) -> None:
    machine.write("apt-get", APT_GET.replace("*simulate*snmpd)", "*simulate*)"))
    machine.write("dpkg", EVERY_PROGRAM)
    assert packages.main(["all"]) == 0
    there = sorted(folder.name for folder in cache.iterdir() if folder.is_dir())
    assert there == sorted({*packages.PACKAGES} - {"docker", "debootstrap"})


@pytest.mark.usefixtures("machine")
def test_what_was_fetched_is_told(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert packages.main(["snmpd"]) == 0
    assert capsys.readouterr() == (f"fetched snmpd into {cache / 'snmpd'}\n", "")


@pytest.mark.usefixtures("cache")
def test_what_cannot_be_had_is_told_and_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert packages.main(["snmpd"]) == 1
    assert capsys.readouterr().err.startswith("snmpd can't be fetched: this machine has no apt-get.")
