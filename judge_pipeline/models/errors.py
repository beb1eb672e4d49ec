"""Every way in which a question to a model can end without an answer.

ModelError
├── Unanswered            the model was called and paid, and gave no answer
│   ├── Refused           it declined
│   ├── Filtered          the provider's content filter stopped it
│   ├── CutOff            it did not finish, not even with twice the tokens
│   └── EmptyAnswer       its answer was empty, twice
├── ModelUnavailable      the server could not answer; the same question may succeed later
├── BadRequest            the server rejects this question; asking again will not help
└── EndpointUnusable      no question can succeed: the run stops
    ├── EndpointUnreachable
    ├── EndpointDown      it stopped answering
    ├── AuthenticationFailed
    ├── QuotaExhausted
    ├── ModelBatchRefused   the server does not take questions in batches, or not these
    ├── ModelNotFound
    │   └── ModelSeesNoImages
    ├── SameAnswers      a captioner says the same of different images
    ├── SpendingLimitReached    the run has used up its calls or dollars
    └── SpendingLimitUnusable   a limit that cannot be enforced

AnswerPending is none of them: the answer will come in a model batch.

Each message is one sentence that names the endpoint, its address and model, and what to do. None contains a key, an image
or a whole prompt: what servers and models wrote goes through `quotation`.
"""

import re
from collections.abc import Sequence

from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.models.endpoint import Endpoint

LONGEST_QUOTATION = 300
"""Characters: enough for a server's own message, too few for a prompt."""

DATA_URI = re.compile(r"data:[\w/+.-]*;base64,[A-Za-z0-9+/=]*")
ENCODED = re.compile(r"[A-Za-z0-9+/=_-]{80,}")
KEY = re.compile(r"\b(?:sk|pk|key|gsk|xai|AIza)-?[A-Za-z0-9_*-]{12,}")
URL_QUERY = re.compile(r"(https?://[^\s?\"'<>]+)\?[^\s\"'<>]+")
"""A signed URL is a key to what it leads to, and its query is the signature."""

UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")


class ModelError(Exception):
    """A question to a model ended without an answer."""


class AnswerPending(Exception):
    """The answer will come in a model batch. That is not an error: the tag waits for it, and a later run reads it."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(f"waits for a model batch of {endpoint}")


class Unanswered(ModelError):
    """The model was called and gave no answer.

    `text` is what it wrote instead; `usage` and `cost_usd` are what that took.
    """

    def __init__(
        self, message: str, *, text: str = "", usage: Usage | None = None, cost_usd: float | None = None
    ) -> None:
        super().__init__(message)
        self.text = text
        self.usage = usage or Usage()
        self.cost_usd = cost_usd


class Refused(Unanswered):
    """The model declined to answer."""


class Filtered(Unanswered):
    """The provider's content filter stopped the question or the answer."""


class CutOff(Unanswered):
    """The answer did not fit into twice the token limit."""


class EmptyAnswer(Unanswered):
    """The model's answer was empty, twice."""


class ModelUnavailable(ModelError):
    """The server failed or limited the rate until the retries were used up; the same question may succeed later."""


class BadRequest(ModelError):
    """The server rejects this question; asking again will not help."""


class EndpointUnusable(ModelError):
    """No question to this endpoint can succeed until a person changes something: the run stops."""


class EndpointUnreachable(EndpointUnusable):
    """No server at the address answers chat completions."""


class EndpointDown(EndpointUnusable):
    """The server has not answered any question for as long as an outage may last, or has answered nothing but rate limits."""


class AuthenticationFailed(EndpointUnusable):
    """The server does not accept the key."""


class QuotaExhausted(EndpointUnusable):
    """The account has no credit left, or its quota of the day is used up."""


class ModelBatchRefused(EndpointUnusable):
    """The server does not take a model batch: it has none, or it has reached a limit."""


class ModelNotFound(EndpointUnusable):
    """The server does not serve this model."""


class ModelSeesNoImages(ModelNotFound):
    """The server serves this model, but not for images."""


class SameAnswers(EndpointUnusable):
    """A captioner has said the same of several different images: the model may not see images."""


class SpendingLimitReached(EndpointUnusable):
    """The run has reached its limit of calls or dollars."""


class SpendingLimitUnusable(EndpointUnusable):
    """A limit cannot be enforced: it is not above 0, or it is in dollars and a price is unknown."""


def quotation(text: str, *, without: Sequence[str] = ()) -> str:
    """A server's or model's text as part of a message: one line, at most `LONGEST_QUOTATION` characters, no image or key.

    `without` holds further texts to leave out (keys, prompts).
    """
    for hidden in sorted((hidden for hidden in without if hidden.strip()), key=len, reverse=True):
        text = text.replace(hidden, "[…]")
    text = URL_QUERY.sub(r"\1?[…]", DATA_URI.sub("[image]", text))
    text = KEY.sub("[key]", ENCODED.sub("[…]", text))
    text = " ".join(UNPRINTABLE.sub(" ", text).split())
    return text if len(text) <= LONGEST_QUOTATION else text[: LONGEST_QUOTATION - 1].rstrip() + "…"
