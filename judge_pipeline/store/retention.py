"""What of the store is deleted in time: answers that could not be used, and thumbnails of archived images."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, func, select, update

from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.database import Database, in_chunks
from judge_pipeline.store.question_rows import is_unneeded
from judge_pipeline.store.tables import archived, discarded_answers, questions, results
from judge_pipeline.store.times import time_text


class Retention:
    """The deletions of one project. Every method may raise StoreError, and may be repeated."""

    def __init__(self, database: Database, project: str) -> None:
        self._database = database
        self._project = project

    def discarded_answers(self, *, before: datetime) -> int:
        """How many discarded answers are older, and of an earlier month: a budget counts what the present one has cost.

        Among them are the questions for model batches that no tag needs any more, answered or not.
        """
        with self._database.reading() as connection:
            return sum(
                connection.execute(select(func.count()).where(*old)).scalar_one()
                for old in (self._discarded(before), self._unneeded(before))
            )

    def delete_discarded_answers(self, *, before: datetime) -> None:
        """Deletes them."""
        with self._database.writing() as connection:
            connection.execute(delete(discarded_answers).where(*self._discarded(before)))
            connection.execute(delete(questions).where(*self._unneeded(before)))

    def archived_thumbnails(self, *, before: datetime) -> list[Tag]:
        """The images archived before that moment that have a thumbnail."""
        of_images = results.join(
            archived, (archived.c.project == results.c.project) & (archived.c.tag == results.c.tag)
        )
        wanted = select(results.c.tag).select_from(of_images)
        mine = (results.c.project == self._project, results.c.asset == "images", results.c.value.like('%"data:image/%'))
        with self._database.reading() as connection:
            found = connection.scalars(wanted.where(*mine, archived.c.archived_at < time_text(before)))
            return [Tag(tag) for tag in found]

    def delete_thumbnails(self, tags: Sequence[Tag]) -> None:
        """Deletes the thumbnails of these images; what a run has saved in the meantime stays."""
        mine = (results.c.project == self._project, results.c.asset == "images")
        for chunk in in_chunks(tags):
            with self._database.writing() as connection:
                found = connection.execute(
                    select(results.c.tag, results.c.value).where(*mine, results.c.tag.in_(chunk))
                )
                for tag, value in found.tuples().all():
                    smaller = json.dumps({**json.loads(value), "thumbnail": ""}, ensure_ascii=False)
                    is_same = (results.c.tag == tag, results.c.value == value)
                    connection.execute(update(results).where(*mine, *is_same).values(value=smaller))

    def _discarded(self, before: datetime) -> tuple[ColumnElement[bool], ...]:
        return (discarded_answers.c.project == self._project, discarded_answers.c.kept_at < _before_month(before))

    def _unneeded(self, before: datetime) -> tuple[ColumnElement[bool], ...]:
        latest = func.coalesce(questions.c.settled_at, questions.c.noted_at)
        return (questions.c.project == self._project, is_unneeded(), latest < _before_month(before))


def _before_month(before: datetime) -> str:
    month = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return time_text(min(before, month))
