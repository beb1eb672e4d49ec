"""What one request to a model came to: a reply or a failure, in our words."""

from dataclasses import dataclass

from judge_pipeline.domain.model_answer import Usage

RETRYABLE_STATUSES = {408, 409, 429}


@dataclass(frozen=True, slots=True)
class Reply:
    """A chat completion as it came. `reasoning` is what some servers put beside the content; `seconds` the round trip.

    `cost_usd` is what the server says that it bills; few do.
    """

    text: str
    reasoning: str
    refusal: str
    finish_reason: str
    model: str
    usage: Usage
    seconds: float
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A request that brought no completion.

    `status` is None when no HTTP response came: the connection or the deadline failed. `code` and `param` are the error
    body's, `message` its text: as the server wrote it, and so not for people before it is cleaned. `was_sent` is False
    when no connection was made, so that the server cannot have seen the request.
    """

    status: int | None
    message: str
    code: str = ""
    param: str = ""
    retry_after_seconds: float | None = None
    was_sent: bool = True

    @property
    def is_rate_limit(self) -> bool:
        """Whether the server asks for fewer requests."""
        return self.status == 429

    @property
    def is_retryable(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status is None or self.status in RETRYABLE_STATUSES or self.status >= 500

    @property
    def may_be_billed(self) -> bool:
        """Whether the model may have answered, although nothing of it came."""
        return self.status is None and self.was_sent

    @property
    def is_sign_of_life(self) -> bool:
        """Whether the server itself turned the request down, in contrast to one that breaks down or is not there."""
        return self.status is not None and self.status < 500

    @property
    def complaint(self) -> str:
        """All that the server said about the request, in lower case."""
        return f"{self.message} {self.param} {self.code}".lower()


Outcome = Reply | Failure
