"""Starts, cancels, resumes and stops batches, each in a thread of its own."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from judge_pipeline.local.models.api.chat import Chat
from judge_pipeline.local.models.api.errors import ApiError
from judge_pipeline.local.models.api.faults import FaultPlan
from judge_pipeline.local.models.batches.batch import Batch
from judge_pipeline.local.models.batches.files import FileStore
from judge_pipeline.local.models.batches.passage import Passage, Stopped, Surroundings
from judge_pipeline.local.models.batches.records import RecordFolder
from judge_pipeline.local.models.batches.settings import BatchSettings


class BatchRunner:
    """All batches of a server."""

    def __init__(self, folder: Path, chat: Chat, files: FileStore, faults: FaultPlan, settings: BatchSettings) -> None:
        self.records = RecordFolder(folder, Batch, missing="No batch found with id '{}'.")
        self._surroundings = Surroundings(folder, self.records, chat, files, faults, settings)
        self._threads: dict[str, tuple[threading.Thread, threading.Event]] = {}

    def submit(self, batch: Batch) -> Batch:
        """Keep a new batch and begin with it."""
        batch = self.records.save(batch)
        self._begin(batch)
        return batch

    def cancel(self, id_: str) -> Batch:
        """Ask for the end of a batch; cancelling again changes nothing.

        Raises:
            ApiError: 409, it is too late.
        """
        changed = self.records.change(id_, _cancelling)
        if id_ in self._threads:
            self._threads[id_][1].set()
        return changed

    def resume(self) -> None:
        """Begin again with the batches that the last server left unfinished."""
        for batch in self.records.all():
            if not batch.is_ended:
                self._begin(batch)

    def stop(self) -> None:
        """End all threads; their batches stay unfinished."""
        self._surroundings.stopping.set()
        for thread, wake in list(self._threads.values()):
            wake.set()
            thread.join(timeout=5)

    def _begin(self, batch: Batch) -> None:
        wake = threading.Event()
        thread = threading.Thread(target=self._run, args=(batch.id, wake), daemon=True, name=batch.id)
        self._threads[batch.id] = thread, wake
        thread.start()

    def _run(self, id_: str, wake: threading.Event) -> None:
        try:
            Passage(self._surroundings, id_, wake).run()
        except Stopped:
            pass
        except Exception as error:  # the file is gone, or the disk is full
            self._surroundings.fail(
                id_, [{"code": "server_error", "line": None, "message": repr(error), "param": None}]
            )
        finally:
            self._threads.pop(id_, None)


def _cancelling(batch: Batch) -> dict[str, Any]:
    if batch.status in ("cancelling", "cancelled"):
        return {}
    if batch.status not in ("validating", "in_progress"):
        raise ApiError(409, f"Cannot cancel a batch with status '{batch.status}'.")
    return batch.entering("cancelling")
