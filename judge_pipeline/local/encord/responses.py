"""Responses: JSON, refusals, and the broken ones that an injected fault causes."""

import asyncio
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from judge_pipeline.local.encord.errors import Refusal
from judge_pipeline.local.encord.faults import FaultSpec


class Json(Response):
    """Any JSON value, including `null`: the SDK treats an empty body as an error."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The value as compact JSON."""
        return to_json(content)


def refusal_v2(refusal: Refusal) -> Response:
    """A refusal as an HTTP status with a message."""
    return Json({"message": str(refusal)}, status_code=refusal.status)


def refusal_v1(refusal: Refusal) -> Response:
    """A refusal in the envelope of v1: HTTP 200 with the status inside; only unsupported queries get a real status, 501."""
    body = {"status": refusal.status, "response": [refusal.code], "payload": refusal.payload}
    return Json(body, status_code=501 if refusal.status == 501 else 200)


class ConnectionReset(Response):
    """Closes the connection without sending a byte."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Abort uvicorn's transport, found on the object that `receive` is a method of; ASGI has no message for it."""
        transport: asyncio.Transport = receive.__self__.transport  # type: ignore[attr-defined]
        transport.abort()


class SlowResponse(Response):
    """Delays the second half of another response's body; for a streamed file, the second half of its first chunk."""

    def __init__(self, response: Response, delay_seconds: float) -> None:
        super().__init__(status_code=response.status_code)
        self._response = response
        self._delay_seconds = delay_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head and half of the body, wait, send the rest."""
        is_first = True

        async def send_late(message: Message) -> None:
            nonlocal is_first
            if message["type"] == "http.response.body" and is_first:
                is_first = False
                body = message["body"]
                middle = len(body) // 2
                await send({**message, "body": body[:middle], "more_body": True})
                await asyncio.sleep(self._delay_seconds)
                message = {**message, "body": body[middle:]}
            await send(message)

        await self._response(scope, receive, send_late)


async def faulty_response(fault: FaultSpec, response: Response | None) -> Response:
    """What a fault sends instead of `response`, which is None if the request was not carried out."""
    if fault.status == "slow" and response is not None:
        return SlowResponse(response, fault.delay_seconds)
    await asyncio.sleep(fault.delay_seconds)
    if isinstance(fault.status, str):
        return ConnectionReset()
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return Json({"message": f"injected fault for {fault.match!r}"}, status_code=fault.status, headers=headers)
