"""What a model was asked and what it answered, independent of any server's protocol."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call; None where the server does not say.

    `cached_tokens` and `image_tokens` are among the prompt's: those that the provider had in its cache, and the image's.
    """

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    image_tokens: int | None = None

    @property
    def total_tokens(self) -> int | None:
        """Of prompt and answer; None when one is unknown."""
        if self.prompt_tokens is None or self.completion_tokens is None:
            return None
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """One answer as it came: the text, the model that the server named, and what it took.

    `cost_usd` is None where the price is unknown, never 0 for unknown.
    """

    text: str
    model: str
    usage: Usage
    seconds: float
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation after the first question: an answer of the model's, or what we said to it."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question about one image. `schema` is the JSON Schema that the answer must fit, None for plain text.

    `follow_up` holds the turns of a repair round; `max_tokens` bounds the answer. `is_strict` is False for a schema that is
    larger than strict mode takes.
    """

    system: str
    text: str
    max_tokens: int
    schema: Mapping[str, Any] | None = None
    schema_name: str = "answer"
    is_strict: bool = True
    follow_up: Sequence[Turn] = ()

    def repaired(self, *, answer: str, problems: Sequence[str]) -> "Question":
        """The same question, continued: the answer that could not be used and what was wrong with it.

        Half a surrogate pair, which JSON can carry and a request cannot, is repeated as "?".
        """
        repeatable = answer.encode(errors="replace").decode()
        complaint = "Your answer cannot be used:\n" + "\n".join(f"- {p}" for p in problems) + "\nAnswer again, whole."
        turns = (*self.follow_up, Turn("assistant", repeatable), Turn("user", complaint))
        return replace(self, follow_up=turns)

    def fingerprint(self, *, image_sha256: str, endpoint: str, model: str, parameters: Mapping[str, Any]) -> str:
        """Sha256 (64 hex digits) over everything that shapes the answer: asked again, the same question has the same one."""
        material = {
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
        return hashlib.sha256(json.dumps(material, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class UnusableAnswer(Exception):
    """An answer that does not fit its question; `problems` says all of what is wrong with it, for the model and for people.

    `text` is the answer as it came, where who raises it has it.
    """

    def __init__(self, problems: Sequence[str], *, text: str = "") -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)
        self.text = text
