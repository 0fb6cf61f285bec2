from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.errors import TerpaduError
from exporter.lab import chromium

INSTALLS = """\
#!/bin/sh
echo "$RUNLEVEL $SYSTEMD_OFFLINE $DEBIAN_FRONTEND $*" >> {folder}/calls
case "$*" in *install*) printf '#!/bin/sh\\n' > {folder}/chromium; chmod 755 {folder}/chromium ;; esac
"""
NEEDS_LISTS = """\
#!/bin/sh
case "$*" in
  *update*) touch {folder}/lists ;;
  *) [ -e {folder}/lists ] || {{ echo 'E: Unable to locate package chromium' >&2; exit 100; }}
     printf '#!/bin/sh\\n' > {folder}/chromium; chmod 755 {folder}/chromium ;;
esac
"""
REFUSES = "#!/bin/sh\necho 'E: Unable to locate package chromium' >&2; exit 100\n"
DOES_NOTHING = "#!/bin/sh\n"
STARTS, IS_A_STUB = "#!/bin/sh\n", "#!/bin/sh\necho 'requires the chromium snap' >&2; exit 1\n"
Machine = Callable[[str, str], Path]


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine of root's without a browser; machine(NAME, SCRIPT) gives it a program."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
    monkeypatch.setenv("TERPADU_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(chromium, "which", lambda name: str(folder / name) if (folder / name).exists() else None)

    def give(name: str, script: str) -> Path:
        (folder / name).write_text(script.format(folder=folder))
        (folder / name).chmod(0o755)
        return folder / name

    return give


def test_what_is_there_is_not_installed_again(machine: Machine) -> None:
    machine("apt-get", REFUSES)
    there = machine("google-chrome", STARTS)
    assert (chromium.install(), chromium.program()) == (False, there)


def test_a_program_that_only_names_a_snap_is_no_browser(machine: Machine) -> None:
    machine("chromium-browser", IS_A_STUB)
    assert chromium.program() is None


def test_root_installs_it_with_its_font_and_starts_no_service(machine: Machine) -> None:
    calls = machine("apt-get", INSTALLS).with_name("calls")
    assert chromium.install()
    (said,) = calls.read_text().splitlines()
    assert said.split()[:3] == ["1", "1", "noninteractive"]
    assert said.split()[-4:] == ["install", "--no-install-recommends", "chromium", "fonts-inter"]
    assert chromium.program() == calls.with_name("chromium")


def test_a_machine_without_lists_of_packages_gets_them_first(machine: Machine) -> None:
    machine("apt-get", NEEDS_LISTS)
    assert chromium.install()


def test_who_is_not_root_is_told_what_to_type(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine("apt-get", INSTALLS)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(TerpaduError) as caught:
        chromium.install()
    assert str(caught.value) == (
        "Chromium isn't there, and only root can install it; type: sudo apt-get install chromium fonts-inter"
    )


@pytest.mark.usefixtures("machine")
def test_a_machine_without_apt_get_is_told_so() -> None:
    with pytest.raises(TerpaduError, match=r"^Chromium isn't there, and this machine has no apt-get; install it by"):
        chromium.install()


def test_a_release_without_it_is_refused_with_apt_gets_reason(machine: Machine) -> None:
    machine("apt-get", REFUSES)
    with pytest.raises(TerpaduError) as caught:
        chromium.install()
    assert str(caught.value) == (
        "Chromium can't be installed: Unable to locate package chromium; "
        "type: sudo apt-get install chromium fonts-inter"
    )


def test_a_browser_that_does_not_start_is_told(machine: Machine) -> None:
    machine("apt-get", DOES_NOTHING)
    with pytest.raises(TerpaduError, match=r"^Chromium was installed, and doesn't start; try: chromium --version$"):
        chromium.install()


def test_an_installation_without_end_is_given_up(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine("apt-get", "#!/bin/sh\nexec sleep 20\n")
    monkeypatch.setattr(chromium, "_SECONDS", 0.1)
    with pytest.raises(
        TerpaduError, match=r"^apt-get didn't end within 0\.1 s; is there a way to the package servers\?"
    ):
        chromium.install()


def test_the_command_tells_what_it_installed_and_then_nothing(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine("apt-get", INSTALLS)
    assert (chromium.main(), chromium.main()) == (0, 0)
    assert capsys.readouterr() == ("installed chromium and fonts-inter\n", "")


def test_the_command_tells_what_it_can_not_do_and_ends_with_1(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine("apt-get", REFUSES)
    assert chromium.main() == 1
    assert capsys.readouterr().err.startswith("Chromium can't be installed: Unable to locate package chromium;")
