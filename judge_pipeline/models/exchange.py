"""The outcome of one request to a model: a reply or a failure, and how failures are retried."""

from dataclasses import dataclass

from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.domain.retry_policy import RetryPolicy

RETRYABLE_STATUSES = {408, 409, 429}

MODEL_RETRIES = RetryPolicy(waits_seconds=(0.5, 1.0, 2.0, 4.0, 8.0), total_seconds=600.0)
"""Six attempts within ten minutes, not counting the time in line for the endpoint. Not attempts are a rate limit, a failure during
an outage, and a late request to a server that is too slow for so many."""

LARGEST_JITTER = 0.5
"""Up to half of a wait is dropped at random: questions that failed together must not return together."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A chat completion as received. `reasoning` is what some servers send next to the content; `seconds` is the round trip.

    `cost_usd` is what the server reports to bill; few do.
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
    """A request without a completion.

    `status` is None when there was no HTTP response: the connection failed or the deadline passed. `code`, `param` and
    `message` come from the error body; use `errors.quotation` before showing them. `was_sent` is False when there was no
    connection, so the server cannot have seen the request.
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
        """Whether the model may have answered although the answer did not arrive."""
        return self.status is None and self.was_sent

    @property
    def is_refusal(self) -> bool:
        """Whether the server refused the request, as opposed to failing or not being reachable."""
        return self.status is not None and self.status < 500

    @property
    def error_text(self) -> str:
        """Everything the server wrote about the request, in lower case."""
        return f"{self.message} {self.param} {self.code}".lower()


Outcome = Reply | Failure
