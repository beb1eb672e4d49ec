"""Submissions that were interrupted, and what a dead run has left: its noted questions and its files."""

import asyncio
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from judge_pipeline.engine.model_batches.collection import FORGOTTEN_AFTER, by_endpoint, unconfigured
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.exchange import Failure
from judge_pipeline.models.failures import describe
from judge_pipeline.models.model_batches.server_batch import ServerBatch
from judge_pipeline.models.model_batches.spool import remove_folders_of_others
from judge_pipeline.store.model_batches import ModelBatch, ModelBatchState
from judge_pipeline.store.store import ProjectStore

GRACE = timedelta(minutes=5)
"""After its intention a batch that its server does not show will not appear any more."""

LONGEST_SUBMISSION = timedelta(hours=2)
"""A run that is alive may take so long to upload a file of 200 MB."""

INTERRUPTED = "its submission was interrupted before the server had it; its questions are asked again"


@dataclass(slots=True)
class Recovered:
    """The batches found at their servers, those that are not there, the questions freed, and what could not be found out."""

    adopted: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    freed: int = 0
    problems: list[str] = field(default_factory=list)


async def recover(
    store: ProjectStore,
    endpoints: Collection[Endpoint],
    *,
    spool: Path,
    is_over: Callable[[str], bool],
    now: datetime | None = None,
) -> Recovered:
    """Ends what runs that are over have begun: adopts their batches or frees their questions, and deletes their files here.

    `is_over` says of a run that it will do nothing any more. A server that cannot list its batches for three days is taken for one
    without this batch. Any number of processes may do so at once. Raises StoreError.
    """
    recovered = Recovered()
    over = [run for run in await asyncio.to_thread(store.questions.noting_runs) if is_over(run)]
    recovered.freed = await asyncio.to_thread(store.questions.free, over)
    moment = await asyncio.to_thread(store.budget_leases.now) if now is None else now
    interrupted = [
        batch
        for batch in await asyncio.to_thread(store.model_batches.unfinished)
        if batch.state is ModelBatchState.INTENDED
        and (is_over(batch.run) or moment - batch.intended_at > LONGEST_SUBMISSION)
    ]
    searches = []
    for endpoint, batches in by_endpoint(interrupted, endpoints):
        if endpoint is None:
            recovered.problems += [unconfigured(batch) for batch in batches]
        else:
            searches.append(_look_for(batches, endpoint, store, moment, recovered))
    await asyncio.gather(*searches)
    await asyncio.to_thread(remove_folders_of_others, spool, is_over=is_over)
    return recovered


async def _look_for(
    batches: Collection[ModelBatch], endpoint: Endpoint, store: ProjectStore, now: datetime, recovered: Recovered
) -> None:
    from judge_pipeline.models.model_batches.batch_connection import BatchConnection

    async with BatchConnection(endpoint) as connection:
        for batch in batches:
            found = await connection.find(batch.uuid, file_id=batch.input_file, since=batch.intended_at)
            if isinstance(found, Failure) and now - batch.intended_at <= FORGOTTEN_AFTER:
                words = describe(found, endpoint=endpoint, hidden=())
                recovered.problems.append(
                    f"{endpoint} does not list its batches: {words}; they are looked for again later"
                )
                return
            if isinstance(found, ServerBatch):
                await asyncio.to_thread(store.model_batches.submitted, batch.uuid, found.id)
                recovered.adopted.append(batch.uuid)
            elif now - batch.intended_at > GRACE:
                recovered.freed += await asyncio.to_thread(store.model_batches.failed, batch.uuid, INTERRUPTED)
                recovered.failed.append(batch.uuid)
                if batch.input_file:
                    await connection.delete(batch.input_file)
            else:
                continue
            if batch.host == socket.gethostname():
                await asyncio.to_thread(Path(batch.spool).unlink, missing_ok=True)
