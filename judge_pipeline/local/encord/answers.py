"""Responses: JSON, refusals, and the unpleasant ones that a fault plan orders."""

import asyncio
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from judge_pipeline.local.encord.errors import Refusal
from judge_pipeline.local.encord.faults import FaultOrder


class Json(Response):
    """Any JSON value, `null` included: the SDK takes an empty body for an error."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """The value as compact JSON."""
        return to_json(content)


def refusal_v2(refusal: Refusal) -> Response:
    """A refusal as an HTTP status with a message."""
    return Json({"message": str(refusal)}, status_code=refusal.status)


def refusal_v1(refusal: Refusal) -> Response:
    """A refusal in the envelope of v1: HTTP 200, the status inside; only what is not built has a real status."""
    body = {"status": refusal.status, "response": [refusal.code], "payload": refusal.payload}
    return Json(body, status_code=501 if refusal.status == 501 else 200)


class ConnectionReset(Response):
    """Closes the connection without having sent a byte."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Cut uvicorn's transport, which it keeps on the object whose method `receive` is; ASGI has no word for it."""
        transport: asyncio.Transport = receive.__self__.transport  # type: ignore[attr-defined]
        transport.abort()


class SlowAnswer(Response):
    """Another answer whose second half comes late; of a file that is sent piece by piece, half of the first piece."""

    def __init__(self, answer: Response, delay_seconds: float) -> None:
        super().__init__(status_code=answer.status_code)
        self._answer = answer
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

        await self._answer(scope, receive, send_late)


async def faulty(order: FaultOrder, answer: Response | None) -> Response:
    """The answer that a fault puts in place of the true one; `answer` is None when nothing was done."""
    if order.status == "slow" and answer is not None:
        return SlowAnswer(answer, order.delay_seconds)
    await asyncio.sleep(order.delay_seconds)
    if isinstance(order.status, str):
        return ConnectionReset()
    headers = {} if order.retry_after is None else {"Retry-After": str(order.retry_after)}
    return Json({"message": f"fault ordered for {order.match!r}"}, status_code=order.status, headers=headers)
