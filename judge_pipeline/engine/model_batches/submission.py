"""A closed file of questions is uploaded and becomes a batch; whatever is needed to find it again is saved first.

    intended (with its questions) -> uploaded -> file id saved -> created with our uuid -> submitted -> file deleted

Wherever a process dies, `recovery` finds out from the server whether there is a batch.
"""

import asyncio
import logging
import random
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import ModelBatchRefused, ModelError, quotation
from judge_pipeline.models.exchange import LARGEST_JITTER, MODEL_RETRIES, Failure
from judge_pipeline.models.model_batches.file_rules import FileRules, rules_of
from judge_pipeline.models.model_batches.refusals import is_too_large, refusal, says_too_large
from judge_pipeline.models.model_batches.server_batch import ServerBatch
from judge_pipeline.models.model_batches.spool import SpoolPart
from judge_pipeline.models.overload import is_quota_used_up
from judge_pipeline.store.model_batches import ModelBatch, ModelBatchState, NewModelBatch
from judge_pipeline.store.store import ProjectStore

if TYPE_CHECKING:
    from judge_pipeline.models.model_batches.batch_connection import BatchConnection

NOT_MADE = {500, 503, 529}
"""After these a server without the batch will not make it later; a gateway's 502 or 504 leaves that open."""

logger = logging.getLogger("judge_pipeline")

T = TypeVar("T", bound=object)


@dataclass(slots=True)
class Submission:
    """What became of a file of questions: the server's ids of its batches, and the uuids of those that may exist or not.

    The latter are left to `recovery`.
    """

    server_ids: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    requests: int = 0


async def submit(
    part: SpoolPart, *, endpoint: Endpoint, store: ProjectStore, run: str, retry_policy: RetryPolicy = MODEL_RETRIES
) -> Submission:
    """Submits the questions of a file, which the run has noted; in several batches if the server takes less at once.

    Raises:
        ModelError: the server takes no batch, or not this one. Its questions are free, and nothing was paid.
        RunEnded: the run was ended as lost.
    """
    from judge_pipeline.models.model_batches.batch_connection import BatchConnection

    async with BatchConnection(endpoint) as connection:
        submitter = _Submitter(connection, endpoint, store, run, retry_policy)
        await submitter.submit(part)
        return submitter.submission


def file_rules(store: ProjectStore, endpoint: Endpoint) -> FileRules:
    """What the server takes in one file: what is known of its host, or half of what it has refused as too large."""
    known = rules_of(endpoint)
    too_large = [
        batch
        for batch in store.model_batches.all()
        if batch.base_url == endpoint.base_url
        and batch.state is ModelBatchState.FAILED
        and batch.requests > 1
        and says_too_large(batch.problem)
    ]
    return replace(
        known,
        requests=min([known.requests, *(batch.requests // 2 for batch in too_large)]),
        bytes=min([known.bytes, *(batch.bytes // 2 for batch in too_large)]),
    )


class _Submitter:
    def __init__(
        self,
        connection: "BatchConnection",
        endpoint: Endpoint,
        store: ProjectStore,
        run: str,
        retry_policy: RetryPolicy,
    ) -> None:
        self._connection = connection
        self._endpoint = endpoint
        self._batches = store.model_batches
        self._run = run
        self._retry_policy = retry_policy
        self.submission = Submission()

    async def submit(self, part: SpoolPart) -> None:
        if await asyncio.to_thread(self._batches.intend, self._batch_of(part), part.ids):
            await self._send(part)
        else:
            await self._give_up(part, "none of its questions is noted by this run")

    async def _send(self, part: SpoolPart) -> None:
        try:
            file_id = await self._retried(lambda: self._connection.upload(part.path))
        except OSError as error:
            lost = f"{self._endpoint}: the file of a batch cannot be read: {error.strerror or error}; run again"
            await self._give_up(part, lost)
            raise ModelBatchRefused(lost) from error
        if isinstance(file_id, Failure):
            await self._refused(part, file_id, None)
            return
        await asyncio.to_thread(self._batches.save_input_file, part.uuid, file_id)
        batch = await self._found(part)
        if batch.state is not ModelBatchState.INTENDED:  # taken for dead meanwhile, and its questions are another run's
            part.remove()
            await self._connection.delete(file_id)
            return
        created = await self._create(batch, file_id)
        if isinstance(created, Failure):
            await self._refused(part, created, file_id)
            return
        if created is None:
            logger.warning(
                f"{self._endpoint}: it is not known yet whether a batch of {len(part.ids):,} questions was made"
            )
            self.submission.unsure.append(part.uuid)
            return
        await asyncio.to_thread(self._batches.submitted, part.uuid, created.id)
        part.remove()
        if (await self._found(part)).server_id != created.id:
            await self._connection.cancel(created.id)
            return
        logger.info(f"{self._endpoint}: submitted {len(part.ids):,} questions as batch {quotation(created.id)}")
        self.submission.server_ids.append(created.id)
        self.submission.requests += len(part.ids)

    async def _create(self, batch: ModelBatch, file_id: str) -> ServerBatch | Failure | None:
        """The batch at the server, looked for after each lost answer; None if there may be one that is not to be seen yet."""
        failures, started_at = 0, time.monotonic()
        while True:
            created = await self._connection.create(file_id=file_id, uuid=batch.uuid)
            if isinstance(created, ServerBatch) or not self._may_pass(created):
                return created
            if created.was_sent and not created.is_rate_limit:
                found = await self._connection.find(batch.uuid, file_id=file_id, since=batch.intended_at)
                if isinstance(found, ServerBatch):
                    return found
                if isinstance(found, Failure) or created.status not in NOT_MADE:
                    return None
            failures += 1
            if not await self._waited(created, failures, started_at):
                return created

    async def _refused(self, part: SpoolPart, failure: Failure, file_id: str | None) -> None:
        """Splits a file that is too large. Any other refusal frees the questions."""
        if file_id:
            await self._connection.delete(file_id)
        if is_too_large(failure) and len(part.ids) > 1:
            halves = await asyncio.to_thread(part.halves)
            parts = [(self._batch_of(half), half.ids) for half in halves]
            await asyncio.to_thread(self._batches.split, part.uuid, parts)
            part.remove()
            for number, half in enumerate(halves):
                try:
                    await self._send(half)
                except ModelError as error:
                    for other in halves[number + 1 :]:
                        await self._give_up(other, str(error))
                    raise
            return
        refused = refusal(failure, endpoint=self._endpoint)
        await self._give_up(part, str(refused))
        raise refused

    async def _give_up(self, part: SpoolPart, problem: str) -> None:
        await asyncio.to_thread(self._batches.failed, part.uuid, problem)
        part.remove()

    async def _retried(self, call: Callable[[], Awaitable[T | Failure]]) -> T | Failure:
        failures, started_at = 0, time.monotonic()
        while True:
            outcome = await call()
            if not isinstance(outcome, Failure) or not self._may_pass(outcome):
                return outcome
            failures += 1
            if not await self._waited(outcome, failures, started_at):
                return outcome

    @staticmethod
    def _may_pass(failure: Failure) -> bool:
        return failure.is_retryable and not is_quota_used_up(failure) and failure.status != 501

    async def _waited(self, failure: Failure, failures: int, started_at: float) -> bool:
        wait = self._retry_policy.next_wait(
            failures=failures,
            retry_after_seconds=failure.retry_after_seconds or 0.0,
            elapsed_seconds=time.monotonic() - started_at,
            jitter=LARGEST_JITTER * random.random(),  # noqa: S311
        )
        if wait is None:
            return False
        await asyncio.sleep(wait)
        return True

    async def _found(self, part: SpoolPart) -> ModelBatch:
        batch = await asyncio.to_thread(self._batches.find, part.uuid)
        if batch is None:
            raise RuntimeError(
                f"the batch {part.uuid} is gone from the store; do not delete rows while runs are under way"
            )
        return batch

    def _batch_of(self, part: SpoolPart) -> NewModelBatch:
        return NewModelBatch(
            uuid=part.uuid,
            endpoint=self._endpoint.name,
            base_url=self._endpoint.base_url,
            model=self._endpoint.model,
            run=self._run,
            host=socket.gethostname(),
            spool=str(part.path),
            requests=len(part.ids),
            bytes=part.bytes,
            price_factor=self._endpoint.batch_price_factor,
        )
