"""Questions for model batches: noted by a run, submitted in a batch, answered; and the tags that wait for them.

    noted -> submitted -> answered, and then deleted with the answer's saving or the failure's
      ^          |
      +----------+   the server gave no answer: the question is free, and the next run that needs it notes it again

A `noted` question belongs to the run that will submit it. Without a run it is free: nothing is on its way.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, delete, func, select, update

from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.database import Database, in_chunks
from judge_pipeline.store.heartbeats import refuse_ended
from judge_pipeline.store.question_rows import QuestionState, drop_links, is_free_row, is_pending_row
from judge_pipeline.store.tables import failures, question_tags, questions
from judge_pipeline.store.times import time_text


@dataclass(frozen=True, slots=True)
class QuestionLink:
    """A tag that needs the answer to a question for an asset, the `purpose`."""

    question: str
    tag: Tag
    purpose: str


@dataclass(frozen=True, slots=True)
class NotedQuestion:
    """A question that a run is about to write into a file for a server.

    `id` is its `custom_id` there: the fingerprint, or for the second try of a question that was cut off another one of the same
    length. `reserved_usd` is what it may cost; None if prices are unknown. `dialect` is how the server is asked, as JSON.
    """

    id: str
    fingerprint: str
    endpoint: str
    base_url: str
    model: str
    purpose: str
    tag: Tag
    reserved_usd: float | None = None
    dialect: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredQuestion:
    """A question as the store has it.

    `attempts` counts the batches that gave no answer to it. `outcome` is the JSON of what the server said, once it is answered.
    `usd` is what it may cost, or has cost when it is answered; None if unknown or if nothing is reserved.
    """

    id: str
    fingerprint: str
    endpoint: str
    state: QuestionState
    run: str | None
    batch: str | None
    attempts: int
    usd: float | None
    outcome: Mapping[str, Any] | None
    dialect: Mapping[str, Any]

    @property
    def is_pending(self) -> bool:
        """Whether an answer is on its way: the question is in a batch, or a run is about to put it into one."""
        return self.state is QuestionState.SUBMITTED or (self.state is QuestionState.NOTED and self.run is not None)


class Questions:
    """The questions of one project. Every method is one transaction, may be repeated, and may raise StoreError."""

    def __init__(self, database: Database, project: str) -> None:
        self._database = database
        self._project = project

    def find(self, ids: Collection[str]) -> dict[str, StoredQuestion]:
        """Those of these questions that the store has, by id."""
        found: dict[str, StoredQuestion] = {}
        with self._database.reading() as connection:
            for chunk in in_chunks(sorted(ids)):
                rows = connection.execute(select(questions).where(self._mine, questions.c.id.in_(chunk)))
                found |= {row.id: _question(row) for row in rows}
        return found

    def note(self, run: str, noted: Sequence[NotedQuestion]) -> set[str]:
        """Notes questions for a run, and their tags; returns the ids of those that the run has to submit.

        A question that is pending or answered stays as it is: its tag is linked, and the run does not submit it. A free one keeps
        its attempts.

        Raises:
            RunEnded: the run was ended as lost.
        """
        new: set[str] = set()
        insert = self._database.insert(questions)
        taken = {
            name: insert.excluded[name]
            for name in ("endpoint", "purpose", "run", "reserved_usd", "dialect", "noted_at")
        }
        with self._database.writing() as connection:
            refuse_ended(connection, run)
            now = time_text(self._database.now(connection))
            rows = {
                each.id: {
                    "project": self._project,
                    "id": each.id,
                    "fingerprint": each.fingerprint,
                    "endpoint": each.endpoint,
                    "base_url": each.base_url,
                    "model": each.model,
                    "purpose": each.purpose,
                    "state": QuestionState.NOTED,
                    "run": run,
                    "attempts": 0,
                    "reserved_usd": each.reserved_usd,
                    "dialect": dict(each.dialect),
                    "noted_at": now,
                }
                for each in noted
            }
            for chunk in in_chunks(sorted(rows)):
                statement = insert.values([rows[id_] for id_ in chunk]).on_conflict_do_update(
                    index_elements=list(questions.primary_key), set_={**taken, "batch": None}, where=is_free_row()
                )
                new.update(connection.scalars(statement.returning(questions.c.id)))
            self._link(connection, run, [QuestionLink(each.id, each.tag, each.purpose) for each in noted])
        return new

    def link(self, run: str, links: Sequence[QuestionLink]) -> None:
        """Saves that tags wait for questions that are there already. Their earlier failures are over, as with `note`."""
        with self._database.writing() as connection:
            self._link(connection, run, links)

    def discard(self, ids: Collection[str]) -> None:
        """Deletes questions whose outcome is of no use: the server has to be asked again, in another way or later."""
        with self._database.writing() as connection:
            for chunk in in_chunks(sorted(ids)):
                answered = and_(self._mine, questions.c.id.in_(chunk), questions.c.state == QuestionState.ANSWERED)
                connection.execute(delete(questions).where(answered))

    def unlink_others(self, run: str, tags: Collection[Tag], purposes: Collection[str]) -> None:
        """Forgets what these tags have waited for, for these assets, unless this run has asked for it too.

        So a tag does not wait for the answer about an earlier caption. Deletes questions that no tag needs, unless they are
        pending: they are paid for, and a later run may need them.
        """
        others = and_(
            question_tags.c.project == self._project,
            question_tags.c.purpose.in_(sorted(purposes)),
            question_tags.c.run != run,
        )
        with self._database.writing() as connection:
            for chunk in in_chunks(sorted(tags)):
                drop_links(connection, self._project, and_(others, question_tags.c.tag.in_(chunk)))

    def forget(self, tags: Collection[Tag]) -> None:
        """Forgets what these tags have waited for, and deletes the questions that then no tag needs, unless they are pending."""
        with self._database.writing() as connection:
            for chunk in in_chunks(sorted(tags)):
                mine = and_(question_tags.c.project == self._project, question_tags.c.tag.in_(chunk))
                drop_links(connection, self._project, mine)

    def free(self, runs: Collection[str]) -> int:
        """Frees the noted questions of runs that will not submit them any more; returns how many."""
        freed = 0
        with self._database.writing() as connection:
            for chunk in in_chunks(sorted(runs)):
                noted = and_(self._mine, questions.c.state == QuestionState.NOTED, questions.c.run.in_(chunk))
                freed += connection.execute(update(questions).where(noted).values(run=None, reserved_usd=None)).rowcount
        return freed

    def noting_runs(self) -> set[str]:
        """The runs with noted questions. Those of them that are over will not submit them: see `free`."""
        noted = and_(self._mine, questions.c.state == QuestionState.NOTED, questions.c.run.is_not(None))
        with self._database.reading() as connection:
            return {run for run in connection.scalars(select(questions.c.run).where(noted).distinct()) if run}

    def tags(self) -> set[Tag]:
        """The tags with a question of an earlier run, answered or not."""
        return set(self._tags())

    def waiting_tags(self) -> set[Tag]:
        """The tags of which an answer is on its way: a run could not finish them."""
        return {tag for tag, is_pending in self._tags().items() if is_pending}

    def ready_tags(self) -> list[Tag]:
        """The tags that were waiting and wait for nothing more, sorted: a run can go on with them."""
        return sorted(tag for tag, is_pending in self._tags().items() if not is_pending)

    def counts(self) -> dict[QuestionState, int]:
        """How many questions are in each state; free ones count as noted."""
        counted = select(questions.c.state, func.count()).where(self._mine).group_by(questions.c.state)
        with self._database.reading() as connection:
            return {QuestionState(state): count for state, count in connection.execute(counted).tuples()}

    def is_empty(self) -> bool:
        """Whether there are none: no run of the project has used batches lately."""
        with self._database.reading() as connection:
            return connection.execute(select(questions.c.id).where(self._mine).limit(1)).first() is None

    def _tags(self) -> dict[Tag, bool]:
        """Whether any tag with questions waits for one that is pending. A link without a question is one whose answer is saved."""
        both = question_tags.outerjoin(
            questions,
            and_(questions.c.project == question_tags.c.project, questions.c.id == question_tags.c.question),
        )
        pending = func.max(case((is_pending_row(), 1), else_=0))
        wanted = select(question_tags.c.tag, pending).select_from(both).where(question_tags.c.project == self._project)
        with self._database.reading() as connection:
            found = connection.execute(wanted.group_by(question_tags.c.tag)).tuples()
            return {Tag(tag): bool(is_pending) for tag, is_pending in found}

    def _link(self, connection: Connection, run: str, links: Sequence[QuestionLink]) -> None:
        keys = sorted({(link.tag, link.purpose, link.question) for link in links})
        rows = [
            {"project": self._project, "tag": tag, "purpose": purpose, "question": question, "run": run}
            for tag, purpose, question in keys
        ]
        if not rows:
            return
        connection.execute(self._database.upsert(question_tags), rows)
        for purpose in sorted({link.purpose for link in links}):
            tags = sorted({link.tag for link in links if link.purpose == purpose})
            for chunk in in_chunks(tags):
                mine = and_(failures.c.project == self._project, failures.c.asset == purpose, failures.c.tag.in_(chunk))
                connection.execute(delete(failures).where(mine))

    @property
    def _mine(self) -> ColumnElement[bool]:
        return questions.c.project == self._project


def _question(row: Row[Any]) -> StoredQuestion:
    return StoredQuestion(
        row.id,
        row.fingerprint,
        row.endpoint,
        QuestionState(row.state),
        row.run,
        row.batch,
        row.attempts,
        row.reserved_usd,
        row.outcome,
        row.dialect or {},
    )
