"""Detects an SQLite file on a network file system, where writes from several hosts would corrupt it."""

import logging
from pathlib import Path

KINDS = {"9p", "afs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "glusterfs", "lustre", "nfs", "nfs4", "smb3"}
"""Linux's names. SQLite's write-ahead log needs memory that all its processes share (https://www.sqlite.org/wal.html)."""

MOUNTS = Path("/proc/self/mounts")

logger = logging.getLogger(__name__)
_warned: set[Path] = set()


def warn_of_network_files(file: Path) -> None:
    """Warns once per process if the file is on a network file system. Works on Linux only."""
    kind = network_kind(file, MOUNTS.read_text(errors="replace")) if MOUNTS.is_file() else None
    if kind and file not in _warned:
        _warned.add(file)
        logger.warning(
            "the store %s is on a network file system (%s): run from one host only, or set JUDGE_PIPELINE_DATABASE_URL "
            "to a PostgreSQL database",
            file,
            kind,
        )


def network_kind(file: Path, mounts: str) -> str | None:
    """The type of network file system that a path is on, None for a local one; `mounts` is the text of /proc/self/mounts."""
    points = {}
    for line in mounts.splitlines():
        _, point, kind, *_ = line.split(" ")
        points[Path(point.replace("\\040", " "))] = kind
    nearest = next((points[folder] for folder in file.resolve().parents if folder in points), "")
    return nearest if nearest in KINDS else None
