from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from exporter.lab import namespace
from exporter.lab.hosts import HOSTS

SHUT = "a network of its own can't be made (unshare failed: Operation not permitted); "


def inside(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "exporter.lab.namespace", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


ECHO_SOCKET = "from socket import *; socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP).close()"


def shown(expression: str, *before: str) -> str:
    """Return what Python makes of an expression in a namespace of its own."""
    program = f"from exporter.lab import namespace; print({expression})"
    done = inside(*before, sys.executable, "-c", program)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that refuses namespaces."""
    failing = ["sh", "-c", "echo 'unshare failed: Operation not permitted' >&2; exit 1"]
    monkeypatch.setattr(namespace, "entering", lambda _command: failing)


def test_the_commands_exit_status_is_the_processs_own() -> None:
    assert inside("sh", "-c", "exit 7").returncode == 7


def test_a_signal_that_ends_the_command_ends_the_process() -> None:
    assert inside("sh", "-c", "kill -TERM $$").returncode == -signal.SIGTERM


def test_the_loopback_is_up_and_alone() -> None:
    interfaces = "[name for _, name in __import__('socket').if_nameindex()]"
    assert shown(interfaces) == "['lo']"


def test_echoes_are_allowed_inside() -> None:
    assert inside(sys.executable, "-c", ECHO_SOCKET).returncode == 0


def test_echoes_of_the_loopback_are_answered() -> None:
    assert shown("__import__('icmplib').ping('127.0.0.1', 1, privileged=False).is_alive") == "True"


def test_in_a_bare_namespace_echoes_are_not_allowed() -> None:
    assert "PermissionError" in inside("unshare", "-rn", sys.executable, "-c", ECHO_SOCKET).stderr


def test_inside_is_private() -> None:
    assert shown("namespace.is_private()") == "True"


def test_a_namespace_below_is_not_private() -> None:
    assert shown("namespace.is_private()", "unshare", "-rn") == "False"


def test_without_the_mark_no_namespace_is_private() -> None:
    assert not namespace.is_private({})


def test_the_files_of_names_are_copies_and_the_folder_that_they_came_from_is_as_before() -> None:
    show = "cat /etc/hosts; grep ^hosts: /etc/nsswitch.conf; ls -id /tmp"
    done = inside("sh", "-c", show)
    machines = HOSTS.read_text().partition("# The lab's own")[0].rstrip("\n")
    folder = f"{Path('/tmp').stat().st_ino} /tmp"  # noqa: S108 - it is looked at alone
    mark = "# The lab's own: what follows is written anew whenever a name moves."
    assert done.stdout.splitlines() == [*machines.splitlines(), mark, "hosts: files", folder]


def test_where_mounts_are_refused_it_says_so() -> None:
    without_mounts = ["unshare", "-rn", sys.executable, "-m", "exporter.lab.namespace", "--prepare", "true"]
    done = subprocess.run(without_mounts, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (1, f"mount: Operation not permitted: {tempfile.gettempdir()}\n")


def test_a_missing_command_is_127() -> None:
    done = inside("no-such-command")
    assert (done.returncode, done.stderr) == (127, "no-such-command: No such file or directory\n")


def test_without_a_command_the_usage_is_told() -> None:
    done = inside()
    assert (done.returncode, done.stderr) == (2, "usage: python -m exporter.lab.namespace COMMAND [ARGS...]\n")


def test_a_system_that_allows_none_is_met_with_the_sysctl_that_mends_it() -> None:
    again = f"{sys.executable} -m exporter.lab.namespace true"
    done = inside("sh", "-c", f"echo 0 > /proc/sys/user/max_user_namespaces; exec {again}")
    assert done.returncode == 1
    assert done.stderr.endswith("; type: sudo sysctl user.max_user_namespaces=10000\n")


@pytest.mark.usefixtures("refused")
def test_the_switch_that_refuses_is_named_by_its_sysctl(tmp_path: Path) -> None:
    (tmp_path / "open").write_text("1\n")
    (tmp_path / "shut").write_text("0\n")
    switches = {
        str(tmp_path / "missing"): ("0", "sudo sysctl missing=1"),
        str(tmp_path / "open"): ("0", "sudo sysctl open=1"),
        str(tmp_path / "shut"): ("0", "sudo sysctl shut=1"),
    }
    assert namespace.refusal(switches) == f"{SHUT}type: sudo sysctl shut=1"


@pytest.mark.usefixtures("refused")
def test_where_no_switch_refuses_the_container_does() -> None:
    assert namespace.refusal({}) == (
        f"{SHUT}in a container, start it with: docker run --security-opt seccomp=unconfined "
        "--security-opt systempaths=unconfined"
    )


def test_without_unshare_its_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespace, "which", lambda _name: None)
    assert namespace.refusal() == (
        "a network of its own can't be made: unshare is missing. Type: sudo apt-get install util-linux"
    )


def test_where_nothing_refuses_there_is_no_refusal() -> None:
    assert namespace.refusal() is None
