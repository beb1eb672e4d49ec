"""Two captioners and a judge behind a chat completions server; they know one thing, the colour of a plain picture."""

import asyncio
import base64
import json
import re
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from PIL import Image

from judge_pipeline_tests.models.stub_server import StubReply, StubRequest, StubServer, completion

SMALL, LARGE, JUDGE = "small-2026", "large-2026", "judge-2026"
PANEL = ("second-judge-2026", "third-judge-2026")

COLOURS: Mapping[str, tuple[int, int, int]] = {
    "red": (220, 20, 20),
    "green": (20, 140, 20),
    "blue": (20, 20, 220),
    "yellow": (240, 230, 20),
    "purple": (120, 20, 140),
    "orange": (250, 130, 10),
    "grey": (128, 128, 128),
    "white": (250, 250, 250),
    "black": (5, 5, 5),
    "cyan": (20, 220, 230),
}

SHOWN_CAPTION = re.compile(r"\[\[CAPTION (?P<name>[AB]) (?P<nonce>\w+)]]\n(?P<text>.*?)\n\[\[END CAPTION", re.DOTALL)


def paint(folder: Path, colour: str) -> Path:
    """Saves a picture of one colour in a file of that name."""
    path = folder / f"{colour}.png"
    Image.new("RGB", (64, 48), COLOURS[colour]).save(path)
    return path


def caption(model: str, colour: str) -> str:
    """The caption a captioner writes; the large one writes more."""
    return (
        f"A plain {colour} area."
        if model == SMALL
        else f"A plain {colour} area that fills the frame from edge to edge."
    )


@dataclass(frozen=True)
class ModelCall:
    """One question as it arrived: the model, the colour of its last picture, if any, and the whole prompt."""

    model: str
    colour: str
    text: str
    body: Any

    @property
    def captions(self) -> dict[str, str]:
        """The captions that the judge compares, as A and B."""
        return {found["name"]: found["text"] for found in SHOWN_CAPTION.finditer(self.text)}


class StubModels:
    """The ASGI app. It answers every question validly, unless a test sets other replies for a model and a colour.

    The judge prefers the longer caption in either order, unless a test sets another `judge`, and fills in any JSON Schema.
    """

    def __init__(self) -> None:
        self._server = StubServer()
        self._server.models = StubReply(
            {"object": "list", "data": [{"id": model} for model in (SMALL, LARGE, JUDGE, *PANEL)]}
        )
        self._server.rule = self._reply
        self.reset()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._server(scope, receive, partial(self._send, send))

    def reset(self) -> None:
        """Forgets all replies, held replies and calls."""
        self.calls: list[ModelCall] = []
        self.judge: Callable[[ModelCall], dict[str, Any]] = ruling
        self.on_call: Callable[[ModelCall], None] = lambda _call: None
        self._next: dict[tuple[str, str], deque[StubReply]] = defaultdict(deque)
        self._always: dict[tuple[str, str], StubReply] = {}
        self._held: set[tuple[str, str]] = set()
        self._calls_by_task: WeakKeyDictionary[Any, ModelCall] = WeakKeyDictionary()

    def reply_once(self, model: str, colour: str, *replies: StubReply) -> None:
        """Sets the next replies of a model about a colour."""
        self._next[model, colour].extend(replies)

    def reply_always(self, model: str, colour: str, reply: StubReply) -> None:
        """Sets all replies of a model about a colour, until `clear_replies`."""
        self._always[model, colour] = reply

    def hold(self, model: str, colour: str) -> None:
        """Holds back all replies of a model about a colour, until `release` or `clear_replies`."""
        self._held.add((model, colour))

    def release(self, model: str, colour: str) -> None:
        """Sends the replies held back of a model about a colour."""
        self._held.discard((model, colour))

    def clear_replies(self) -> None:
        """Removes all replies that were set and sends those held back."""
        self._next.clear()
        self._always.clear()
        self._held.clear()

    def count(self, model: str | None = None, colour: str | None = None) -> int:
        """How often a model was asked about a colour; None means any."""
        return sum(model in (None, call.model) and colour in (None, call.colour) for call in self.calls)

    def _reply(self, request: StubRequest) -> StubReply:
        call = _read(request.body)
        self.calls.append(call)
        self._calls_by_task[asyncio.current_task()] = call
        self.on_call(call)
        replies = self._next[call.model, call.colour]
        if replies:
            return replies.popleft()
        if (call.model, call.colour) in self._always:
            return self._always[call.model, call.colour]
        return completion(
            caption(call.model, call.colour) if call.model in (SMALL, LARGE) else json.dumps(self.judge(call))
        )

    async def _send(self, send: Callable[[Any], Awaitable[None]], message: Any) -> None:
        call = self._calls_by_task.get(asyncio.current_task())
        while call is not None and (call.model, call.colour) in self._held:
            await asyncio.sleep(0.01)
        await send(message)


def ruling(call: ModelCall) -> dict[str, Any]:
    """The judge's answer: the longer caption is better."""
    shown = call.captions
    return ruling_for(call, "A" if len(shown["A"]) >= len(shown["B"]) else "B")


def ruling_for(call: ModelCall, better: str, *, is_level: bool = False) -> dict[str, Any]:
    """The judge's answer that prefers Caption A or B; with level grades if it only has to choose."""
    schema = call.body["response_format"]["json_schema"]["schema"]
    answer = {}
    for key, child in schema["properties"].items():
        grade = -1 if key == f"caption_{better.lower()}" and not is_level else None
        answer[key] = (
            f"Caption {better}" if key == "choice" else _filled(child, grade, f"Say more of the {call.colour}.")
        )
    return answer


def _filled(schema: Mapping[str, Any], grade: int | None, text: str) -> Any:
    """An answer to a schema: always the first of several forms, `grade` or else the middle of a scale."""
    if "anyOf" in schema:
        return _filled(schema["anyOf"][0], grade, text)
    if "enum" in schema:
        options: Sequence[str] = schema["enum"]
        return options[len(options) // 2 if grade is None else grade]
    if schema["type"] == "object":
        return {key: _filled(child, grade, text) for key, child in schema["properties"].items()}
    return {"string": text, "array": [], "number": 3, "boolean": True}.get(schema["type"])


def _read(body: Any) -> ModelCall:
    contents = [message["content"] for message in body["messages"]]
    parts = [part for content in contents if isinstance(content, list) for part in content]
    texts = [part["text"] for part in parts if part["type"] == "text"]
    pictures = [part["image_url"]["url"] for part in parts if part["type"] == "image_url"]
    texts += [content for content in contents if isinstance(content, str)]
    return ModelCall(body["model"], _colour_of(pictures[-1]) if pictures else "", "\n".join(texts), body)


def _colour_of(data_uri: str) -> str:
    with Image.open(BytesIO(base64.b64decode(data_uri.partition(",")[2]))) as picture:
        pixel = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))
    assert isinstance(pixel, tuple)
    return min(COLOURS, key=lambda name: sum((a - b) ** 2 for a, b in zip(COLOURS[name], pixel, strict=True)))
