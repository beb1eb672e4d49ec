"""The photographs of the demo, or the user's own images."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from judge_pipeline.local.pair.errors import NoPhotographs

SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".bmp", ".tif", ".tiff"})
"""Of the image formats that Encord takes."""

FORMATS = "JPEG, PNG, WebP, AVIF, BMP or TIFF files"

KINDS = HIDDEN, SUBFOLDER, CLOSED, EMPTY, UNREADABLE = (
    "hidden file",
    "subfolder",
    "unreadable folder",
    "empty file",
    "unreadable file",
)
NAMED_SUFFIXES = 5

LeftOut = Counter[str]
"""How many files of a folder are not taken, by kind: one of the constants above, or a suffix."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """An image file, the name of its storage item, and the sha256 (hex) of its bytes.

    The title is the path within the folder; bytes of it that are not UTF-8 are written out.
    """

    path: Path
    title: str
    sha256: str

    @property
    def folder(self) -> Path:
        """The folder that was searched."""
        return self.path.parents[self.title.count("/")]


def sample_folder() -> Path:
    """The folder with the package's 23 photographs; its ATTRIBUTION.tsv names their sources."""
    with as_file(files("judge_pipeline.local.pair") / "photographs") as folder:
        return folder


def photographs(folder: Path, *, recursive: bool = False, left_out: LeftOut | None = None) -> list[Photograph]:
    """The images of a folder, sorted by name; with `recursive` also those of its subfolders.

    What is not taken is counted in `left_out`.

    Raises:
        NoPhotographs: the folder is missing or holds no images.
    """
    left_out = Counter() if left_out is None else left_out
    if not folder.is_dir():
        raise NoPhotographs(f"{readable(folder)!r} is not a folder; choose one with {FORMATS}")
    found: dict[str, Photograph] = {}
    for path in sorted(_candidates(folder, recursive, left_out)):
        try:
            content = path.read_bytes()
        except OSError:
            left_out[UNREADABLE] += 1
            continue
        if not content:
            left_out[EMPTY] += 1
            continue
        title = readable(path.relative_to(folder))
        while title in found:  # another file's name is what this one looks like when it is written out
            title += " (2)"
        found[title] = Photograph(path, title, hashlib.sha256(content).hexdigest())
    if not found:
        reason = f"; {left_out_sentence(folder, left_out)}" if left_out else ""
        raise NoPhotographs(f"the folder {readable(folder)!r} holds no {FORMATS}{reason}")
    return list(found.values())


def readable(path: Path) -> str:
    """The path as text, with bytes that are not UTF-8 written out: `caf\\xe9.jpg`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def left_out_sentence(folder: Path, left_out: LeftOut) -> str:
    """What was not taken of the folder, and why, by kind; empty if everything was."""
    counts = dict(sorted(left_out.items(), key=lambda kind: (-kind[1], _name(kind[0]))))
    parts = [_counted(counts.pop(kind), kind) for kind in KINDS if kind in counts]
    suffixes = list(counts.items())
    parts += [_counted(count, f"{_name(suffix)} file") for suffix, count in suffixes[:NAMED_SUFFIXES]]
    if rest := sum(count for _, count in suffixes[NAMED_SUFFIXES:]):
        parts.append(_counted(rest, "other file"))
    if not parts:
        return ""
    advice = "; --recursive takes the images of subfolders" if SUBFOLDER in left_out else ""
    return f"left out of {readable(folder)!r}: {', '.join(parts)}{advice}"


def _counted(count: int, kind: str) -> str:
    return f"{count} {kind}" if count == 1 else f"{count} {kind}s"


def _name(suffix: str) -> str:
    return os.fsencode(suffix).decode("utf-8", "backslashreplace") or "suffixless"


def _candidates(folder: Path, recursive: bool, left_out: LeftOut) -> Iterator[Path]:
    """The files with an image's suffix; each folder is listed once, and links to folders are not followed."""
    try:
        entries = list(os.scandir(folder))
    except OSError:
        left_out[CLOSED] += 1
        return
    for entry in entries:
        path, suffix = Path(entry.path), Path(entry.name).suffix.lower()
        if entry.name.startswith("."):
            left_out[HIDDEN] += 1
        elif entry.is_dir():
            if recursive and not entry.is_symlink():
                yield from _candidates(path, recursive, left_out)
            else:
                left_out[SUBFOLDER] += 1
        elif suffix not in SUFFIXES:
            left_out[suffix] += 1
        elif entry.is_file():
            yield path
        else:
            left_out[UNREADABLE] += 1
