"""The body of a request, read whole: its size, its time, and that it is a JSON object."""

import asyncio

from pydantic_core import from_json
from starlette.datastructures import Headers
from starlette.types import Message, Receive

from judge_pipeline.editor_agent.errors import BadRequest, NotFound, RequestTimedOut, TooLarge, WrongMediaType

MAX_BODY_BYTES = 16_384
"""The editor's body has 150 bytes, and 40 more for each object."""

BODY_SECONDS = 10.0

EXPECTED = 'expected an object such as {"projectHash": "…", "dataHash": "…", "frame": 0}'
KINDS = {list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number", type(None): "null"}


def check_media_type(headers: Headers) -> None:
    """Accepts uncompressed JSON only; a page of another site cannot send that without a preflight.

    Raises:
        WrongMediaType: it is something else.
    """
    found = headers.get("content-type", "")
    if found.partition(";")[0].strip().lower() != "application/json":
        raise WrongMediaType(f"the body must be application/json, and its Content-Type is {found[:80]!r}")
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding != "identity":
        raise WrongMediaType(f"the body must not be compressed, and its Content-Encoding is {coding[:80]!r}")


def check_is_object(body: bytes) -> None:
    """Checks the form of a body before anything reads it; nesting is limited to 200 levels.

    Raises:
        BadRequest: it is not JSON, or not an object.
    """
    try:
        found = from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise BadRequest(f"the body is not valid JSON ({error}); {EXPECTED}") from None
    if not isinstance(found, dict):
        raise BadRequest(f"the body is {KINDS[type(found)]}; {EXPECTED}")


async def read_body(receive: Receive, headers: Headers) -> bytes:
    """The whole body.

    Raises:
        TooLarge: it is larger than any of the editor's. RequestTimedOut: it did not arrive. NotFound: the caller hung up.
    """
    too_large = TooLarge(f"the body is larger than {MAX_BODY_BYTES} bytes")
    length = headers.get("content-length", "")
    if (
        length.isascii()
        and length.isdigit()
        and (len(length) > len(str(MAX_BODY_BYTES)) or int(length) > MAX_BODY_BYTES)
    ):
        raise too_large
    received = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise NotFound("the caller disconnected")
                received += message.get("body", b"")
                if len(received) > MAX_BODY_BYTES:
                    raise too_large
                if not message.get("more_body"):
                    return bytes(received)
    except TimeoutError:
        raise RequestTimedOut(f"the body did not arrive within {BODY_SECONDS:.0f} s") from None


def replay(body: bytes, receive: Receive) -> Receive:
    """Receives the body again, then whatever follows it."""
    parts = [body]

    async def receive_again() -> Message:
        return {"type": "http.request", "body": parts.pop(), "more_body": False} if parts else await receive()

    return receive_again
