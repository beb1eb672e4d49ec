"""The questions that a run asks in model batches: noted in the store, written to files, and submitted."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.batcher import Batcher
from judge_pipeline.engine.model_batches.export import keep_for_export
from judge_pipeline.engine.model_batches.recovery import recover
from judge_pipeline.engine.model_batches.submission import file_rules, submit
from judge_pipeline.engine.model_batches.visit import SPOOL
from judge_pipeline.engine.run_identity import RunIdentity
from judge_pipeline.models.batch_asker import KnownQuestion, NewQuestion
from judge_pipeline.models.dialect import Dialect
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import ModelError
from judge_pipeline.models.model_batches.spool import Spool, SpoolPart, remove_run_folder, run_folder
from judge_pipeline.models.model_batches.stored_outcome import outcome_from_json
from judge_pipeline.models.spending_limits import SpendingLimits
from judge_pipeline.store.errors import StoreUnavailable
from judge_pipeline.store.question_rows import QuestionState
from judge_pipeline.store.questions import NotedQuestion, QuestionLink, StoredQuestion
from judge_pipeline.store.store import ProjectStore

MAX_ITEMS = 500
"""Per transaction."""

T = TypeVar("T")


class RunNotes:
    """The questions of one run, in one event loop; see `run_notes`."""

    def __init__(
        self, store: ProjectStore, run_id: str, folder: Path, limits: SpendingLimits, retry_policy: RetryPolicy
    ) -> None:
        self.tags_before: frozenset[Tag] = frozenset()
        self._store = store
        self._run = run_id
        self._folder = folder
        self._limits = limits
        self._retry_policy = retry_policy
        self._find = Batcher(self._find_many, max_items=MAX_ITEMS, window_seconds=0)
        self._link = Batcher(self._link_many, max_items=MAX_ITEMS, window_seconds=0)
        self._note = Batcher(self._note_many, max_items=MAX_ITEMS, window_seconds=0)
        self._writing = asyncio.Lock()
        self._spools: dict[str, tuple[Endpoint, Spool]] = {}
        self._unsubmitted: dict[str, float] = {}

    def of(self, asset: str, tag: Tag) -> "TagNotes":
        """What one tag asks for one asset."""
        return TagNotes(self, asset, tag)

    async def submit(self, waiting: Collection[Tag], assets: Collection[str]) -> None:
        """Submits what is noted and not submitted yet, all endpoints' questions even if one takes none.

        The tags that are `waiting` forget what they have asked in earlier runs for these assets, and no longer do.

        Raises:
            ModelError: an endpoint takes no batch; its questions are free. StoreError: the store cannot be used.
        """
        await asyncio.to_thread(self._store.questions.unlink_others, self._run, waiting, assets)
        refused: ModelError | None = None
        for endpoint, spool in self._spools.values():
            if part := await self._on_disk(spool.close):
                try:
                    await self._submit(endpoint, part)
                except ModelError as error:
                    refused = refused or error
        if refused:
            raise refused

    async def find(self, question_id: str, link: QuestionLink) -> StoredQuestion | None:
        """The question, and the tag's link to it unless it is free."""
        found = await self._find(question_id)
        if found and (found.is_pending or found.state is QuestionState.ANSWERED):
            await self._link(link)
        return found

    async def note(self, question: NotedQuestion, endpoint: Endpoint, body: Callable[[], Mapping[str, Any]]) -> bool:
        """Notes a question and writes it to the file; False if another run, or another tag of this one, has done so."""
        if not await self._note(question):
            return False
        self._unsubmitted[question.id] = question.reserved_usd or 0.0
        async with self._writing:
            spool = await self._spool(endpoint)
            full = await self._on_disk(lambda: spool.append(question.id, body()))
        if full:
            await self._submit(endpoint, full)
        return True

    async def discard(self, question_id: str) -> None:
        """Forgets an outcome."""
        await asyncio.to_thread(self._store.questions.discard, [question_id])

    async def end(self) -> None:
        """Frees what was not submitted, in the store and towards the limits, and deletes the files."""
        left = list(self._unsubmitted)
        found = await asyncio.to_thread(self._store.questions.find, left)
        free = [id_ for id_ in left if id_ not in found or found[id_].state is QuestionState.NOTED]
        self._limits.give_back(questions=len(free), usd=sum(self._unsubmitted[id_] for id_ in free))
        await asyncio.to_thread(self._store.questions.free, [self._run])
        await asyncio.to_thread(remove_run_folder, self._folder / SPOOL, self._run)

    async def _submit(self, endpoint: Endpoint, part: SpoolPart) -> None:
        if endpoint.mode == "offline":
            await self._on_disk(
                partial(keep_for_export, part, endpoint, self._store, run=self._run, folder=self._folder)
            )
        else:
            await submit(part, endpoint=endpoint, store=self._store, run=self._run, retry_policy=self._retry_policy)
        for id_ in part.ids:
            self._unsubmitted.pop(id_, None)

    async def _spool(self, endpoint: Endpoint) -> Spool:
        if endpoint.name not in self._spools:
            rules = await asyncio.to_thread(file_rules, self._store, endpoint)
            folder = await self._on_disk(lambda: run_folder(self._folder / SPOOL, self._run))
            self._spools[endpoint.name] = (endpoint, Spool(folder, endpoint, rules=rules))
        return self._spools[endpoint.name][1]

    async def _on_disk(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            raise StoreUnavailable(
                f"the files of model batches cannot be written to {self._folder}: {error}; free space or repair the folder, "
                "then run again"
            ) from error

    async def _find_many(self, ids: Sequence[str]) -> list[StoredQuestion | Exception | None]:
        found = await asyncio.to_thread(self._store.questions.find, ids)
        return [found.get(id_) for id_ in ids]

    async def _link_many(self, links: Sequence[QuestionLink]) -> list[Exception | None]:
        await asyncio.to_thread(self._store.questions.link, self._run, links)
        return [None] * len(links)

    async def _note_many(self, questions: Sequence[NotedQuestion]) -> list[bool | Exception]:
        """True once for each question that this run has to submit, also when several tags have it."""
        new = await asyncio.to_thread(self._store.questions.note, self._run, questions)
        results: list[bool | Exception] = []
        for question in questions:
            results.append(question.id in new)
            new.discard(question.id)
        return results


class TagNotes:
    """The questions of one tag for one asset: the `NoteBook` of `models.batch_asker`."""

    def __init__(self, notes: RunNotes, asset: str, tag: Tag) -> None:
        self._notes = notes
        self._asset = asset
        self._tag = tag

    async def find(self, question_id: str) -> KnownQuestion | None:
        """The question, if it was noted before."""
        found = await self._notes.find(question_id, QuestionLink(question_id, self._tag, self._asset))
        if found is None:
            return None
        outcome = outcome_from_json(found.outcome) if found.outcome is not None else None
        return KnownQuestion(found.is_pending, found.attempts, outcome, _dialect(found.dialect))

    async def note(self, question: NewQuestion) -> bool:
        """Notes it for the next batch."""
        endpoint = question.endpoint
        noted = NotedQuestion(
            question.id,
            question.fingerprint,
            endpoint.name,
            endpoint.base_url,
            endpoint.model,
            self._asset,
            self._tag,
            question.reserved_usd,
            asdict(question.sent),
        )
        return await self._notes.note(noted, endpoint, question.body)

    async def discard(self, question_id: str) -> None:
        """Forgets its outcome."""
        await self._notes.discard(question_id)


def _dialect(stored: Mapping[str, Any]) -> Dialect | None:
    """What a question was sent with; another version of this package may know more or less of it."""
    names = {field.name for field in fields(Dialect)}
    known = {name: value for name, value in stored.items() if name in names}
    return Dialect(**known) if "token_limit_field" in known else None


@asynccontextmanager
async def run_notes(
    store: ProjectStore,
    run: RunIdentity,
    endpoints: Sequence[Endpoint],
    limits: SpendingLimits,
    folder: Path,
    retry_policy: RetryPolicy,
    *,
    warn: Callable[[str], None],
) -> AsyncIterator[RunNotes | None]:
    """A run's questions for model batches, after what earlier runs have left is put in order; None if the project has no batches.

    An endpoint that is asked live takes answers from batches that are under way, for as long as there are any.

    Raises:
        StoreError: the store cannot be used.
    """
    if all(endpoint.mode == "live" for endpoint in endpoints) and await asyncio.to_thread(store.questions.is_empty):
        yield None
        return
    recovered = await recover(store, endpoints, spool=folder / SPOOL, is_over=run.has_ended)
    for problem in recovered.problems:
        warn(problem)
    notes = RunNotes(store, run.run_id, folder, limits, retry_policy)
    notes.tags_before = frozenset(await asyncio.to_thread(store.questions.tags))
    try:
        yield notes
    finally:
        await asyncio.shield(asyncio.ensure_future(notes.end()))  # in a cancelled task too
