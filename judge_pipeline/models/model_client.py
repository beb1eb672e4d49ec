"""Asks one endpoint: through its gate, again when that may help, until there is an answer or an end."""

import asyncio
import random
import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from judge_pipeline.domain.model_answer import ModelAnswer, Question
from judge_pipeline.models.chat_request import chat_request
from judge_pipeline.models.dialect import Dialect
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import EndpointUnreachable, ModelNotFound
from judge_pipeline.models.exchange import Failure, Reply
from judge_pipeline.models.failure_reading import authentication_failed, lasting_end, unavailable
from judge_pipeline.models.gate import Gate
from judge_pipeline.models.image_preparation import RECIPE, PreparedImage
from judge_pipeline.models.price import Prices
from judge_pipeline.models.reply_reading import read_replies, second_try
from judge_pipeline.models.retrying import Patience
from judge_pipeline.models.server_text import quotation

if TYPE_CHECKING:
    from judge_pipeline.models.sdk_connection import SdkConnection

NAMED_MODELS = 10
"""How many of a server's models an error names."""


class ModelClient:
    """One endpoint, to be asked within `async with` and one event loop.

    Shared by all who ask this endpoint, so that they share its gate. What it learned of the server's dialect it keeps.
    """

    def __init__(self, endpoint: Endpoint, *, prices: Prices | None = None, patience: Patience | None = None) -> None:
        self.endpoint = endpoint
        self._prices: Prices = prices or {}
        self._patience = patience or Patience()
        self._dialect = Dialect.expected_of(endpoint)
        self._gate: Gate | None = None
        self._connection: SdkConnection | None = None

    async def __aenter__(self) -> Self:
        from judge_pipeline.models.sdk_connection import SdkConnection

        self._gate = Gate(concurrency=self.endpoint.concurrency, requests_per_minute=self.endpoint.requests_per_minute)
        self._connection = SdkConnection(self.endpoint)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection, _ = self._opened()
        self._connection = self._gate = None
        await connection.close()

    def __repr__(self) -> str:
        return f"ModelClient({self.endpoint})"

    @property
    def parameters(self) -> Mapping[str, Any]:
        """What shapes an answer besides the question, the image file and the model's name: part of a fingerprint."""
        return {"temperature": self.endpoint.temperature, "image": RECIPE}

    async def ask(self, question: Question, image: PreparedImage) -> ModelAnswer:
        """The model's answer. An answer that was cut off or empty is asked for once more.

        Raises:
            Unanswered: the model was called and gave no answer to read.
            ModelUnavailable: retries are used up.
            BadRequest: the server does not take the question.
            EndpointUnusable: no question can succeed here.
        """
        replies = [await self._reply(question, image)]
        if again := second_try(question, replies[0]):
            replies.append(await self._reply(again, image))
        return read_replies(replies, question=question, endpoint=self.endpoint, prices=self._prices)

    def stop(self, error: Exception) -> None:
        """Asks nothing more: every question that has not been sent ends with `error`."""
        _, gate = self._opened()
        gate.close(error)

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

    async def _reply(self, question: Question, image: PreparedImage) -> Reply:
        connection, gate = self._opened()
        hidden = (question.text, question.system)
        first_request_at: float | None = None
        requests = failures = 0
        while True:
            async with gate.passage():
                first_request_at = first_request_at or time.monotonic()
                sent = self._dialect
                outcome = await connection.complete(chat_request(question, image, endpoint=self.endpoint, dialect=sent))
            requests += 1
            if isinstance(outcome, Reply):
                gate.succeeded()
                return outcome
            self._dialect = self._dialect.learned(sent=sent, failure=outcome, with_schema=question.schema is not None)
            if self._dialect != sent and outcome.status in {400, 422}:
                continue
            if end := lasting_end(outcome, endpoint=self.endpoint, hidden=hidden):
                raise end
            failures += not outcome.is_rate_limit
            wait = self._patience.wait_seconds(failures=max(failures, 1), jitter=random.random())  # noqa: S311
            wait = max(wait, outcome.retry_after_seconds or 0.0)
            elapsed = time.monotonic() - first_request_at
            if failures >= self._patience.attempts or elapsed + wait > self._patience.seconds:
                raise unavailable(outcome, endpoint=self.endpoint, hidden=hidden, requests=requests, seconds=elapsed)
            if outcome.is_rate_limit:
                gate.rate_limited(hold_seconds=wait)
            elif outcome.retry_after_seconds:
                gate.hold(wait)
            else:
                await asyncio.sleep(wait)

    def _opened(self) -> "tuple[SdkConnection, Gate]":
        if self._connection is None or self._gate is None:
            raise RuntimeError("a ModelClient is used within `async with`")
        return self._connection, self._gate


def _lists(names: list[str], model: str) -> bool:
    """Ollama lists `llava` as `llava:latest`, Google lists `gemini-x` as `models/gemini-x`."""
    return any(name.removeprefix("models/").removesuffix(":latest") == model.removesuffix(":latest") for name in names)
