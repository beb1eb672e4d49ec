"""A local webhook receiver that stores what it gets and answers as ordered."""

import asyncio
import json
from collections import deque
from typing import Any


class WebhookReceiver:
    """The ASGI app. It answers 200, or the next of `answers`; None means no answer."""

    def __init__(self) -> None:
        self.got: list[tuple[str, Any]] = []
        self.answers: deque[int | None] = deque()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.got.append((scope["path"], json.loads(body)))
        status = self.answers.popleft() if self.answers else 200
        if status is None:
            await asyncio.sleep(30)
            return
        headers = [(b"location", b"/elsewhere")] if status == 302 else []
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})

    def forget(self) -> None:
        self.got.clear()
        self.answers.clear()
