"""The OpenAI SDK behind one endpoint: bodies in, replies and failures out.

Imported when the first client opens, because importing the SDK takes 0.85 s.
"""

import asyncio
import time
from collections.abc import Awaitable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from ssl import SSLContext
from typing import Any, TypeVar

from aiohttp import ClientConnectorError, ClientError, ConnectionTimeoutError
from httpx2 import ByteStream, HTTPError, Request, Response, create_ssl_context
from openai import APIConnectionError, APIError, APIStatusError, AsyncOpenAI, DefaultAioHttpClient, Timeout
from pydantic_core import to_json

from judge_pipeline.models.completion import read_completion, reported_failure
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.exchange import Failure, Outcome
from judge_pipeline.models.response_body import ErrorBody, NotJSON, read_body, read_error
from judge_pipeline.models.retry_after import retry_after_seconds

CONNECT_SECONDS = 10.0
CHECK_SECONDS = 15.0
KEYLESS = "EMPTY"
"""Sent to servers that need no key; the SDK insists on one."""

MAX_HEADER_BYTES = 128 * 1024
"""Of one header of a response. aiohttp's default is 8,190; gateways send traces, cookies and policies of 9 kB and more."""

MAX_HEADERS = 512

T = TypeVar("T")


@cache
def _certificates() -> SSLContext:
    """One for all clients of a process: reading the system's certificates takes 17 ms."""
    return create_ssl_context()


class _LargeHeaders(DefaultAioHttpClient):
    """The SDK's HTTP client, reading larger headers; neither the SDK nor its transport has an option for that."""

    def __init__(self) -> None:
        super().__init__(verify=_certificates())

    def _init_transport(self, *args: Any, **kwargs: Any) -> Any:
        return _with_large_headers(super()._init_transport(*args, **kwargs))

    def _init_proxy_transport(self, *args: Any, **kwargs: Any) -> Any:
        return _with_large_headers(super()._init_proxy_transport(*args, **kwargs))


class _ExplicitOpenAI(AsyncOpenAI):
    """A client of another server: does not send the organisation, project and headers that the environment holds for OpenAI."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.organization = None
        self.project = None
        self._custom_headers = {}


class SdkConnection:
    """An open connection pool to one endpoint. Lives in one event loop; the SDK's own retries are off."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._http = _LargeHeaders()
        self._sdk = open_sdk(endpoint, self._http)
        # Built once: of 0.72 ms a call by `post`, the SDK took 0.45 ms to build each request and to look after it.
        headers = {**self._sdk.auth_headers, **self._sdk.default_headers}
        self._request = self._http.build_request(
            "POST",
            f"{self._sdk.base_url}chat/completions",
            headers={name: value for name, value in headers.items() if isinstance(value, str)},
            timeout=self._sdk.timeout,
        )
        del self._request.headers["Content-Length"]

    async def close(self) -> None:
        """Closes the pool."""
        await self._sdk.close()

    async def complete(self, body: Mapping[str, Any]) -> Outcome:
        """Requests one chat completion. Its caller sets the deadline."""
        started = time.monotonic()
        response = await outcome_of(self._http.send(self._request_with(to_json(body))))
        if isinstance(response, Failure):
            return response
        if not response.is_success:
            return _status_failure(response)
        return read_completion(read_body(response.text), seconds=time.monotonic() - started)

    def _request_with(self, content: bytes) -> Request:
        """The SDK's request with this body."""
        made, stream = self._request, ByteStream(content)
        request = Request(made.method, made.url, headers=made.headers, stream=stream, extensions=made.extensions)
        request.headers["Content-Length"] = str(len(content))
        request.read()
        return request

    async def model_names(self) -> list[str] | Failure:
        """The models that the server lists; empty if it has no list in the usual form."""
        response = await outcome_of(self._sdk.get("/models", cast_to=str), seconds=CHECK_SECONDS)
        if isinstance(response, Failure):
            return response
        body = read_body(response)
        if failure := reported_failure(body):
            return failure
        if isinstance(body, NotJSON):
            return Failure(status=200, message=body.what, is_unreadable=True)
        listed = body.get("data") if isinstance(body, Mapping) else body
        models = listed if isinstance(listed, list) else []
        return [str(model["id"]) for model in models if isinstance(model, Mapping) and "id" in model]


def open_sdk(endpoint: Endpoint, http_client: DefaultAioHttpClient | None = None) -> AsyncOpenAI:
    """The SDK for this endpoint. It lives in one event loop and is closed with `close`."""
    make = AsyncOpenAI if endpoint.is_openai else _ExplicitOpenAI
    return make(
        base_url=endpoint.base_url,
        api_key=endpoint.api_key.get_secret_value() or KEYLESS,
        max_retries=0,
        timeout=Timeout(None, connect=CONNECT_SECONDS),
        http_client=http_client or _LargeHeaders(),
    )


async def outcome_of(call: Awaitable[T], *, seconds: float | None = None) -> T | Failure:
    """What a call of the SDK returns, or the failure that it raises; after `seconds` it is given up."""
    try:
        async with asyncio.timeout(seconds):
            return await call
    except TimeoutError:
        return Failure(status=None, message=f"no answer within {seconds:g} s")
    except APIStatusError as error:
        return _status_failure(error.response)
    except (APIConnectionError, HTTPError) as error:
        return _connection_failure(error)
    except (APIError, ClientError, ValueError) as error:  # a header beyond the limit, a stream that breaks
        return Failure(status=None, message=str(error) or type(error).__name__)


def _with_large_headers(transport: Any) -> Any:
    open_session = transport.get_client

    def open_larger() -> Any:
        session = open_session()
        session._max_field_size = MAX_HEADER_BYTES  # noqa: SLF001
        session._max_headers = MAX_HEADERS  # noqa: SLF001
        return session

    transport.get_client = open_larger
    return transport


def _connection_failure(error: APIConnectionError | HTTPError) -> Failure:
    """From aiohttp's own exception: the SDK reports a server that hangs up as a `ConnectTimeout`."""
    cause: BaseException = error
    while cause.__cause__ and not isinstance(cause, ClientConnectorError):
        cause = cause.__cause__
    message = cause.os_error.strerror if isinstance(cause, ClientConnectorError) else str(cause)
    was_sent = not isinstance(cause, ClientConnectorError | ConnectionTimeoutError)
    return Failure(status=None, message=message or type(cause).__name__, was_sent=was_sent)


def _status_failure(response: Response) -> Failure:
    body = read_body(response.text)
    failure = Failure(
        status=response.status_code,
        message="",
        retry_after_seconds=retry_after_seconds(response.headers, now=datetime.now(UTC)),
    )
    if isinstance(body, NotJSON):
        return replace(failure, message=body.text or body.what, is_unreadable=not body.text)
    known = read_error(body) or ErrorBody("", "", ())
    return replace(failure, message=known.message, code=known.code, codes=known.codes)
