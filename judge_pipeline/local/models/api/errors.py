"""Errors in the form that OpenAI's clients expect."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import JSONResponse
from pydantic import ValidationError


class ApiError(Exception):
    """An error response with OpenAI's error body."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}
        self.headers = headers


def invalid_body(error: ValidationError) -> ApiError:
    """A 400 that names the first wrong field."""
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "body"
    return ApiError(400, f"{place}: {first['msg']}", param=place)


def answer_api_error(_: Request, error: Exception) -> JSONResponse:
    """Turn an `ApiError` into its response."""
    if not isinstance(error, ApiError):
        raise error
    return JSONResponse(error.body, status_code=error.status, headers=error.headers)
