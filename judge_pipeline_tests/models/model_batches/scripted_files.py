"""A server whose files and batches are scripted."""

import json
from typing import Any


class ScriptedFiles:
    """The ASGI app: answers by method and path, each of them in turn; the last one stays."""

    def __init__(self) -> None:
        self.replies: dict[str, list[Any]] = {}
        self.requests: list[tuple[str, bytes, dict[str, str]]] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        content = b""
        while (part := await receive()).get("more_body"):
            content += part["body"]
        content += part.get("body", b"")
        target = f"{scope['method']} {scope['path']}"
        query = scope["query_string"].decode()
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.requests.append((f"{target}?{query}" if query else target, content, headers))
        replies = self.replies[target]
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        body = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})
