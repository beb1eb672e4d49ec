"""Atomic files and folders: complete or absent, for readers and after a kill of the writer."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


def write_text_atomically(path: Path, text: Iterable[str]) -> None:
    """Replaces a text file by these pieces. Characters that UTF-8 cannot encode are written as escapes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary_sibling(path)
    try:
        with temporary.open("w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(text)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """A folder to write into. It replaces `path` when the block succeeds, and is removed when it does not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary, old = _temporary_sibling(path), _temporary_sibling(path)
    temporary.mkdir()
    try:
        yield temporary
        if path.exists():
            path.rename(old)
        temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _temporary_sibling(path: Path) -> Path:
    return path.with_name(f".{path.name}.{uuid4().hex[:8]}")
