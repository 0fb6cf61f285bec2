"""What kind of file system a folder lies on: a ledger on a network's would be damaged without a word."""

from __future__ import annotations

from pathlib import Path

from exporter.errors import LedgerError

MOUNTS = Path("/proc/self/mountinfo")
_NETWORK = frozenset(
    {
        "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs",
        "nfs4", "ocfs2", "orangefs", "smb2", "smb3", "smbfs",
    }
)  # fmt: skip
_LOCAL_FUSE = frozenset(
    {
        "fuse.bindfs", "fuse.cryfs", "fuse.encfs", "fuse.exfat", "fuse.fuse-overlayfs", "fuse.gocryptfs",
        "fuse.mergerfs", "fuse.mhddfs", "fuse.ntfs-3g", "fuse.unionfs", "fuse.unionfs-fuse", "fuse.zfs-fuse",
    }
)  # fmt: skip


def type_of(folder: Path, mounts: Path = MOUNTS) -> str | None:
    """Return the type of the file system that a folder lies on, as the kernel names it (proc(5), mountinfo).

    None where the kernel doesn't say.
    """
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").rstrip("\n").split("\n")
    except OSError:
        return None
    path, found, deepest = folder.resolve(), None, -1
    for line in lines:
        fields = line.split(" ")
        mounted_on = Path(_unescaped(fields[4]))
        depth = len(mounted_on.parts)
        if depth >= deepest and path.is_relative_to(mounted_on):
            found, deepest = fields[fields.index("-", 5) + 1], depth
    return found


def refuse_network(ledger: Path, mounts: Path = MOUNTS) -> None:
    """Raise LedgerError where a ledger would lie on another machine's disk."""
    kind = type_of(ledger.resolve().parent, mounts)
    if kind is not None and _is_network(kind):
        raise LedgerError(
            f"ledger {ledger}: {ledger.resolve().parent} is a network folder ({kind}), where SQLite's write-ahead log"
            " would be damaged, for its shared memory is one machine's; put the ledger on a local disk, and copy it"
            " there with `terpadu ledger backup`"
        )


def _is_network(kind: str) -> bool:
    """Return whether it may be another machine's disk; of a FUSE nobody knows, it may."""
    if kind == "fuse" or kind.startswith("fuse."):
        return kind not in _LOCAL_FUSE
    return kind in _NETWORK


def _unescaped(field: str) -> str:
    r"""Return a mount point as it is: mountinfo writes space, tab, newline and backslash as \040, \011, \012, \134."""
    for octal in ("040", "011", "012", "134"):
        field = field.replace(f"\\{octal}", chr(int(octal, 8)))
    return field
