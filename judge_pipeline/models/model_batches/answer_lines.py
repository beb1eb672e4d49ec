"""The lines of a server's output and error files: bytes to lines, a line to the outcome of a question."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace

from judge_pipeline.models.completion import read_completion, reported_failure
from judge_pipeline.models.exchange import Failure, Outcome
from judge_pipeline.models.response_body import ErrorBody, describe_body, read_body, read_error

LONGEST_LINE_BYTES = 16 * 1024 * 1024
"""An answer has some kilobytes, with log-probabilities some hundred. A longer line is skipped, so that it never fills the memory."""


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """What a line says about a question."""

    id: str
    outcome: Outcome


async def lines_of(chunks: AsyncIterator[bytes], *, longest: int = LONGEST_LINE_BYTES) -> AsyncIterator[bytes]:
    """The lines without their ends; empty ones are left out, those of more than `longest` bytes are a bare `{`.

    Only a newline ends a line. Other line breaks, such as U+2028, may occur in JSON, and the SDK's own lines end there too.
    """
    pieces: list[bytes] = []
    size = 0
    async for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for piece in ended:
            line = _joined([*pieces, piece], size + len(piece), longest)
            pieces, size = [], 0
            if line:
                yield line
        size += len(rest)
        if size <= longest:
            pieces.append(rest)
        else:
            pieces = []
    if line := _joined(pieces, size, longest):
        yield line


def read_line(line: bytes) -> AnswerLine | None:
    """What a line says; None if it is not about any question.

    An output line has a `response` with the status and body of a chat completion, an error line the same with an error, or an
    `error` of its own: vLLM fills both. An error without a status, such as `batch_expired`, counts as the server's: HTTP 502.
    """
    part = read_body(line.decode(errors="replace"))
    if not isinstance(part, Mapping) or not isinstance(part.get("custom_id"), str):
        return None
    response, error = part.get("response"), part.get("error")
    body, status = (
        (response.get("body"), response.get("status_code")) if isinstance(response, Mapping) else (None, None)
    )
    if isinstance(body, str):
        body = read_body(body)
    if isinstance(status, int) and not 200 <= status < 300:
        return AnswerLine(part["custom_id"], _failure(status, body, error))
    if error and not body:
        return AnswerLine(part["custom_id"], _failure(None, None, error))
    if isinstance(response, Mapping) and body is None and "choices" in response:
        body = response
    return AnswerLine(part["custom_id"], read_completion(body, seconds=0.0))


def _failure(status: int | None, body: object, error: object) -> Failure:
    known = read_error(body) or read_error(error) or ErrorBody("", "", ())
    failure = Failure(status=status, message=known.message, code=known.code, codes=known.codes)
    if status is not None:
        return failure if known.message or known.code else replace(failure, message=describe_body(body))
    reported = reported_failure({"error": error})
    return replace(failure, status=reported.status if reported else 502)


def _joined(pieces: list[bytes], size: int, longest: int) -> bytes:
    return b"{" if size > longest else b"".join(pieces).strip()
