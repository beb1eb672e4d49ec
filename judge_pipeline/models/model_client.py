"""Asks one endpoint, and once more where the answer was cut off or empty; and finds out without cost whether it can be asked."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from judge_pipeline.domain.model_answer import ModelAnswer, Question
from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.models.caller import Caller
from judge_pipeline.models.circuit_breaker import OUTAGE_SECONDS
from judge_pipeline.models.dialect import Dialect
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import EndpointUnreachable, ModelNotFound
from judge_pipeline.models.exchange import Failure
from judge_pipeline.models.failures import authentication_failed
from judge_pipeline.models.image_preparation import RECIPE, PreparedImage
from judge_pipeline.models.replies import read_replies, second_try
from judge_pipeline.models.retries import MODEL_RETRIES
from judge_pipeline.models.server_text import quotation
from judge_pipeline.models.spending_limits import SpendingLimits

if TYPE_CHECKING:
    from judge_pipeline.models.sdk_connection import SdkConnection

NAMED_MODELS = 10
"""How many of a server's models an error names."""


class ModelClient:
    """One endpoint, to be asked within `async with` and one event loop.

    Shared by all who ask this endpoint, so that they share its rate_limiter. What it learned of the server's dialect it keeps.
    The clients of one run share its `spending_limits`.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        spending_limits: SpendingLimits | None = None,
        retry_policy: RetryPolicy = MODEL_RETRIES,
        outage_seconds: float = OUTAGE_SECONDS,
    ) -> None:
        self.endpoint = endpoint
        self._spending_limits = spending_limits or SpendingLimits()
        self._retry_policy = retry_policy
        self._outage_seconds = outage_seconds
        self._dialect = Dialect.expected_of(endpoint)
        self._caller: Caller | None = None
        self._connection: SdkConnection | None = None

    async def __aenter__(self) -> Self:
        from judge_pipeline.models.sdk_connection import SdkConnection

        self._connection = SdkConnection(self.endpoint)
        self._caller = Caller(
            self.endpoint,
            self._dialect,
            self._connection.complete,
            retry_policy=self._retry_policy,
            outage_seconds=self._outage_seconds,
            spending_limits=self._spending_limits,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection, caller = self._opened()
        self._dialect = caller.dialect
        self._connection = self._caller = None
        await connection.close()

    def __repr__(self) -> str:
        return f"ModelClient({self.endpoint})"

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What shapes an answer besides the question, the image file and the model's name: part of a fingerprint."""
        return {**self.endpoint.answer_parameters, "image": RECIPE}

    async def ask(
        self,
        question: Question,
        image: PreparedImage,
        *,
        keep: Callable[[ModelAnswer], Awaitable[None]] | None = None,
    ) -> ModelAnswer:
        """The model's answer. An answer that was cut off or empty is asked for once more.

        No other question is asked in this one's place before `keep` is done with the answer: a process that is killed has
        lost no more answers than it may have requests on their way.

        Raises:
            Unanswered: the model was called and gave no answer to read.
            ModelUnavailable: retries are used up.
            BadRequest: the server does not take the question.
            EndpointUnusable: no question can succeed here, or none may be asked any more.
        """
        _, caller = self._opened()
        async with AsyncExitStack() as place:
            replies = [await caller.reply(question, image, place)]
            if again := second_try(question, replies[0]):
                await place.aclose()
                replies.append(await caller.reply(again, image, place))
            answer = read_replies(replies, question=question, endpoint=self.endpoint)
            if keep:
                await keep(answer)
            return answer

    def stop(self, error: Exception) -> None:
        """Asks nothing more: every question that has not been sent ends with `error`."""
        _, caller = self._opened()
        caller.rate_limiter.close(error)

    async def check(self) -> None:
        """Whether the endpoint can be asked, found out without cost: its list of models.

        A server without such a list passes, and so does a deployment on Azure, where the list holds other names.

        Raises:
            EndpointUnusable: it cannot be reached, does not accept the key or does not list the model.
        """
        endpoint = self.endpoint
        connection, _ = self._opened()
        names = await connection.model_names()
        if isinstance(names, Failure):
            if names.status in {401, 403}:
                raise authentication_failed(endpoint, names.status)
            if names.status in {404, 405, 501}:
                return
            said = quotation(names.message, without=[endpoint.api_key.get_secret_value()]).rstrip(".")
            what = f"answers HTTP {names.status}" if names.status else "cannot be reached"
            raise EndpointUnreachable(f"{endpoint} {what}: {said}; start the server or check {endpoint.name}__BASE_URL")
        if names and not endpoint.is_azure and not _lists(names, endpoint.model):
            some = ", ".join(sorted(names)[:NAMED_MODELS]) + (", …" if len(names) > NAMED_MODELS else "")
            raise ModelNotFound(
                f"{endpoint} does not serve this model, it has: {some}; set {endpoint.name}__MODEL to one of them"
            )

    def _opened(self) -> "tuple[SdkConnection, Caller]":
        if self._connection is None or self._caller is None:
            raise RuntimeError("a ModelClient is used within `async with`")
        return self._connection, self._caller


def _lists(names: list[str], model: str) -> bool:
    """Ollama lists `llava` as `llava:latest`, Google lists `gemini-x` as `models/gemini-x`."""
    return any(name.removeprefix("models/").removesuffix(":latest") == model.removesuffix(":latest") for name in names)
