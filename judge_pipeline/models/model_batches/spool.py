"""Questions on disk until they are submitted: one file per model batch, split by what the server takes.

The folder of a run has mode 0700. It contains images, but neither keys nor the names of tags.
"""

import shutil
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from pydantic_core import to_json

from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import BadRequest
from judge_pipeline.models.model_batches.file_rules import FileRules, rules_of

SUFFIX = ".jsonl"


@dataclass(frozen=True, slots=True)
class SpoolPart:
    """A closed file of questions: their ids and the bytes of their lines, in order."""

    path: Path
    ids: Sequence[str]
    lengths: Sequence[int]

    @property
    def uuid(self) -> str:
        """The uuid of the batch, which is the name of the file."""
        return self.path.stem

    @property
    def bytes(self) -> int:
        """The size of the file."""
        return sum(self.lengths)

    def halves(self) -> "list[SpoolPart]":
        """Two files with about half of the bytes each, for a server that takes less than expected. One line stays one file.

        This file stays.
        """
        sums = list(accumulate(self.lengths))
        middle = min(bisect_left(sums, self.bytes / 2) + 1, max(len(sums) - 1, 1))
        halves = [
            SpoolPart(self.path.with_name(f"{uuid4()}{SUFFIX}"), self.ids[part], self.lengths[part])
            for part in (slice(0, middle), slice(middle, None))
            if self.ids[part]
        ]
        with self.path.open("rb") as source:
            for half in halves:
                with half.path.open("xb") as target:
                    for length in half.lengths:
                        target.write(source.read(length))
        return halves

    def remove(self) -> None:
        """Deletes the file, if it is there."""
        self.path.unlink(missing_ok=True)


class Spool:
    """The questions of one run to one endpoint, in as many parts as the server needs."""

    def __init__(self, folder: Path, endpoint: Endpoint, *, rules: FileRules | None = None) -> None:
        self._folder = folder
        self._endpoint = endpoint
        self._rules = rules or rules_of(endpoint)
        self._file: BinaryIO | None = None
        self._ids: list[str] = []
        self._lengths: list[int] = []
        self._bytes = 0

    def append(self, question_id: str, body: Mapping[str, Any]) -> SpoolPart | None:
        """Writes a question; returns the part that had no room for it, which can be submitted now.

        Raises:
            BadRequest: the question alone is larger than what the server takes in one file.
        """
        line = request_line(question_id, body, path=self._rules.path)
        if len(line) > self._rules.bytes:
            raise BadRequest(
                f"{self._endpoint}: this question has {len(line):,} bytes, and the server takes {self._rules.bytes:,} in one file; "
                f"set {self._endpoint.name}__MODE=live"
            )
        is_full = self._bytes + len(line) > self._rules.bytes or len(self._ids) == self._rules.requests
        part = self.close() if is_full else None
        if self._file is None:
            path = self._folder / f"{uuid4()}{SUFFIX}"
            self._file = path.open("xb")
        self._file.write(line)
        self._ids.append(question_id)
        self._lengths.append(len(line))
        self._bytes += len(line)
        return part

    def close(self) -> SpoolPart | None:
        """The last part, if there are questions that no part has yet."""
        if self._file is None:
            return None
        self._file.close()
        part = SpoolPart(Path(self._file.name), self._ids, self._lengths)
        self._file, self._ids, self._lengths, self._bytes = None, [], [], 0
        return part


def request_line(question_id: str, body: Mapping[str, Any], *, path: str) -> bytes:
    """One question as a line of the file, for OpenAI's batches and for vLLM's `run-batch`."""
    return to_json({"custom_id": question_id, "method": "POST", "url": path, "body": body}) + b"\n"


def run_folder(spool: Path, run: str) -> Path:
    """The folder for a run's files, made if it is missing. No one else may read it."""
    for folder in (spool, spool / run):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    return spool / run


def remove_run_folder(spool: Path, run: str) -> None:
    """Deletes a run's files, submitted or not."""
    shutil.rmtree(spool / run, ignore_errors=True)


def remove_folders_of_others(spool: Path, *, is_over: Callable[[str], bool]) -> list[str]:
    """Deletes the files of the runs that are over; returns these runs. A killed run cannot delete its own."""
    runs = sorted(run for run in _runs_of(spool) if is_over(run))
    for run in runs:
        remove_run_folder(spool, run)
    return runs


def _runs_of(spool: Path) -> Iterator[str]:
    if spool.is_dir():
        yield from (folder.name for folder in spool.iterdir() if folder.is_dir())
