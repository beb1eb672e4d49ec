"""Every end that a question to a model can have other than an answer.

ModelError
├── Unanswered            the model was called and paid, and there is nothing to read
│   ├── Refused           it declines
│   ├── Filtered          the provider's content filter stepped in
│   ├── CutOff            it did not finish, with twice the tokens either
│   └── EmptyAnswer       it said nothing, twice
├── ModelUnavailable      the server could not answer now; the same question may succeed later
├── BadRequest            the server does not take this question; asking again will not help
└── EndpointUnusable      no question can succeed: the run stops
    ├── EndpointUnreachable
    ├── EndpointDown      it answered once, or might have, and does not any more
    ├── AuthenticationFailed
    ├── QuotaExhausted
    ├── ModelNotFound
    ├── SpendingLimitReached    the run has made the calls, or spent the money, that it may
    └── SpendingLimitUnusable a cap that cannot be kept

Each message is one sentence that names the endpoint, its address and model, and what to do. None holds a key, an image
or a whole prompt.
"""

from judge_pipeline.domain.model_answer import Usage


class ModelError(Exception):
    """A question to a model ended without an answer."""


class Unanswered(ModelError):
    """The model was called and there is no answer to read.

    `text` is what it said instead, `usage` and `cost_usd` what that took.
    """

    def __init__(
        self, message: str, *, text: str = "", usage: Usage | None = None, cost_usd: float | None = None
    ) -> None:
        super().__init__(message)
        self.text = text
        self.usage = usage or Usage()
        self.cost_usd = cost_usd


class Refused(Unanswered):
    """The model declines to answer."""


class Filtered(Unanswered):
    """The provider's content filter stopped the question or the answer."""


class CutOff(Unanswered):
    """The answer did not fit into the token limit, nor into twice of it."""


class EmptyAnswer(Unanswered):
    """The model answered with nothing, twice."""


class ModelUnavailable(ModelError):
    """The server failed or limited the rate until retry_policy ended; the same question may succeed later."""


class BadRequest(ModelError):
    """The server does not take this question as it stands; asking again will not help."""


class EndpointUnusable(ModelError):
    """No question to this endpoint can succeed until a person changes something: the run stops."""


class EndpointUnreachable(EndpointUnusable):
    """Nothing that speaks chat completions answers at the address."""


class EndpointDown(EndpointUnusable):
    """The server has answered none of several questions for longer than it is waited for."""


class AuthenticationFailed(EndpointUnusable):
    """The server does not accept the key."""


class QuotaExhausted(EndpointUnusable):
    """The account has no credit left."""


class ModelNotFound(EndpointUnusable):
    """The server does not serve this model."""


class SpendingLimitReached(EndpointUnusable):
    """The run may ask nothing more: it has reached its cap of calls or of dollars."""


class SpendingLimitUnusable(EndpointUnusable):
    """A cap cannot be kept: it is not above 0, or it is in dollars and a price is not known."""
