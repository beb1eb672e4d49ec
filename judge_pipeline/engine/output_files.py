"""Reports and exports in a folder or an object store: each file complete or absent, for readers and after a kill of the writer.

An object store shows a file when its upload is complete. What is written together is not swapped together there: stores have no
renaming of folders.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeAlias

from judge_pipeline.engine.atomic_files import write_text_atomically

if TYPE_CHECKING:
    from upath import UPath

OutputPath: TypeAlias = "Path | UPath"
"""A path in a folder, or in an object store."""

MAX_REASON = 200


class OutputUnwritable(Exception):
    """An object store does not take a file; the message is one sentence."""


def write_output_text(path: OutputPath, text: Iterable[str]) -> None:
    """Replaces a text file by these pieces. Characters that UTF-8 cannot encode are written as escapes.

    Raises:
        OutputUnwritable: the object store does not take it.
        OSError: the folder does not take it.
    """
    if isinstance(path, Path):
        write_text_atomically(path, text)
        return
    with _one_sentence(path):
        path.write_bytes("".join(text).encode("utf-8", errors="backslashreplace"))


def write_output_files(folder: OutputPath, write: Callable[[Path], Sequence[str]]) -> Sequence[str]:
    """Replaces the files that `write` makes in a temporary folder; it returns their names, as this does.

    Raises:
        OutputUnwritable: the object store does not take one.
        OSError: the folder does not take one.
    """
    if isinstance(folder, Path):
        folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder if isinstance(folder, Path) else None) as temporary:
        names = write(Path(temporary))
        for name in names:
            source, target = Path(temporary) / name, folder / name
            if isinstance(target, Path):
                source.replace(target)
                continue
            with _one_sentence(target):
                target.fs.put_file(str(source), target.path)
    return names


@contextmanager
def _one_sentence(path: "UPath") -> Iterator[None]:
    try:
        yield
    except Exception as error:  # each store's library raises its own
        reason = " ".join(str(error).split()).partition("?")[0][:MAX_REASON]  # without the query of a signed URL
        raise OutputUnwritable(
            f"{path} cannot be written: {reason or type(error).__name__} ({type(error).__name__}); check the bucket, and the "
            "credentials that the store's library reads on this machine, see docs/many-machines.md"
        ) from None
