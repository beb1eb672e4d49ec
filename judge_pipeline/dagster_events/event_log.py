"""What a run logs about each tag, written by a thread of its own so that a slow event store never holds up the models."""

import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

import dagster as dg

from judge_pipeline.dagster_events.batched_events import TagEvent, unwritten, write_events
from judge_pipeline.dagster_events.data_versions import last_ontology_version, ontology_observation, version_tags
from judge_pipeline.dagster_events.event_batches import HalfWritten
from judge_pipeline.dagster_events.metadata import partition_metadata
from judge_pipeline.dagster_events.run_tags import RunContext
from judge_pipeline.domain.asset_values import AssetValue
from judge_pipeline.domain.correction import Corrections
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.pipeline_names import UNPREFIXED, PipelineNames
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import visible

EVENTS_PER_BATCH = 1000
"""Measured on SQLite: 18 ms an event one by one, 1.7 ms in hundreds. Batches of 250 cost 4 % more over finished tags."""

WINDOW_SECONDS = 0.25
"""How long a batch waits for the next event."""

BATCH_SECONDS = 1.0
"""How long events that keep coming are collected. Of what is older, a killed run lacks only what is being written."""

ANSWER_CHARACTERS = 500
"""Of an unusable answer: enough to see what is wrong."""


class EventLog:
    """A context manager. Leaving it waits until everything is written, and raises the first error of writing.

    A batch that fails is written one event at a time, without those that the storage has taken already.
    """

    def __init__(
        self, context: RunContext, *, item_url: Callable[[str], str], names: PipelineNames = UNPREFIXED
    ) -> None:
        self._context = context
        self._names = names
        self._item_url = item_url
        self._events: SimpleQueue[TagEvent | None] = SimpleQueue()
        self._error: Exception | None = None
        self._batch_has_failed = False
        self._writer = threading.Thread(target=self._write_all, name="dagster-events", daemon=True)

    def __enter__(self) -> Self:
        self._writer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.complete()
        self._writer.join()
        if error is None and self._error is not None:
            raise self._error

    def complete(self) -> None:
        """No value follows: the last ones are written now, while the run does what is left."""
        self._events.put(None)

    def materialized(
        self,
        asset: str,
        tag: Tag,
        value: AssetValue,
        *,
        image: Image | None,
        reused: bool,
        corrections: Corrections | None = None,
    ) -> None:
        """The partition has this value, made by this run or, if `reused`, by an earlier one."""
        metadata = partition_metadata(value, image, item_url=self._item_url, reused=reused, corrections=corrections)
        self._events.put(
            dg.AssetMaterialization(
                self._names.asset(asset), partition=tag, metadata=metadata, tags=version_tags(value, self._names)
            )
        )

    def ontology_seen(self, version: str) -> None:
        """Logs the ontology's version, unless Dagster has it already."""
        if last_ontology_version(self._context.instance, self._names) != version:
            self._context.log_event(ontology_observation(version, self._names))

    def failed(self, asset: str, tag: Tag, *, title: str, kind: str, reason: str, answer: str = "") -> None:
        """Shows on the partition's page why it is missing, and the model's answer if that was the reason."""
        metadata = {"image": title, "error": kind, "reason": reason}
        if answer:
            metadata["answer"] = visible(answer[:ANSWER_CHARACTERS])
        self._events.put(
            dg.AssetObservation(self._names.asset(asset), partition=tag, description=reason, metadata=metadata)
        )

    def info(self, sentence: str) -> None:
        """Writes a line to the run's log."""
        self._context.log.info(sentence)

    def warn(self, sentence: str) -> None:
        """Writes a warning to the run's log."""
        self._context.log.warning(sentence)

    def _write_all(self) -> None:
        more = True
        while more:
            batch, more = self._next_batch()
            try:
                self._write(batch)
            except Exception as error:  # raised at the end; the store has the results, and the next run logs them
                self._error = self._error or error

    def _write(self, events: Sequence[TagEvent]) -> None:
        started = time.time()
        try:
            write_events(self._context, events)
        except HalfWritten:
            raise
        except Exception as error:  # also an ImportError or AttributeError, with another version of Dagster
            if not self._batch_has_failed:
                self._batch_has_failed = True
                self.warn(
                    f"Dagster's event log refused a batch ({error!r}); writing such events one by one, which is slower"
                )
            for event in unwritten(self._context, events, since=started):
                self._log_event(event)

    def _log_event(self, event: TagEvent) -> None:
        try:
            self._context.log_event(event)
        except Exception as error:  # the other events of the batch are still written
            self._error = self._error or error

    def _next_batch(self) -> tuple[list[TagEvent], bool]:
        """Events that came within a window of each other, and whether more can come."""
        event = self._events.get()
        ends_at = time.monotonic() + BATCH_SECONDS
        batch: list[TagEvent] = []
        while event is not None:
            batch.append(event)
            if len(batch) == EVENTS_PER_BATCH:
                break
            try:
                event = self._events.get(timeout=max(0.0, min(WINDOW_SECONDS, ends_at - time.monotonic())))
            except Empty:
                break
        return batch, event is not None
