"""Model batches: files of questions that a server answers within a day, from the intention to the collected answers.

    intended -> submitted -> completed, expired or cancelled -> collected
        |           |
        +-----------+-> failed: the server does not have it, or has refused it; its questions are free

An `exported` batch is answered by other means: its file is handed over, and its answers are collected like those of any other.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Update, and_, bindparam, func, insert, select, update

from judge_pipeline.store.database import Database, in_chunks
from judge_pipeline.store.heartbeats import refuse_ended
from judge_pipeline.store.question_rows import QuestionState
from judge_pipeline.store.tables import model_batches, questions
from judge_pipeline.store.times import time_text


class ModelBatchState(StrEnum):
    """See the module's text."""

    INTENDED = "intended"
    EXPORTED = "exported"
    SUBMITTED = "submitted"
    COMPLETED = "completed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    FAILED = "failed"
    COLLECTED = "collected"


FINAL = (ModelBatchState.FAILED, ModelBatchState.COLLECTED)
"""Nothing more happens to a batch in one of these states."""

WAS_CANCELLED = "it was cancelled"
"""The problem of a batch that a person has ended, at the server or here. What it has not answered is asked again by no sensor."""


@dataclass(frozen=True, slots=True)
class NewModelBatch:
    """A batch that a run is about to submit. `spool` is the path of its file on `host`; `price_factor` that of a batch's prices."""

    uuid: str
    endpoint: str
    base_url: str
    model: str
    run: str
    host: str
    spool: str
    requests: int
    bytes: int
    price_factor: float


@dataclass(frozen=True, slots=True)
class ModelBatch(NewModelBatch):
    """A batch as the store has it.

    `answered` questions have an outcome with an answer, `failed` ones an error; `missing` ones had no line, `unknown` lines no
    question, `doubled` ones a second line. `cost_usd` is what its answers have cost, as far as known. `problem` is one sentence.
    """

    state: ModelBatchState
    input_file: str | None
    server_id: str | None
    answered: int
    failed: int
    missing: int
    unknown: int
    doubled: int
    cost_usd: float
    problem: str
    intended_at: datetime
    submitted_at: datetime | None
    ended_at: datetime | None
    collected_at: datetime | None

    @property
    def saved_usd(self) -> float:
        """What the same answers would have cost more if asked live, as far as their cost is known."""
        return self.cost_usd * (1 / self.price_factor - 1)


@dataclass(frozen=True, slots=True)
class SettledQuestion:
    """What a server has said about a question, as JSON. `cost_usd` is what a batch's answer cost; None if unknown."""

    id: str
    outcome: Mapping[str, Any]
    is_failure: bool = False
    cost_usd: float | None = None


class ModelBatches:
    """The model batches of one project. Every method is one transaction, by the store's clock, and may raise StoreError.

    All but `intend` and `split` may be repeated: each changes only what is still as it was before the first time.
    """

    def __init__(self, database: Database, project: str) -> None:
        self._database = database
        self._project = project

    def find(self, uuid: str) -> ModelBatch | None:
        """The batch, if there is one."""
        return next(iter(self._found(model_batches.c.uuid == uuid)), None)

    def all(self) -> list[ModelBatch]:
        """All batches, the newest first."""
        return self._found()

    def saved_usd(self) -> float:
        """What all batches have cost less than live calls."""
        return sum(batch.saved_usd for batch in self.all())

    def unfinished(self) -> list[ModelBatch]:
        """The batches that have still to be submitted, polled, collected or imported, the newest first."""
        return self._found(model_batches.c.state.not_in(FINAL))

    def intend(
        self, batch: NewModelBatch, ids: Collection[str], *, state: ModelBatchState = ModelBatchState.INTENDED
    ) -> int:
        """Saves that a batch is about to be submitted, and with it that its questions are; returns how many these are.

        Questions that the run has not noted stay as they are.

        Raises:
            RunEnded: the run was ended as lost, and other runs may submit its questions.
        """
        with self._database.writing() as connection:
            refuse_ended(connection, batch.run)
            self._insert(connection, batch, state)
            is_noted = and_(questions.c.state == QuestionState.NOTED, questions.c.run == batch.run)
            return self._put(connection, batch.uuid, ids, is_noted)

    def split(self, uuid: str, parts: Sequence[tuple[NewModelBatch, Collection[str]]]) -> None:
        """Puts the questions of a batch that is too large for the server into new ones; the old one has failed."""
        with self._database.writing() as connection:
            for batch, ids in parts:
                self._insert(connection, batch, ModelBatchState.INTENDED)
                self._put(connection, batch.uuid, ids, _is_in(uuid))
            self._end(connection, uuid, ModelBatchState.FAILED, f"split in {len(parts)}: too large for the server")

    def save_input_file(self, uuid: str, file_id: str) -> None:
        """Saves the server's id of the uploaded file."""
        with self._database.writing() as connection:
            connection.execute(self._intended(uuid).values(input_file=file_id))

    def submitted(self, uuid: str, server_id: str) -> None:
        """Saves the server's id of the batch: it is submitted."""
        with self._database.writing() as connection:
            now = time_text(self._database.now(connection))
            submitted = {"server_id": server_id, "state": ModelBatchState.SUBMITTED, "submitted_at": now}
            connection.execute(self._intended(uuid).values(submitted))

    def ended(self, uuid: str, state: ModelBatchState, *, problem: str = "") -> None:
        """Saves that the server has ended the batch as completed, expired or cancelled. Its answers can be collected."""
        with self._database.writing() as connection:
            self._end(connection, uuid, state, problem)

    def outstanding(self, uuid: str) -> dict[str, int]:
        """The questions of the batch without an outcome, with the number of attempts before this one."""
        wanted = select(questions.c.id, questions.c.attempts).where(self._mine, _is_in(uuid))
        with self._database.reading() as connection:
            return dict(connection.execute(wanted).tuples().all())

    def settle(self, uuid: str, settled: Sequence[SettledQuestion], again: Collection[str] = ()) -> set[str]:
        """Saves outcomes, and frees the questions that are to be asked `again`, with one more attempt.

        Only questions that are submitted in this batch change, so the same lines may be settled again. Returns their ids.
        """
        outcomes = {each.id: each for each in settled}
        with self._database.writing() as connection:
            found = self._locked(connection, uuid, {*outcomes, *again})
            now = time_text(self._database.now(connection))
            mine = [outcomes[id_] for id_ in found if id_ in outcomes]
            if mine:
                this = and_(self._mine, questions.c.id == bindparam("this"))
                connection.execute(
                    update(questions).where(this),
                    [
                        {
                            "this": each.id,
                            "state": QuestionState.ANSWERED,
                            "outcome": dict(each.outcome),
                            "reserved_usd": each.cost_usd,
                            "settled_at": now,
                        }
                        for each in mine
                    ],
                )
            unanswered = [id_ for id_ in found if id_ not in outcomes]
            failed = len(unanswered) + sum(each.is_failure for each in mine)
            for chunk in in_chunks(unanswered):
                self._free(connection, questions.c.id.in_(chunk), attempts=1)
            counts = {
                "answered": model_batches.c.answered + len(found) - failed,
                "failed": model_batches.c.failed + failed,
                "cost_usd": model_batches.c.cost_usd + sum(each.cost_usd or 0.0 for each in mine),
            }
            if found:
                connection.execute(update(model_batches).where(model_batches.c.uuid == uuid).values(counts))
        return set(found)

    def collected(self, uuid: str, *, unknown: int = 0, doubled: int = 0) -> int:
        """Ends a batch of which every line was settled; returns how many of its questions had none.

        These are free, with one more attempt.
        """
        with self._database.writing() as connection:
            missing = self._free(connection, _is_in(uuid), attempts=1)
            now = time_text(self._database.now(connection))
            end = {
                "state": ModelBatchState.COLLECTED,
                "missing": model_batches.c.missing + missing,
                "unknown": unknown,
                "doubled": doubled,
                "ended_at": func.coalesce(model_batches.c.ended_at, now),
                "collected_at": now,
            }
            connection.execute(_open(uuid).values(end))
            return missing

    def failed(self, uuid: str, problem: str, *, counts_as_attempt: bool = False) -> int:
        """Ends a batch that the server does not have or has refused, in one sentence; returns how many questions are free again.

        With `counts_as_attempt` they have one more attempt.
        """
        with self._database.writing() as connection:
            freed = self._free(connection, _is_in(uuid), attempts=int(counts_as_attempt))
            self._end(connection, uuid, ModelBatchState.FAILED, problem)
            return freed

    def _found(self, *conditions: ColumnElement[bool]) -> list[ModelBatch]:
        wanted = select(model_batches).where(model_batches.c.project == self._project, *conditions)
        newest = (model_batches.c.intended_at.desc(), model_batches.c.uuid)
        with self._database.reading() as connection:
            return [_batch(row) for row in connection.execute(wanted.order_by(*newest))]

    def _insert(self, connection: Connection, batch: NewModelBatch, state: ModelBatchState) -> None:
        none_yet = dict.fromkeys(("answered", "failed", "missing", "unknown", "doubled", "cost_usd"), 0)
        now = time_text(self._database.now(connection))
        row = {**asdict(batch), **none_yet, "project": self._project, "state": state, "intended_at": now}
        connection.execute(insert(model_batches), row)

    def _put(self, connection: Connection, uuid: str, ids: Collection[str], condition: ColumnElement[bool]) -> int:
        """Puts questions into a batch, as submitted."""
        submitted, count = {"state": QuestionState.SUBMITTED, "batch": uuid}, 0
        for chunk in in_chunks(sorted(ids)):
            these = and_(self._mine, questions.c.id.in_(chunk), condition)
            count += connection.execute(update(questions).where(these).values(submitted)).rowcount
        return count

    def _locked(self, connection: Connection, uuid: str, ids: Collection[str]) -> list[str]:
        """Those of the questions that are submitted in this batch, sorted."""
        found: list[str] = []
        for chunk in in_chunks(sorted(ids)):
            mine = select(questions.c.id).where(self._mine, _is_in(uuid), questions.c.id.in_(chunk))
            found += connection.scalars(mine.order_by(questions.c.id).with_for_update())
        return found

    def _free(self, connection: Connection, condition: ColumnElement[bool], *, attempts: int) -> int:
        free = {"state": QuestionState.NOTED, "run": None, "reserved_usd": None}
        free_again = {**free, "attempts": questions.c.attempts + attempts}
        return connection.execute(update(questions).where(self._mine, condition).values(free_again)).rowcount

    def _end(self, connection: Connection, uuid: str, state: ModelBatchState, problem: str) -> None:
        end = {"state": state, "problem": problem, "ended_at": time_text(self._database.now(connection))}
        connection.execute(_open(uuid).values(end))

    def _intended(self, uuid: str) -> Update:
        is_intended = model_batches.c.state == ModelBatchState.INTENDED
        return update(model_batches).where(model_batches.c.uuid == uuid, is_intended)

    @property
    def _mine(self) -> ColumnElement[bool]:
        return questions.c.project == self._project


def _open(uuid: str) -> Update:
    return update(model_batches).where(model_batches.c.uuid == uuid, model_batches.c.state.not_in(FINAL))


def _is_in(uuid: str) -> ColumnElement[bool]:
    return and_(questions.c.batch == uuid, questions.c.state == QuestionState.SUBMITTED)


def _batch(row: Row[Any]) -> ModelBatch:
    values = {field.name: getattr(row, field.name) for field in fields(ModelBatch)}
    for name in ("intended_at", "submitted_at", "ended_at", "collected_at"):
        values[name] = values[name] and datetime.fromisoformat(values[name])
    return ModelBatch(**{**values, "state": ModelBatchState(row.state), "problem": row.problem or ""})
