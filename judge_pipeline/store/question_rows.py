"""The rows of questions inside a transaction: which are pending, free or needed by no tag, and their deletion."""

from collections.abc import Collection, Sequence
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, not_, or_, select

from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.database import in_chunks
from judge_pipeline.store.tables import question_tags, questions


class QuestionState(StrEnum):
    """See `questions`. There is no state for a question that no one needs: its row is deleted."""

    NOTED = "noted"
    SUBMITTED = "submitted"
    ANSWERED = "answered"


def drop_answered(connection: Connection, project: str, fingerprints: Sequence[str]) -> None:
    """Deletes the questions whose answers are saved. Their tags stay linked: they are ready."""
    for chunk in in_chunks(sorted(fingerprints)):
        answered = and_(questions.c.project == project, questions.c.fingerprint.in_(chunk))
        connection.execute(delete(questions).where(answered))


def drop_needs(connection: Connection, project: str, asset: str, tags: Collection[Tag]) -> None:
    """For tags whose result or failure of an asset is saved: they wait for nothing more there."""
    for chunk in in_chunks(sorted(tags)):
        mine = and_(
            question_tags.c.project == project, question_tags.c.purpose == asset, question_tags.c.tag.in_(chunk)
        )
        drop_links(connection, project, mine)


def drop_links(connection: Connection, project: str, condition: ColumnElement[bool]) -> None:
    """Deletes links, and the questions that then no tag needs, unless an answer to them is on its way."""
    ids = sorted(set(connection.scalars(select(question_tags.c.question).where(condition))))
    if not ids:
        return
    connection.execute(delete(question_tags).where(condition))
    for chunk in in_chunks(ids):
        unneeded = and_(questions.c.project == project, questions.c.id.in_(chunk), is_unneeded())
        connection.execute(delete(questions).where(unneeded))


def is_unneeded() -> ColumnElement[bool]:
    """Whether no tag waits for a question, and no answer to it is on its way."""
    of_tags = exists().where(question_tags.c.project == questions.c.project, question_tags.c.question == questions.c.id)
    return and_(not_(of_tags), not_(is_pending_row()))


def is_pending_row() -> ColumnElement[bool]:
    """The same as `StoredQuestion.is_pending`; false without a question."""
    noted = and_(questions.c.state == QuestionState.NOTED, questions.c.run.is_not(None))
    return func.coalesce(or_(questions.c.state == QuestionState.SUBMITTED, noted), False)


def is_free_row() -> ColumnElement[bool]:
    """Whether no run is about to submit a question, and no answer to it is on its way."""
    return and_(questions.c.state == QuestionState.NOTED, questions.c.run.is_(None))
