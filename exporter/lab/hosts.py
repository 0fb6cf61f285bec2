"""Names in the lab: files of names that are a mount namespace's own, where the district's names lead to its addresses.

In a container that is the lab's alone they are the container's files.

The C library reads them at each look-up, so whoever looks a name up in the lab does it as anywhere else. A name that
isn't in them isn't found, and nobody is asked for it.
"""

from __future__ import annotations

import ctypes
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from exporter.errors import TerpaduError

HOSTS = Path("/etc/hosts")
_SERVICES = Path("/etc/nsswitch.conf")
_MARK = b"# The lab's own: what follows is written anew whenever a name moves.\n"
_LONGEST_ADDRESS = 39
_MS_BIND, _MNT_DETACH = 4096, 2  # linux/mount.h, linux/fs.h


def make_private() -> None:
    """Lay copies over the machine's files of names, in this mount namespace alone; OSError where that is refused.

    The copies are in memory, and gone with the namespace.
    """
    texts = _of_the_lab(Path("/"))
    folder = Path(tempfile.gettempdir())  # covered for a moment, which nobody sees who is elsewhere
    libc = ctypes.CDLL(None, use_errno=True)
    _demand(libc.mount(b"tmpfs", bytes(folder), b"tmpfs", ctypes.c_ulong(0), None), folder)
    try:
        for target, text in texts.items():
            copy = folder / target.name
            copy.write_bytes(text)
            _demand(libc.mount(bytes(copy), bytes(target), None, ctypes.c_ulong(_MS_BIND), None), target)
    finally:
        _demand(libc.umount2(bytes(folder), _MNT_DETACH), folder)


def take(root: Path = Path("/")) -> None:
    """Let the files of names that are there be the lab's, below a root: a container's, who has them for itself."""
    for target, text in _of_the_lab(root).items():
        (root / target.relative_to("/")).write_bytes(text)


def write(names: Mapping[str, str], root: Path = Path("/")) -> None:
    """Let these addresses have these names, and no others in the lab. `root` is a process's, as /proc shows it.

    No look-up meanwhile finds less than is there before and after. TerpaduError where the file is the machine's.
    """
    lines = "".join(f"{address:<{_LONGEST_ADDRESS}} {name}\n" for address, name in names.items())
    with _seen_from(root).open("r+b") as file:
        machines, mark, _ = file.read().partition(_MARK)
        if not mark:
            raise TerpaduError(
                f"the lab can't name its links: {HOSTS} is the machine's own here; start it by: "
                "python -m exporter.lab.namespace COMMAND"
            )
        text = machines + mark + lines.encode()
        os.pwrite(file.fileno(), text, 0)
        file.truncate(len(text))


def read() -> dict[str, str]:
    """Return the names that the lab has given, by address."""
    lines = HOSTS.read_bytes().partition(_MARK)[2].decode().splitlines()
    return dict(line.split() for line in lines)


def _of_the_lab(root: Path) -> dict[Path, bytes]:
    """Return what the files of names of a root become: no name of the lab yet, and nobody asked for others."""
    machines = (root / HOSTS.relative_to("/")).read_bytes().partition(_MARK)[0]
    texts = {HOSTS: machines.rstrip(b"\n") + b"\n" + _MARK}
    services = root / _SERVICES.relative_to("/")
    if services.exists():
        texts[_SERVICES] = re.sub(rb"(?m)^hosts:.*", b"hosts: files", services.read_bytes())
    return texts


def _seen_from(root: Path) -> Path:
    return root / HOSTS.resolve().relative_to("/")  # a link in /etc would lead out of the other root


def _demand(status: int, path: Path) -> None:
    if status != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"mount: {os.strerror(number)}", str(path))
