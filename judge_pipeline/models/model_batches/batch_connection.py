"""Files and batches of one endpoint, through the OpenAI SDK: values in, values or failures out.

Imported when the first connection opens, because importing the SDK takes 0.85 s. Bodies are read leniently, and files are
streamed in both directions: a file of 200 MB takes no memory.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from judge_pipeline.models.completion import reported_failure
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.exchange import Failure
from judge_pipeline.models.model_batches.answer_lines import lines_of
from judge_pipeline.models.model_batches.file_rules import rules_of
from judge_pipeline.models.model_batches.server_batch import METADATA_KEY, ServerBatch, read_server_batch
from judge_pipeline.models.response_body import describe_body, read_body
from judge_pipeline.models.sdk_connection import open_sdk, outcome_of

LOOK_SECONDS = 10.0
"""For a call that changes nothing: it is made again soon."""

CALL_SECONDS = 60.0
TRANSFER_SECONDS = 3600.0
"""For a file of 200 MB: half a megabit per second."""

IDLE_SECONDS = 120.0
"""A download without a byte for so long is given up."""

PROCESSING = {"pending", "running"}
PROCESSING_SECONDS = 120.0
"""Azure checks a file before a batch can be made of it, for some seconds."""

BATCHES_A_PAGE = 100
MOST_PAGES = 50
CLOCK_DIFFERENCE = timedelta(minutes=15)
"""Between the server's clock and the store's."""


class TransferFailed(Exception):
    """A file could not be read to its end; `failure` says why."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class BatchConnection:
    """An open connection pool for files and batches. Used within `async with` and one event loop."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._rules = rules_of(endpoint)
        self._sdk = open_sdk(endpoint)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._sdk.close()

    async def upload(self, path: Path) -> str | Failure:
        """Uploads a file of questions; returns the server's id of it once a batch can be made of it."""
        with path.open("rb") as file:
            body = await self._body(
                self._sdk.files.with_raw_response.create(
                    file=(path.name, file, "application/jsonl"), purpose=cast("Any", self._rules.purpose)
                ),
                seconds=TRANSFER_SECONDS,
            )
        if isinstance(body, Failure):
            return body
        uploaded, waited, wait = body, 0.0, 0.25
        while uploaded.get("status") in PROCESSING and waited < PROCESSING_SECONDS:
            await asyncio.sleep(wait)
            waited, wait = waited + wait, min(2 * wait, 5.0)
            body = await self._body(self._sdk.files.with_raw_response.retrieve(_id_of(uploaded)))
            uploaded = uploaded if isinstance(body, Failure) else body
        if uploaded.get("status") == "error":
            return Failure(status=400, message=str(uploaded.get("status_details") or "the server rejects the file"))
        return _id_of(uploaded) or _not_understood(uploaded)

    async def create(self, *, file_id: str, uuid: str) -> ServerBatch | Failure:
        """Makes a batch of an uploaded file, marked with our uuid."""
        call = self._sdk.batches.with_raw_response.create(
            input_file_id=file_id,
            endpoint=cast("Any", self._rules.path),
            completion_window="24h",
            metadata={METADATA_KEY: uuid},
        )
        return _batch(await self._body(call, seconds=CALL_SECONDS))

    async def retrieve(self, server_id: str) -> ServerBatch | Failure:
        """The batch as it is now."""
        return _batch(await self._body(self._sdk.batches.with_raw_response.retrieve(server_id)))

    async def cancel(self, server_id: str) -> ServerBatch | Failure:
        """Asks the server to end the batch early; what it has answered by then can be collected."""
        return _batch(await self._body(self._sdk.batches.with_raw_response.cancel(server_id), seconds=CALL_SECONDS))

    async def find(self, uuid: str, *, file_id: str | None, since: datetime) -> ServerBatch | Failure | None:
        """The batch with our uuid, or of this file; None if the server has none since then. Servers list the newest first."""
        after: dict[str, Any] = {}
        for _ in range(MOST_PAGES):
            body = await self._body(
                self._sdk.batches.with_raw_response.list(limit=BATCHES_A_PAGE, **after), or_list=True
            )
            if isinstance(body, Failure):
                return body
            listed = [batch for entry in body.get("data") or [] if (batch := read_server_batch(entry))]
            if ours := next((batch for batch in listed if batch.is_ours(uuid, file_id)), None):
                return ours
            times = [batch.created_at for batch in listed if batch.created_at]
            if not listed or not body.get("has_more") or (times and max(times) < since - CLOCK_DIFFERENCE):
                return None
            after = {"after": listed[-1].id}
        return None

    async def lines(self, file_id: str) -> AsyncIterator[bytes]:
        """The lines of a file, streamed.

        Raises:
            TransferFailed: the file could not be read to its end.
        """
        opened = self._sdk.files.with_streaming_response.content(file_id)
        response = await outcome_of(opened.__aenter__(), seconds=CALL_SECONDS)
        if isinstance(response, Failure):
            raise TransferFailed(response)
        try:
            async for line in lines_of(_watched(response.iter_bytes())):
                yield line
        finally:
            await opened.__aexit__(None, None, None)

    async def delete(self, file_id: str) -> None:
        """Deletes a file at the server, if it lets us."""
        await outcome_of(self._sdk.files.with_raw_response.delete(file_id), seconds=LOOK_SECONDS)

    @staticmethod
    async def _body(
        call: Awaitable[Any], *, seconds: float = LOOK_SECONDS, or_list: bool = False
    ) -> Mapping[str, Any] | Failure:
        response = await outcome_of(call, seconds=seconds)
        if isinstance(response, Failure):
            return response
        body = read_body(response.text)
        if isinstance(body, list) and or_list:
            body = {"data": body}
        if not isinstance(body, Mapping):
            return Failure(status=200, message=describe_body(body), is_unreadable=True)
        is_batch = body.get("object") == "batch" or "status" in body
        return (None if is_batch else reported_failure(body)) or body


def _batch(body: Mapping[str, Any] | Failure) -> ServerBatch | Failure:
    return body if isinstance(body, Failure) else read_server_batch(body) or _not_understood(body)


def _id_of(body: Mapping[str, Any]) -> str:
    return body["id"] if isinstance(body.get("id"), str) else ""


def _not_understood(body: Mapping[str, Any]) -> Failure:
    return Failure(status=200, message=describe_body(body), is_unreadable=True)


async def _watched(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The chunks; TransferFailed if the connection breaks or falls silent."""
    while True:
        chunk = await outcome_of(_next(chunks), seconds=IDLE_SECONDS)
        if isinstance(chunk, Failure):
            raise TransferFailed(chunk)
        if chunk is None:
            return
        yield chunk


async def _next(chunks: AsyncIterator[bytes]) -> bytes | None:
    return await anext(chunks, None)
