"""Whether a SQLite file lies where several hosts could write it at once, which it does not survive."""

import logging
from pathlib import Path

KINDS = {"9p", "afs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "glusterfs", "lustre", "nfs", "nfs4", "smb3"}
"""Linux's names; SQLite's write-ahead log needs memory that all its processes share (https://www.sqlite.org/wal.html)."""

MOUNTS = Path("/proc/self/mounts")

logger = logging.getLogger(__name__)
_warned: set[Path] = set()


def warn_of_network_files(file: Path) -> None:
    """Says so in the log when a file lies on a network file system, once a process; on Linux alone can it be told."""
    kind = network_kind(file, MOUNTS.read_text(errors="replace")) if MOUNTS.is_file() else None
    if kind and file not in _warned:
        _warned.add(file)
        logger.warning(
            "the store %s lies on a network file system (%s): run from one host only, or set JUDGE_PIPELINE_DATABASE_URL "
            "to a PostgreSQL database",
            file,
            kind,
        )


def network_kind(file: Path, mounts: str) -> str | None:
    """The kind of network file system that a path is on, None for a local one; `mounts` is what Linux says is mounted."""
    points = {}
    for line in mounts.splitlines():
        _, point, kind, *_ = line.split(" ")
        points[Path(point.replace("\\040", " "))] = kind
    nearest = next((points[folder] for folder in file.resolve().parents if folder in points), "")
    return nearest if nearest in KINDS else None
