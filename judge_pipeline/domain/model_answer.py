"""Questions to models and their answers, independent of any server's protocol."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Usage:
    """The tokens of one call; None if the server does not report them.

    `cached_tokens` (served from the provider's cache) and `image_tokens` are part of the prompt's.
    """

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    image_tokens: int | None = None

    @property
    def total_tokens(self) -> int | None:
        """Prompt and completion together; None if either is unknown."""
        if self.prompt_tokens is None or self.completion_tokens is None:
            return None
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """One raw answer: the text, the model that the server reported, and what it took.

    An unknown price is None, never 0. `choice_probability` is that of the option chosen under the question's `choice_key`, if the
    server was asked for log-probabilities and gave them.
    """

    text: str
    model: str
    usage: Usage
    seconds: float
    cost_usd: float | None = None
    choice_probability: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A message after the first question: the model's answer, or the reply to it."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Another image that is shown with a question, before the one that it is about: a data URI, and the words before it."""

    title: str
    data_uri: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question about one image. `schema` is the JSON Schema of the answer, None for plain text.

    `follow_up` holds the turns of a repair round; `max_tokens` limits the answer. `is_strict` is False if the schema
    exceeds the limits of strict mode. `pictures` are shown before the image. `choice_key` is the property of the schema
    whose probability matters, if any.
    """

    system: str
    text: str
    max_tokens: int
    schema: Mapping[str, Any] | None = None
    schema_name: str = "answer"
    is_strict: bool = True
    follow_up: Sequence[Turn] = ()
    pictures: Sequence[Picture] = ()
    choice_key: str = ""

    def repaired(self, *, answer: str, problems: Sequence[str]) -> "Question":
        """The same question, followed by the unusable answer and what was wrong with it.

        A lone surrogate, which JSON can carry and a request cannot, becomes "?".
        """
        repeatable = answer.encode(errors="replace").decode()
        complaint = "Your answer cannot be used:\n" + "\n".join(f"- {p}" for p in problems) + "\nAnswer again, whole."
        turns = (*self.follow_up, Turn("assistant", repeatable), Turn("user", complaint))
        return replace(self, follow_up=turns)

    def fingerprint(self, *, image_sha256: str, endpoint: str, model: str, parameters: Mapping[str, Any]) -> str:
        """The sha256 (64 hex digits) of everything that shapes the answer; the same question always has the same one."""
        material: dict[str, object] = {
            "image": image_sha256,
            "endpoint": endpoint,
            "model": model,
            "parameters": dict(parameters),
            "system": self.system,
            "text": self.text,
            "schema": self.schema,
            "max_tokens": self.max_tokens,
            "follow_up": [(turn.role, turn.text) for turn in self.follow_up],
        }
        if self.pictures:
            material["pictures"] = [(each.title, each.data_uri) for each in self.pictures]
        return hashlib.sha256(json.dumps(material, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class UnusableAnswer(Exception):
    """An answer that does not fit its question; `problems` lists everything wrong with it, for the model and for people.

    `text` is the raw answer if the caller has it.
    """

    def __init__(self, problems: Sequence[str], *, text: str = "") -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)
        self.text = text
