"""The tags for which model batches have brought something that no run has read yet."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, select

from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.address import store_exists
from judge_pipeline.store.database import Database
from judge_pipeline.store.model_batches import FINAL, WAS_CANCELLED, ModelBatchState
from judge_pipeline.store.question_rows import QuestionState
from judge_pipeline.store.tables import model_batches, question_tags, questions

AFTER_FAILED_BATCH = timedelta(hours=1)
"""So long a tag rests whose batch the server did not take as a whole: its queue may be full until other batches are done."""


@dataclass(frozen=True, slots=True)
class ReadyTag:
    """A tag that waits for nothing more. `purposes` are the assets it waited for; `version` changes with what a run would find."""

    tag: Tag
    purposes: frozenset[str]
    version: str


class ReadyTags:
    """Reads the questions of one project. May raise StoreError."""

    def __init__(self, database: Database, project: str) -> None:
        self._database = database
        self._project = project

    def needs(self) -> dict[Tag, set[str]]:
        """The assets for which each tag has asked a question in a batch: its answer is there, or on its way, or lost."""
        needs: dict[Tag, set[str]] = {}
        wanted = select(question_tags.c.tag, question_tags.c.purpose).distinct()
        with self._database.reading() as connection:
            for tag, purpose in connection.execute(wanted.where(question_tags.c.project == self._project)).tuples():
                needs.setdefault(Tag(tag), set()).add(purpose)
        return needs

    def with_news(self, now: datetime | None = None) -> list[ReadyTag]:
        """The ready tags, sorted, of which a question was in a batch, answered or not.

        A tag whose questions were only noted is not among them, because its run was stopped or terminated, nor one with a question
        in a batch that was cancelled: a person has ended these, and runs them again when it suits.
        `now` lets a test simulate time; by default the database's clock counts.
        """
        needs: dict[Tag, list[Any]] = {}
        in_store = and_(questions.c.project == question_tags.c.project, questions.c.id == question_tags.c.question)
        tables = question_tags.outerjoin(questions, in_store).outerjoin(
            model_batches, model_batches.c.uuid == questions.c.batch
        )
        wanted = select(
            question_tags.c.tag,
            question_tags.c.purpose,
            question_tags.c.question,
            questions.c.state,
            questions.c.run,
            questions.c.attempts,
            questions.c.batch,
            model_batches.c.state.label("batch_state"),
            model_batches.c.ended_at,
            model_batches.c.problem,
        )
        with self._database.reading() as connection:
            now = now or self._database.now(connection)
            mine = wanted.select_from(tables).where(question_tags.c.project == self._project)
            for row in connection.execute(mine):
                needs.setdefault(Tag(row.tag), []).append(row)
        return [
            ReadyTag(tag, frozenset(row.purpose for row in rows), _version(rows))
            for tag, rows in sorted(needs.items())
            if not any(_is_pending(row) or _rests(row, now) for row in rows) and any(_is_news(row) for row in rows)
        ]


def are_model_batches_used(url: str) -> bool:
    """Whether a tag of any project waits or has something to read, or a batch has not ended. Creates no store.

    Raises:
        StoreError: the store cannot be used.
    """
    if not store_exists(url):
        return False
    unfinished = select(model_batches.c.uuid).where(model_batches.c.state.not_in(FINAL))
    database = Database.open(url)
    try:
        with database.reading() as connection:
            looks = (select(question_tags.c.tag), unfinished)
            return any(connection.execute(wanted.limit(1)).first() is not None for wanted in looks)
    finally:
        database.close()


def version_of(ready: Iterable[ReadyTag]) -> str:
    """One version for all of these."""
    return hashlib.sha256("\n".join(f"{each.tag} {each.version}" for each in ready).encode()).hexdigest()[:16]


def _is_pending(row: Any) -> bool:
    return row.state == QuestionState.SUBMITTED or (row.state == QuestionState.NOTED and row.run is not None)


def _is_news(row: Any) -> bool:
    """A question without a row is one that another tag's run has read; a free one with a batch got no answer there."""
    return row.state is None or row.state == QuestionState.ANSWERED or row.batch is not None


def _rests(row: Any, now: datetime) -> bool:
    if row.state != QuestionState.NOTED:
        return False
    if row.problem == WAS_CANCELLED:
        return True
    if row.batch_state != ModelBatchState.FAILED or not row.ended_at:
        return False
    return now - datetime.fromisoformat(row.ended_at) < AFTER_FAILED_BATCH


def _version(rows: Iterable[Any]) -> str:
    lines = sorted(f"{row.purpose} {row.question} {row.state} {row.attempts} {row.batch}" for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
