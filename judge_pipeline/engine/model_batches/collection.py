"""Batches are polled, and those that have ended are collected: their files are read line by line and then deleted.

submitted -> ended at the server, saved -> lines saved in chunks -> collected -> files deleted at the server
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from judge_pipeline.engine.model_batches.collector import LineCollector
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.exchange import Failure
from judge_pipeline.models.failures import describe
from judge_pipeline.models.model_batches.refusals import failed_at_server, is_about_queue, says_too_large
from judge_pipeline.models.model_batches.server_batch import ServerBatch, ServerState
from judge_pipeline.store.model_batches import WAS_CANCELLED, ModelBatch, ModelBatchState
from judge_pipeline.store.store import ProjectStore

if TYPE_CHECKING:
    from judge_pipeline.models.model_batches.batch_connection import BatchConnection

FORGOTTEN_AFTER = timedelta(days=3)
"""A batch that the server does not have may be another key's; after so long no server would still work on it."""

LATE_FILES = timedelta(hours=1)
"""A batch may have ended some time before the server names the files with its answers."""

ENDED = {
    ServerState.COMPLETED: (ModelBatchState.COMPLETED, ""),
    ServerState.EXPIRED: (ModelBatchState.EXPIRED, "the server did not finish it in time"),
    ServerState.CANCELLED: (ModelBatchState.CANCELLED, WAS_CANCELLED),
    ServerState.FAILED: (ModelBatchState.EXPIRED, "the server failed before its end"),
}
COLLECTABLE = {ModelBatchState.COMPLETED, ModelBatchState.EXPIRED, ModelBatchState.CANCELLED}
AT_SERVER = {ModelBatchState.SUBMITTED, *COLLECTABLE}


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at a batch has found. `batch` is as it is now in the store.

    `done` of `total` questions are processed, as far as the server says. `problem` is why it could not be looked at; the next look
    may succeed.
    """

    batch: ModelBatch
    done: int | None = None
    total: int | None = None
    problem: str = ""

    @property
    def is_collected(self) -> bool:
        """Whether its answers are in the store."""
        return self.batch.state is ModelBatchState.COLLECTED


async def collect(
    store: ProjectStore, endpoints: Collection[Endpoint], *, only: Collection[str] | None = None
) -> list[Look]:
    """Looks at all batches at their servers, or at `only` these uuids, and collects those that have ended.

    Any number of processes may do so at once, and a slow server does not keep others waiting. Raises StoreError.
    """
    unfinished = await asyncio.to_thread(store.model_batches.unfinished)
    mine = [each for each in unfinished if each.state in AT_SERVER and (only is None or each.uuid in only)]
    of_endpoints = [_looks(store, endpoint, batches, unfinished) for endpoint, batches in by_endpoint(mine, endpoints)]
    return [look for looks in await asyncio.gather(*of_endpoints) for look in looks]


async def _looks(
    store: ProjectStore, endpoint: Endpoint | None, batches: Sequence[ModelBatch], unfinished: Sequence[ModelBatch]
) -> list[Look]:
    """Looks at the batches of one endpoint, one after the other."""
    if endpoint is None:
        return [Look(batch, problem=unconfigured(batch)) for batch in batches]
    from judge_pipeline.models.model_batches.batch_connection import BatchConnection

    async with BatchConnection(endpoint) as connection:
        return [await _Collection(store, connection, endpoint, batch).look(unfinished) for batch in batches]


def by_endpoint(
    batches: Sequence[ModelBatch], endpoints: Collection[Endpoint]
) -> list[tuple[Endpoint | None, list[ModelBatch]]]:
    """The batches of each endpoint: the one of that name and address, or else any at that address; None if there is none.

    An endpoint that asks another model by now is given the one of the batches.
    """
    found: dict[tuple[str, str, str], list[ModelBatch]] = {}
    for batch in batches:
        found.setdefault((batch.endpoint, batch.base_url, batch.model), []).append(batch)
    return [(_endpoint(name, base_url, model, endpoints), mine) for (name, base_url, model), mine in found.items()]


def _endpoint(name: str, base_url: str, model: str, endpoints: Collection[Endpoint]) -> Endpoint | None:
    there = [endpoint for endpoint in endpoints if endpoint.base_url == base_url]
    there.sort(key=lambda endpoint: (endpoint.name != name, endpoint.model != model))
    return replace(there[0], name=name, model=model) if there else None


def unconfigured(batch: ModelBatch) -> str:
    """The sentence about a batch whose server is no longer in the settings."""
    return (
        f"a batch of {batch.requests:,} questions was submitted to {batch.base_url}, which no endpoint uses any more; "
        f"set {batch.endpoint}__BASE_URL={batch.base_url} until it is collected"
    )


class _Collection:
    """One batch, looked at once."""

    def __init__(
        self, store: ProjectStore, connection: "BatchConnection", endpoint: Endpoint, batch: ModelBatch
    ) -> None:
        self._store = store
        self._batches = store.model_batches
        self._connection = connection
        self._endpoint = endpoint
        self._batch = batch

    async def look(self, unfinished: Sequence[ModelBatch]) -> Look:
        server = await self._connection.retrieve(self._batch.server_id or "")
        if isinstance(server, Failure):
            return await self._without_answer(server)
        if server.state is ServerState.RUNNING:
            return Look(self._batch, server.done, server.total)
        if server.state is ServerState.FAILED and not server.output_file:
            await self._rejected(server, unfinished)
            return await self._looked(server)
        state, problem = ENDED[server.state]
        if self._batch.state is ModelBatchState.SUBMITTED:
            await asyncio.to_thread(self._batches.ended, self._batch.uuid, state, problem=problem)
        if server.done and not (server.output_file or server.error_file) and not await self._is_older(LATE_FILES):
            return await self._looked(server)
        problem = await self._read_files(server)
        return await self._looked(server, problem)

    async def _read_files(self, server: ServerBatch) -> str:
        """Collects the batch; returns why a file could not be read, in which case it stays uncollected."""
        from judge_pipeline.models.model_batches.batch_connection import TransferFailed

        collector = await asyncio.to_thread(self._collector)
        for file_id in dict.fromkeys(filter(None, (server.output_file, server.error_file))):
            try:
                async for line in self._connection.lines(file_id):
                    if collector.add(line):
                        await asyncio.to_thread(collector.flush)
            except TransferFailed as error:
                await asyncio.to_thread(collector.flush)
                if error.failure.status != 404:
                    words = describe(error.failure, endpoint=self._endpoint, hidden=())
                    return f"{self._endpoint} did not send the answers of a batch: {words}; they are collected later"
        await asyncio.to_thread(collector.finish)
        for file_id in server.files:
            await self._connection.delete(file_id)
        return ""

    async def _rejected(self, server: ServerBatch, unfinished: Sequence[ModelBatch]) -> None:
        """A batch that failed as a whole. The next one may be smaller, or come when others have made room in the queue.

        Neither is an attempt of its questions.
        """
        texts = (server.problems, *server.problem_codes)
        is_queued = is_about_queue(texts) and any(self._is_before(each) for each in unfinished)
        is_large = self._batch.requests > 1 and any(map(says_too_large, texts))
        sentence = failed_at_server(server.problems, server.problem_codes, endpoint=self._endpoint)
        failure = Failure(status=503, message=server.problems)
        await self._fail(sentence, failure, counts_as_attempt=not (is_queued or is_large))
        if self._batch.input_file:
            await self._connection.delete(self._batch.input_file)

    def _is_before(self, other: ModelBatch) -> bool:
        """Whether another batch is in the same queue."""
        mine = self._batch
        is_queued = other.state is ModelBatchState.SUBMITTED and other.uuid != mine.uuid
        return is_queued and (other.base_url, other.model) == (mine.base_url, mine.model)

    async def _without_answer(self, failure: Failure) -> Look:
        words = describe(failure, endpoint=self._endpoint, hidden=())
        if failure.status == 404 and not failure.is_unreadable and await self._is_older(FORGOTTEN_AFTER):
            await self._fail(f"{self._endpoint} has lost this batch: {words}", failure, counts_as_attempt=True)
            return await self._looked(None)
        if failure.status == 404:
            return Look(
                self._batch,
                problem=f"{self._endpoint} does not know a batch of {self._batch.requests:,} questions: {words}; check that "
                f"{self._endpoint.name}__API_KEY belongs to the project that it was submitted with",
            )
        return Look(
            self._batch, problem=f"{self._endpoint} does not say how far a batch is: {words}; it is asked again later"
        )

    async def _fail(self, sentence: str, failure: Failure, *, counts_as_attempt: bool) -> None:
        if counts_as_attempt:
            collector = await asyncio.to_thread(self._collector)
            await asyncio.to_thread(collector.give_up, failure)
        await asyncio.to_thread(self._batches.failed, self._batch.uuid, sentence, counts_as_attempt=counts_as_attempt)

    def _collector(self) -> LineCollector:
        return LineCollector(self._batches, self._batches.find(self._batch.uuid) or self._batch, self._endpoint)

    async def _is_older(self, age: timedelta) -> bool:
        """By the store's clock, since its end as far as that is known."""
        batch = await asyncio.to_thread(self._batches.find, self._batch.uuid) or self._batch
        now = await asyncio.to_thread(self._store.budget_leases.now)
        return now - (batch.ended_at or batch.submitted_at or batch.intended_at) > age

    async def _looked(self, server: ServerBatch | None, problem: str = "") -> Look:
        batch = await asyncio.to_thread(self._batches.find, self._batch.uuid) or self._batch
        return Look(batch, server.done if server else None, server.total if server else None, problem)
