"""A folder in memory for the tests' thousands of databases, each of whose commits waits for a disk."""

import os

MEMORY = "/dev/shm"
ROOM = 4 << 30


def memory_folder(folder: str = MEMORY) -> str | None:
    """It, if it has room for the whole suite and programs run from it, which a container's own has not; else None."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    has_room = found.f_bavail * found.f_frsize > ROOM
    return folder if has_room and not found.f_flag & os.ST_NOEXEC and os.access(folder, os.W_OK) else None
