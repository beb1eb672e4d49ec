"""The OpenAI SDK behind one endpoint: bodies in, replies and failures out.

Imported when the first client opens, because importing the SDK takes 0.85 s.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from aiohttp import ClientConnectorError, ConnectionTimeoutError
from openai import APIConnectionError, APIError, APIStatusError, AsyncOpenAI, DefaultAioHttpClient, Timeout
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletion

from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.exchange import Failure, Outcome, Reply
from judge_pipeline.models.retrying import retry_after_seconds

CONNECT_SECONDS = 10.0
CHECK_SECONDS = 15.0
KEYLESS = "EMPTY"
"""What is sent where no key is asked for; the SDK refuses to send none."""

T = TypeVar("T")


class _ExplicitOpenAI(AsyncOpenAI):
    """A client of somebody else's server: the organisation, project and headers that the environment keeps for OpenAI stay here."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.organization = None
        self.project = None
        self._custom_headers = {}


class SdkConnection:
    """An open connection pool to one endpoint. Lives in one event loop; retries nothing by itself."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._timeout_seconds = endpoint.timeout_seconds
        make = AsyncOpenAI if endpoint.is_openai else _ExplicitOpenAI
        self._sdk = make(
            base_url=endpoint.base_url,
            api_key=endpoint.api_key.get_secret_value() or KEYLESS,
            max_retries=0,
            timeout=Timeout(endpoint.timeout_seconds, connect=CONNECT_SECONDS, pool=None),
            http_client=DefaultAioHttpClient(),
        )

    async def close(self) -> None:
        """Closes the pool."""
        await self._sdk.close()

    async def complete(self, body: Mapping[str, Any]) -> Outcome:
        """Asks for one chat completion, within the endpoint's deadline."""
        started = time.monotonic()
        # not `chat.completions.create`, which walks the whole body through its types first: 1.9 of its 4.8 ms a call
        asking = self._sdk.post("/chat/completions", body=dict(body), cast_to=ChatCompletion)
        completion = await self._settled(asking, seconds=self._timeout_seconds)
        if isinstance(completion, Failure):
            return completion
        if not isinstance(completion, ChatCompletion):
            return Failure(status=404, message="the answer is not a chat completion")
        if failure := _told_in_a_completion(completion):
            return failure
        return _reply(completion, seconds=time.monotonic() - started)

    async def model_names(self) -> list[str] | Failure:
        """The models that the server lists; empty when it lists none in the usual form."""
        response = await self._settled(self._sdk.models.with_raw_response.list(), seconds=CHECK_SECONDS)
        if isinstance(response, Failure):
            return response
        try:
            listed = json.loads(response.text)["data"]
            return [str(model["id"]) for model in listed]
        except (ValueError, LookupError, TypeError):
            return []

    @staticmethod
    async def _settled(call: Awaitable[T], *, seconds: float) -> T | Failure:
        try:
            async with asyncio.timeout(seconds):
                return await call
        except TimeoutError:
            return Failure(status=None, message=f"no answer within {seconds:g} s")
        except APIStatusError as error:
            return _status_failure(error)
        except APIConnectionError as error:
            return _connection_failure(error)
        except (APIError, json.JSONDecodeError):
            return Failure(status=502, message="the answer is not readable JSON")


def _reply(completion: ChatCompletion, *, seconds: float) -> Reply:
    usage = completion.usage
    tokens = _tokens(usage) if usage else Usage()
    cost = _cost_usd(usage)
    if not completion.choices:
        return Reply("", "", "", "", completion.model or "", tokens, seconds, cost)
    choice = completion.choices[0]
    extra = choice.message.model_extra or {}
    return Reply(
        text=_text(choice.message.content),
        reasoning=_text(extra.get("reasoning_content")) or _text(extra.get("reasoning")),
        refusal=_text(choice.message.refusal),
        finish_reason=choice.finish_reason or "",
        model=completion.model or "",
        usage=tokens,
        seconds=seconds,
        cost_usd=cost,
    )


def _told_in_a_completion(completion: ChatCompletion) -> Failure | None:
    """OpenRouter's way to say, with HTTP 200, that the provider behind it failed."""
    said: list[Any] = [completion.model_extra, *(choice.model_extra for choice in completion.choices or ())]
    error = next((each["error"] for each in said if each and isinstance(each.get("error"), Mapping)), None)
    if error is None:
        return None
    code = error.get("code")
    status = code if isinstance(code, int) and 400 <= code < 600 else 502
    return Failure(status=status, message=_text(error.get("message")), code=str(code or ""))


def _tokens(usage: CompletionUsage) -> Usage:
    """Some servers tell how many of the prompt's tokens were cached, a few how many were the image's."""
    details = usage.prompt_tokens_details
    return Usage(
        usage.prompt_tokens,
        usage.completion_tokens,
        cached_tokens=_count(details.cached_tokens) if details else None,
        image_tokens=_count(details.image_tokens) if details else None,
    )


def _count(told: object) -> int | None:
    """The SDK takes a server's word as it comes."""
    return told if isinstance(told, int) and told >= 0 else None


def _cost_usd(usage: CompletionUsage | None) -> float | None:
    """What OpenRouter bills, in its credits of one dollar; with a provider's key of one's own it bills its fee alone."""
    extra = (usage.model_extra or {}) if usage else {}
    parts = [extra.get("cost")]
    if extra.get("is_byok") and isinstance(details := extra.get("cost_details"), Mapping):
        parts.append(details.get("upstream_inference_cost"))
    known = [float(part) for part in parts if isinstance(part, int | float) and 0 <= part < float("inf")]
    return sum(known) if len(known) == len(parts) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _connection_failure(error: APIConnectionError) -> Failure:
    """By the HTTP client's own exception: what the SDK makes of it calls a server that hangs up a `ConnectTimeout`."""
    cause: BaseException = error
    while cause.__cause__ and not isinstance(cause, ClientConnectorError):
        cause = cause.__cause__
    said = cause.os_error.strerror if isinstance(cause, ClientConnectorError) else str(cause)
    was_sent = not isinstance(cause, ClientConnectorError | ConnectionTimeoutError)
    return Failure(status=None, message=said or type(cause).__name__, was_sent=was_sent)


def _status_failure(error: APIStatusError) -> Failure:
    body = error.body if isinstance(error.body, Mapping) else {}
    return Failure(
        status=error.status_code,
        message=str(body.get("message") or body.get("detail") or error.response.text or error.message),
        code=str(error.code or _text(body.get("type"))),
        param=_text(body.get("param")),
        retry_after_seconds=retry_after_seconds(error.response.headers, now=datetime.now(UTC)),
    )
