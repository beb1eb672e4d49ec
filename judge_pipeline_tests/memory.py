"""A folder in memory for the tests' thousands of databases, each of whose commits waits for a disk."""

import os
import shutil
from pathlib import Path

MEMORY = "/dev/shm"
ROOM = 4 << 30
KEPT_BYTES = 64 << 20


def memory_folder(folder: str = MEMORY) -> str | None:
    """It, if it has room for the whole suite and programs run from it, which a container's own has not; else None."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    has_room = found.f_bavail * found.f_frsize > ROOM
    return folder if has_room and not found.f_flag & os.ST_NOEXEC and os.access(folder, os.W_OK) else None


def keep_failed(tests: Path, kept: Path) -> bool:
    """Replaces `kept` by the folders of failed tests (pytest has removed the others), the smallest first and `KEPT_BYTES` in all.

    Says whether there are any.
    """
    shutil.rmtree(kept, ignore_errors=True)
    folders = [folder for folder in tests.glob("*/test_*") if folder.is_dir() and not folder.is_symlink()]
    room = KEPT_BYTES
    for size, folder in sorted((_bytes_in(folder), folder) for folder in folders):
        room -= size
        if room >= 0:
            shutil.copytree(folder, kept / folder.name, symlinks=True, ignore=_special_files, dirs_exist_ok=True)
    return kept.exists()


def _bytes_in(folder: Path) -> int:
    return sum(file.lstat().st_size for file in folder.rglob("*"))


def _special_files(folder: str, names: list[str]) -> list[str]:
    """Sockets and pipes, which cannot be copied."""
    return [name for name in names if not (Path(folder, name).is_dir() or Path(folder, name).is_file())]
