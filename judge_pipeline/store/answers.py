"""Model answers by the fingerprints of their questions, and those that turned out to be unusable."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, insert, select

from judge_pipeline.domain.model_answer import ModelAnswer, Usage
from judge_pipeline.store.database import Database, in_chunks
from judge_pipeline.store.question_rows import drop_answered
from judge_pipeline.store.tables import answers, discarded_answers, questions
from judge_pipeline.store.times import now_text, time_text


@dataclass(frozen=True, slots=True)
class PeriodSpending:
    """The dollars of all answers whose cost is known, and the number of the others.

    `reserved_usd` is what the answers that are on their way in model batches may cost; it is part of `cost_usd`.
    """

    cost_usd: float
    unpriced: int
    reserved_usd: float = 0.0


class ModelAnswers:
    """The part of a `ProjectStore` that is about answers. They belong to questions, not to tags, and need no lease."""

    def __init__(self, database: Database, project_hash: str) -> None:
        self._database = database
        self._project = project_hash

    def find_answer(self, fingerprint: str) -> ModelAnswer | None:
        """The usable answer to a question, if there is one."""
        return self.find_answers([fingerprint]).get(fingerprint)

    def find_answers(self, fingerprints: Sequence[str]) -> dict[str, ModelAnswer]:
        """The usable answers to these questions, by fingerprint."""
        wanted = select(answers).where(*self._answers())
        with self._database.reading() as connection:
            rows = [
                row
                for chunk in in_chunks(fingerprints)
                for row in connection.execute(wanted.where(answers.c.fingerprint.in_(chunk)))
            ]
        return {row.fingerprint: _model_answer(row) for row in rows}

    def recent_answers(self, purpose: str, limit: int) -> list[ModelAnswer]:
        """The latest usable answers for an asset, newest first."""
        wanted = select(answers).where(*self._answers(purpose=purpose)).order_by(answers.c.kept_at.desc())
        with self._database.reading() as connection:
            return [_model_answer(row) for row in connection.execute(wanted.limit(limit))]

    def spent_since(self, moment: datetime) -> PeriodSpending:
        """What the answers saved since then cost, usable or not, and what those may cost that are on their way."""
        usd, unpriced, start = 0.0, 0, time_text(moment)
        with self._database.reading() as connection:
            for table in (answers, discarded_answers):
                mine = (table.c.project == self._project, table.c.kept_at >= start)
                summed = select(func.sum(table.c.cost_usd), func.count() - func.count(table.c.cost_usd)).where(*mine)
                cost, unknown = connection.execute(summed).one()
                usd, unpriced = usd + (cost or 0.0), unpriced + unknown
            of_batches = select(func.sum(questions.c.reserved_usd)).where(questions.c.project == self._project)
            reserved = connection.execute(of_batches.where(questions.c.settled_at.is_(None))).scalar_one() or 0.0
            unread = connection.execute(of_batches.where(questions.c.settled_at >= start)).scalar_one() or 0.0
        return PeriodSpending(usd + unread + reserved, unpriced, reserved)

    def save_answer(self, fingerprint: str, *, purpose: str, answer: ModelAnswer) -> None:
        """Saves an answer before anything depends on it; the latest one counts. `purpose` is the asset that asked."""
        self.save_answers([(fingerprint, purpose, answer)])

    def save_answers(self, saved: Sequence[tuple[str, str, ModelAnswer]]) -> None:
        """Saves (fingerprint, purpose, answer) triples, all or none; their questions are done with."""
        rows = {
            fingerprint: {
                "project": self._project,
                "fingerprint": fingerprint,
                "purpose": purpose,
                "text": answer.text,
                "model": answer.model,
                "prompt_tokens": answer.usage.prompt_tokens,
                "completion_tokens": answer.usage.completion_tokens,
                "cached_tokens": answer.usage.cached_tokens,
                "image_tokens": answer.usage.image_tokens,
                "cost_usd": answer.cost_usd,
                "seconds": answer.seconds,
                "choice_probability": answer.choice_probability,
                "kept_at": now_text(),
            }
            for fingerprint, purpose, answer in saved
        }
        with self._database.writing() as connection:
            connection.execute(self._database.upsert(answers), [rows[fingerprint] for fingerprint in sorted(rows)])
            drop_answered(connection, self._project, list(rows))

    def discard_answer(self, fingerprint: str, reason: str) -> None:
        """Moves an answer to the discarded ones: it stays readable, but the same question goes to the model again."""
        with self._database.writing() as connection:
            taken = delete(answers).where(*self._answers(fingerprint=fingerprint)).returning(*answers.columns)
            rows = [
                {**row, "reason": reason, "discarded_at": now_text()} for row in connection.execute(taken).mappings()
            ]
            if rows:
                connection.execute(insert(discarded_answers), rows)

    def _answers(self, **equal: str) -> list[Any]:
        return [answers.c.project == self._project, *(answers.c[name] == value for name, value in equal.items())]


def _model_answer(row: Row[Any]) -> ModelAnswer:
    return ModelAnswer(
        text=row.text,
        model=row.model,
        usage=Usage(row.prompt_tokens, row.completion_tokens, row.cached_tokens, row.image_tokens),
        seconds=row.seconds,
        cost_usd=row.cost_usd,
        choice_probability=row.choice_probability,
    )
