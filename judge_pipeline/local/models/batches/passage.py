"""One batch on its way from validating to its end."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from judge_pipeline.local.models.api.chat import Chat
from judge_pipeline.local.models.api.faults import Fault, FaultPlan
from judge_pipeline.local.models.batches.batch import Batch
from judge_pipeline.local.models.batches.files import FileStore
from judge_pipeline.local.models.batches.lines import OutputFiles, answer_line
from judge_pipeline.local.models.batches.records import RecordFolder
from judge_pipeline.local.models.batches.settings import BatchSettings
from judge_pipeline.local.models.batches.validation import Checked, check_input, read_line

EDGE_SHARE, EDGE_SECONDS = 0.1, 0.25
"""Validating and finalizing each take a share of a batch's time, and no longer than this."""

PACE_SECONDS = 0.02
"""Lines are spread over the time of a batch; shorter waits are skipped."""


class Stopped(Exception):
    """The server stops: the batch goes on at its next start."""


@dataclass(frozen=True)
class Surroundings:
    """What all batches of a server share."""

    folder: Path
    records: RecordFolder[Batch]
    chat: Chat
    files: FileStore
    faults: FaultPlan
    settings: BatchSettings
    stopping: threading.Event = field(default_factory=threading.Event)
    reserving: threading.Lock = field(default_factory=threading.Lock)
    """Held while a batch's tokens are compared with the limit."""

    def fail(self, id_: str, errors: list[dict[str, Any]]) -> None:
        """End a batch as failed."""
        self.records.change(id_, lambda batch: {**batch.entering("failed"), "errors": errors})


class Passage:
    """One batch on its way."""

    def __init__(self, shared: Surroundings, id_: str, wake: threading.Event) -> None:
        self._shared = shared
        self._id = id_
        self._wake = wake
        self._records = shared.records
        self._begun = time.monotonic()
        self._seconds = shared.settings.seconds
        self._edge = min(EDGE_SHARE * self._seconds, EDGE_SECONDS)
        self._parts = {name: shared.folder / f"{id_}.{name}" for name in ("output", "error")}

    def run(self) -> None:
        """From validating to its end.

        Raises:
            Stopped: the server stops.
        """
        self._wait_until(self._edge)
        batch = self._records.present(self._id)
        path = self._shared.files.content(batch.input_file_id)
        settings = self._shared.settings
        try:
            checked = check_input(
                path,
                endpoint=batch.endpoint,
                models=self._shared.chat.models,
                max_requests=settings.max_requests,
                tokens=settings.enqueued_tokens is not None,
            )
        except FileNotFoundError:
            checked = Checked()
            checked.refuse("file_not_found", f"The input file {batch.input_file_id} was deleted.")
        fault = self._shared.faults.take("batch", model=checked.model, text=json.dumps(batch.metadata))
        if fault is not None and fault.kind == "batch_failed":
            checked.refuse(fault.code or "", fault.text or "Injected fault: the batch failed.")
        if not checked.errors:
            self._reserve(checked)
        if checked.errors:
            self._shared.fail(self._id, checked.errors)
            return
        ended = self._answer_all(path, checked, fault)
        self._finish(ended, batch, is_reversed=fault is not None and fault.kind == "batch_reversed")

    def _reserve(self, checked: Checked) -> None:
        """Enter the state in_progress, or refuse: the model's unfinished batches hold too many tokens."""
        limit = self._shared.settings.enqueued_tokens
        with self._shared.reserving:
            others = [each for each in self._records.all() if each.model == checked.model and each.id != self._id]
            enqueued = sum(each.enqueued_tokens for each in others if not each.is_ended)
            if limit is not None and enqueued + checked.tokens > limit:
                checked.refuse(
                    "token_limit_exceeded",
                    f"Enqueued token limit reached for {checked.model} in organization org-local. Limit: {limit:,} "
                    "enqueued tokens. Please try again once some in_progress batches have been completed.",
                )
                return

            def begin(batch: Batch) -> dict[str, Any]:
                state = {} if batch.status == "cancelling" else batch.entering("in_progress")
                counts = {"completed": 0, "failed": 0, "input_tokens": 0, "output_tokens": 0}
                found = {"model": checked.model, "enqueued_tokens": checked.tokens, "total": len(checked.offsets)}
                return {**state, **counts, **found}

            self._records.change(self._id, begin)

    def _answer_all(self, path: Path, checked: Checked, fault: Fault | None) -> str:
        """Write a line for each request; returns the state that the batch ends in."""
        kind = fault.kind if fault else None
        self._seconds += (fault.delay_seconds or 0) if fault and kind == "batch_slow" else 0
        answering = max(0.0, self._seconds - 2 * self._edge)
        expires_after = fault.lines if fault and kind == "batch_expired" else None
        ended = "completed"
        with (
            path.open("rb") as file,
            self._parts["output"].open("wb") as output,
            self._parts["error"].open("wb") as bad,
        ):
            written = OutputFiles(output, bad)
            for number, line in enumerate(_lines(file, checked.offsets)):
                if ended == "completed":
                    self._wait_until(self._edge + answering * number / len(checked.offsets), least=PACE_SECONDS)
                    if self._records.present(self._id).status == "cancelling":
                        ended = "cancelled"
                    elif number == expires_after:
                        ended = "expired"
                if ended == "completed":
                    self._answer(line, written)
                else:
                    written.write_unfinished(line["custom_id"], ended)
            if expires_after is not None and ended == "completed":
                ended = "expired"
        self._wait_until(self._seconds - self._edge)
        return "cancelled" if self._records.present(self._id).status == "cancelling" else ended

    def _answer(self, line: dict[str, Any], written: OutputFiles) -> None:
        answer = answer_line(self._shared.chat, line["body"], self._sleep)
        written.write(line["custom_id"], answer)
        prompt, completion = answer.usage

        def count(batch: Batch) -> dict[str, Any]:
            return {
                "completed": batch.completed + answer.is_success,
                "failed": batch.failed + (not answer.is_success),
                "input_tokens": batch.input_tokens + prompt,
                "output_tokens": batch.output_tokens + completion,
            }

        self._records.change(self._id, count, on_disk=False)

    def _finish(self, ended: str, batch: Batch, *, is_reversed: bool) -> None:
        if ended != "cancelled":
            self._records.change(self._id, _finalizing)
            ended = "cancelled" if self._records.present(self._id).status == "cancelling" else ended
        self._wait_until(self._seconds)
        if is_reversed:
            for path in self._parts.values():
                _reverse_lines(path)
        ids = {
            name: self._shared.files.adopt(
                path, owner=batch.owner, filename=f"{batch.id}_{name}.jsonl", expires_seconds=batch.output_seconds
            )
            for name, path in self._parts.items()
        }
        found = {"output_file_id": ids["output"], "error_file_id": ids["error"]}
        self._records.change(self._id, lambda now: {**now.entering(ended), **found})  # type: ignore[arg-type]

    def _wait_until(self, seconds: float, *, least: float = 0) -> None:
        """Wait until so many seconds have passed, or until the batch is cancelled; a wait below `least` is skipped."""
        left = self._begun + seconds - time.monotonic()
        if left > least:
            self._sleep(left)
        if self._shared.stopping.is_set():
            raise Stopped

    def _sleep(self, seconds: float) -> None:
        self._wake.wait(seconds)


def _finalizing(batch: Batch) -> dict[str, Any]:
    return {} if batch.status == "cancelling" else batch.entering("finalizing")


def _lines(file: Any, offsets: Iterable[int]) -> Iterable[dict[str, Any]]:
    for offset in offsets:
        file.seek(offset)
        yield read_line(file.readline())


def _reverse_lines(path: Path) -> None:
    """Write the lines of a file in the opposite order, holding one of them at a time."""
    offsets = []
    with path.open("rb") as file:
        while line := file.readline():
            offsets.append(file.tell() - len(line))
        part = path.with_suffix(f"{path.suffix}.{secrets.token_hex(4)}")
        with part.open("wb") as target:
            for offset in reversed(offsets):
                file.seek(offset)
                target.write(file.readline())
    part.replace(path)
