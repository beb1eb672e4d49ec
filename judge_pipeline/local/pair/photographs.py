"""The photographs of the demo, or the user's own images."""

import hashlib
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from judge_pipeline.local.pair.errors import NoPhotographs

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})


@dataclass(frozen=True, slots=True)
class Photograph:
    """An image file and the sha256 (hex) of its bytes."""

    path: Path
    sha256: str

    @property
    def title(self) -> str:
        """The name of its storage item."""
        return self.path.name


def sample_folder() -> Path:
    """The folder with the package's 23 photographs; its ATTRIBUTION.tsv names their sources."""
    with as_file(files("judge_pipeline.local.pair") / "photographs") as folder:
        return folder


def photographs(folder: Path) -> list[Photograph]:
    """The images of a folder, sorted by name.

    Raises:
        NoPhotographs: the folder is missing or holds no images.
    """
    if not folder.is_dir():
        raise NoPhotographs(f"{str(folder)!r} is not a folder; choose one with JPEG, PNG or WebP files")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
    if not paths:
        raise NoPhotographs(f"the folder {str(folder)!r} holds no JPEG, PNG or WebP files")
    return [Photograph(path, hashlib.sha256(path.read_bytes()).hexdigest()) for path in paths]
