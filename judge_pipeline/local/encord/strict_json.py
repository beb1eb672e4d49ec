"""JSON to the letter, which Python's own reader does not insist on, and requests that are read that way."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import HTTPException, Request
from fastapi.routing import APIRoute
from pydantic_core import from_json
from starlette.responses import Response


def strict_json(text: bytes | str) -> Any:
    """JSON as RFC 8259 has it: ValueError for NaN, infinities and lone surrogates, which no client could read back."""
    return from_json(text, allow_inf_nan=False)


class StrictRequest(Request):
    """A request whose body is strict JSON."""

    async def json(self) -> Any:
        """The body; HTTP 400 when it is no JSON."""
        try:
            return strict_json(await self.body())
        except ValueError as problem:
            raise HTTPException(400, f"the body is no JSON: {problem}") from None


class StrictRoute(APIRoute):
    """A route that takes strict JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's handler, over a strict request."""
        handler = super().get_route_handler()

        async def strictly(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive))

        return strictly
