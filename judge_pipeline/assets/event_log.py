"""What a run tells Dagster about each tag, written by one thread, so that a slow event store never holds up the models."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

import dagster as dg

from judge_pipeline.domain.tag import Tag


class EventLog:
    """A context manager; leaving it waits until everything is written, and raises what could not be."""

    def __init__(self, context: dg.AssetExecutionContext) -> None:
        self._context = context
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="dagster-events")
        self._writes: list[Future[None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._writer.shutdown(wait=True)
        if error is None:
            for write in self._writes:
                write.result()

    def materialized(self, asset: str, tag: Tag, metadata: Mapping[str, Any]) -> None:
        """This asset's partition is there, from this run or from an earlier one."""
        self._write(dg.AssetMaterialization(asset, partition=tag, metadata=dict(metadata)))

    def failed(self, asset: str, tag: Tag, *, title: str, kind: str, reason: str) -> None:
        """Why this asset's partition is not there; shown on the partition's page."""
        metadata = {"image": title, "error": kind, "reason": reason}
        self._write(dg.AssetObservation(asset, partition=tag, description=reason, metadata=metadata))

    def _write(self, event: dg.AssetMaterialization | dg.AssetObservation) -> None:
        self._writes.append(self._writer.submit(self._context.log_event, event))
