"""Whether one question is refused for its answer format, although the server does not say so in words that are known."""

from dataclasses import dataclass

from judge_pipeline.models.dialect import Dialect
from judge_pipeline.models.endpoint import AnswerFormat
from judge_pipeline.models.error_kinds import JSON_MISFIT, is_vague
from judge_pipeline.models.errors import BadRequest, ModelError
from judge_pipeline.models.exchange import Failure

STRIKES = 2
"""So many vague errors, or answers that the server's own check rejects, before a simpler format is tried: both may pass."""


@dataclass(slots=True)
class FormatDoubts:
    """The simplest format that one question has come to; None is the endpoint's. An answer in it changes the endpoint's.

    A rejected request costs nothing, so the simpler formats are tried before a question with a schema fails.
    """

    answer_format: AnswerFormat | None = None
    _strikes: int = 0

    def of(self, dialect: Dialect) -> Dialect:
        """The endpoint's dialect, with the format of this question."""
        return dialect.at_most(self.answer_format)

    def reconsider(self, error: ModelError | None, failure: Failure, *, sent: Dialect) -> ModelError | None:
        """The error that a failure still is; None if the question should be asked again, in the same or a simpler format."""
        if JSON_MISFIT.search(failure.error_text) or is_vague(failure):
            self._strikes += 1
            if self._strikes < STRIKES:
                return None
        elif not isinstance(error, BadRequest):
            return error
        if sent.simpler() == sent:
            return error
        self._strikes = 0
        self.answer_format = sent.simpler().answer_format
        return None
