"""What a run tells Dagster about each tag, written by one thread, so that a slow event store never holds up the models."""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

import dagster as dg

from judge_pipeline.dagster_events.data_versions import last_ontology_version, ontology_observation, version_tags
from judge_pipeline.dagster_events.metadata import partition_metadata
from judge_pipeline.domain.asset_values import AssetValue
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import visible

TagEvent = dg.AssetMaterialization | dg.AssetObservation
RunContext = dg.AssetExecutionContext | dg.OpExecutionContext

EVENTS_AT_ONCE = 250
"""Measured on SQLite: 18 ms an event one by one, 1.7 ms in hundreds; larger batches win little."""

WINDOW_SECONDS = 0.25
"""How long an event waits for company; a killed run has told of everything that is older."""

ANSWER_CHARACTERS = 500
"""Of an answer that could not be used: enough to see why."""


class EventLog:
    """A context manager; leaving it waits until everything is written, and raises what could not be."""

    def __init__(self, context: RunContext, *, item_url: Callable[[str], str]) -> None:
        self._context = context
        self._item_url = item_url
        self._events: SimpleQueue[TagEvent | None] = SimpleQueue()
        self._error: Exception | None = None
        self._writer = threading.Thread(target=self._write_all, name="dagster-events", daemon=True)

    def __enter__(self) -> Self:
        self._writer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._events.put(None)
        self._writer.join()
        if error is None and self._error is not None:
            raise self._error

    def materialized(self, asset: str, tag: Tag, value: AssetValue, *, image: Image | None, reused: bool) -> None:
        """The partition has this value, made by this run or, if `reused`, by an earlier one."""
        metadata = partition_metadata(value, image, item_url=self._item_url, reused=reused)
        self._events.put(dg.AssetMaterialization(asset, partition=tag, metadata=metadata, tags=version_tags(value)))

    def ontology_seen(self, version: str) -> None:
        """The ontology is at this version; told where Dagster does not know."""
        if last_ontology_version(self._context.instance) != version:
            self._context.log_event(ontology_observation(version))

    def failed(self, asset: str, tag: Tag, *, title: str, kind: str, reason: str, answer: str = "") -> None:
        """Why this asset's partition is not there, and what a model has said if that was why; shown on the partition's page."""
        metadata = {"image": title, "error": kind, "reason": reason}
        if answer:
            metadata["answer"] = visible(answer[:ANSWER_CHARACTERS])
        self._events.put(dg.AssetObservation(asset, partition=tag, description=reason, metadata=metadata))

    def warn(self, sentence: str) -> None:
        """What whoever reads the run's log should know."""
        self._context.log.warning(sentence)

    def _write_all(self) -> None:
        more = True
        while more:
            together, more = self._next()
            try:
                self._write(together)
            except (
                Exception
            ) as error:  # raised where the log is left; the store has it, and the next run tells it again
                self._error = self._error or error

    def _write(self, events: list[TagEvent]) -> None:
        try:
            from judge_pipeline.dagster_events.batched_events import write_events
        except ImportError:  # another version of Dagster
            for event in events:
                self._context.log_event(event)
        else:
            write_events(self._context, events)

    def _next(self) -> tuple[list[TagEvent], bool]:
        """Events that came within a window of each other, and whether more can come."""
        event = self._events.get()
        together: list[TagEvent] = []
        while event is not None and len(together) < EVENTS_AT_ONCE:
            together.append(event)
            if len(together) == EVENTS_AT_ONCE:
                break
            try:
                event = self._events.get(timeout=WINDOW_SECONDS)
            except Empty:
                break
        return together, event is not None
