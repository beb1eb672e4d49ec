"""The outcome of one request to a model: a reply or a failure, and how failures are retried."""

from dataclasses import dataclass

from judge_pipeline.domain.choice_probability import Token
from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.domain.retry_policy import RetryPolicy

RETRYABLE_STATUSES = {408, 409, 420, 421, 423, 424, 425, 429, 449, 499}
"""Besides 5xx: timeouts, conflicts, a wrong connection, a locked or loading model, text-generation-inference's 424 for a
failed generation, a gateway's 499 for a client that it believes gone."""

ACCESS_STATUSES = {401, 403, 407}
PASSING_PAGES = {200, 403}
"""The statuses of the pages with which an intermediary checks or refuses a client for a moment; other pages mean what their
status says."""

MODEL_RETRIES = RetryPolicy(waits_seconds=(0.5, 1.0, 2.0, 4.0, 8.0), total_seconds=600.0)
"""Six attempts within ten minutes, not counting the time in line for the endpoint. Not attempts are a rate limit, a failure during
an outage, and a late request to a server that is too slow for so many."""

MODEL_BATCH_ATTEMPTS = 3
"""Model batches that give no answer to a question before it fails, or is asked live."""

LARGEST_JITTER = 0.5
"""Up to half of a wait is dropped at random: questions that failed together must not return together."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A chat completion as received. `reasoning` is what some servers send next to the content; `seconds` is the round trip.

    `cost_usd` is what the server reports to bill; few do. `tokens` are those of the text, if log-probabilities were asked for.
    """

    text: str
    reasoning: str
    refusal: str
    finish_reason: str
    model: str
    usage: Usage
    seconds: float
    cost_usd: float | None = None
    tokens: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A request without a completion.

    `status` is None when there was no HTTP response: the connection failed or the deadline passed. `code`, `param`,
    `message` and all `codes` come from the error body; use `errors.quotation` before showing them. `was_sent` is False when
    there was no connection, so the server cannot have seen the request. `is_unreadable` means that the body is not what an
    API sends: a web page, an event stream, `null`. With `has_status_of_body` the response had HTTP 200, and an error in it.
    """

    status: int | None
    message: str
    code: str = ""
    param: str = ""
    retry_after_seconds: float | None = None
    was_sent: bool = True
    codes: tuple[str, ...] = ()
    is_unreadable: bool = False
    has_status_of_body: bool = False

    @property
    def is_rate_limit(self) -> bool:
        """Whether the server asks for fewer requests."""
        return self.status == 429

    @property
    def is_retryable(self) -> bool:
        """Whether the same request may succeed later."""
        if self.status is None or self.is_passing_page:
            return True
        return self.status in RETRYABLE_STATUSES or self.status >= 500

    @property
    def is_passing_page(self) -> bool:
        """Whether something between here and the server, or in front of its API, has answered in its place."""
        return self.is_unreadable and self.status in PASSING_PAGES

    @property
    def may_be_billed(self) -> bool:
        """Whether the model may have answered although the answer did not arrive."""
        return (self.status is None and self.was_sent) or self.status == 200

    @property
    def is_refusal(self) -> bool:
        """Whether the server refused the request, as opposed to failing or not being reachable."""
        return self.status is not None and self.status < 500 and not self.is_passing_page

    @property
    def error_text(self) -> str:
        """Everything the server wrote about the request, in lower case."""
        return " ".join((self.message, self.param, self.code, *self.codes)).lower()


Outcome = Reply | Failure
