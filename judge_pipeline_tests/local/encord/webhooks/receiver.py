"""An agent that records every call and gives scripted answers."""

import hashlib
import hmac
import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from judge_pipeline_tests.servers import serve

SECRET = "5ecret-of-the-stage"
PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class Call:
    """One received request."""

    body: bytes
    headers: dict[str, str]

    @property
    def content(self) -> Any:
        return json.loads(self.body)

    def is_signed_with(self, secret: str) -> bool:
        """Encord's rule, computed independently: HMAC-SHA256 over the time, a dot and the bytes of the body, in hex."""
        key, message = secret.encode(), b".".join([self.headers["x-encord-timestamp"].encode(), self.body])
        return self.headers["x-encord-signature"] == hmac.digest(key, message, hashlib.sha256).hex()


class Receiver:
    """Answers 200 with an empty object unless other answers are queued: a status, or a body as JSON."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: queue.Queue[Call] = queue.Queue()
        self.answers: queue.SimpleQueue[int | dict[str, Any]] = queue.SimpleQueue()
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.app = Starlette(routes=[Route("/hook", self._receive, methods=["POST"])])

    def next_call(self) -> Call:
        """The next call; queue.Empty if there is none."""
        return self.calls.get(timeout=PATIENCE_SECONDS)

    def will_answer(self, *answers: int | dict[str, Any]) -> None:
        """Queue answers, one for each call."""
        for answer in answers:
            self.answers.put(answer)

    async def _receive(self, request: Request) -> Response:
        self.calls.put(Call(await request.body(), dict(request.headers)))
        await run_in_threadpool(self.may_answer.wait, PATIENCE_SECONDS)
        answer = {} if self.answers.empty() else self.answers.get()
        if isinstance(answer, int):
            return Response("not today", status_code=answer, headers={"Location": self.url})
        return Response(json.dumps(answer))


@contextmanager
def running_receiver() -> Iterator[Receiver]:
    """A receiver on a free port."""
    receiver = Receiver()
    with serve(receiver.app) as url:
        receiver.url = f"{url}/hook"
        try:
            yield receiver
        finally:
            receiver.may_answer.set()
