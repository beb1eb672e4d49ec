"""Strict JSON, which Python's own parser does not enforce, and requests parsed that way."""

from typing import Any

from fastapi import HTTPException, Request
from pydantic_core import from_json


def strict_json(text: bytes | str) -> Any:
    """Parse JSON as in RFC 8259: ValueError for NaN, infinities and lone surrogates, which no client could read back."""
    return from_json(text, allow_inf_nan=False)


class StrictRequest(Request):
    """A request whose body is strict JSON."""

    async def json(self) -> Any:
        """The body; HTTP 400 if it is not JSON."""
        try:
            return strict_json(await self.body())
        except ValueError as problem:
            raise HTTPException(400, f"the body is no JSON: {problem}") from None
