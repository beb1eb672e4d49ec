"""Where a model answers: address, key, limits and price."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from judge_pipeline.domain.model_answer import Usage

TokenLimitField = Literal["max_tokens", "max_completion_tokens"]
AnswerFormat = Literal["json_schema", "json_object", "text"]
ChosenFormat = Literal["auto", "json_schema", "json_object", "text"]
ImageTransport = Literal["base64", "url"]
Mode = Literal["live", "batch", "offline"]

TOKENS_PER_PRICE = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars per million tokens of prompt (`input_usd`) and of answer (`output_usd`).

    Raises:
        ValueError: one of them is below 0.
    """

    input_usd: float
    output_usd: float

    def __post_init__(self) -> None:
        if not (self.input_usd >= 0 and self.output_usd >= 0):
            raise ValueError(f"a price is 0 or more US dollars per million tokens, not {self}")

    def cost_usd(self, usage: Usage) -> float | None:
        """The dollars for `usage`; None when a token count is unknown and tokens are not free."""
        if self == FREE:
            return 0.0
        if usage.prompt_tokens is None or usage.completion_tokens is None:
            return None
        return (usage.prompt_tokens * self.input_usd + usage.completion_tokens * self.output_usd) / TOKENS_PER_PRICE


FREE = Price(0.0, 0.0)
"""For a model on this machine."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model behind one OpenAI-compatible address.

    `name` is the prefix of its settings ("LLM1"); `base_url` usually ends in `/v1`. An empty key is for servers that need
    none. When `token_limit_field` or `temperature` is None, the kind of server decides: OpenAI's own models need
    `max_completion_tokens` and their default temperature, the others `max_tokens`. `timeout_seconds` is the deadline of
    one request from first byte sent to last byte read. `price` replaces a missing or wrong public price. `extra_body`
    holds additional fields of every request. `min_side` is the least side of a picture, in pixels, that the model takes.
    `answer_format` is learned from what the server refuses if it is "auto".
    With `logprobs` a question that has a `choice_key` asks for log-probabilities.
    With `images` "url" the server gets the URL of the original file instead of the prepared image.
    With `mode` "batch" or "offline" a run notes its questions for a model batch, whose answers cost `batch_price_factor` of the
    price; `batch_then_live` asks live what several batches have not answered. An answer is the same in every mode.

    Raises:
        ValueError: the address is not http(s) or contains a user or password, or a limit is not positive.
    """

    name: str
    base_url: str
    model: str
    api_key: SecretStr = field(default=SecretStr(""), repr=False)
    concurrency: int = 16
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    min_side: int = 28
    temperature: float | None = None
    token_limit_field: TokenLimitField | None = None
    timeout_seconds: float = 120.0
    price: Price | None = None
    extra_body: Mapping[str, Any] = field(default_factory=dict)
    answer_format: ChosenFormat = "auto"
    images: ImageTransport = "base64"
    logprobs: bool = False
    mode: Mode = "live"
    batch_price_factor: float = 0.5
    batch_then_live: bool = False

    def __post_init__(self) -> None:
        address = urlsplit(self.base_url)
        if "@" in address.netloc:
            raise ValueError(
                f"{self.name}__BASE_URL contains a user or password; put the key into {self.name}__API_KEY instead"
            )
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ValueError(f"{self.name}__BASE_URL is {self.base_url!r}, expected an address like https://host/v1")
        if not self.model:
            raise ValueError(f"{self.name}__MODEL is empty, expected the name of a model that {self.base_url} serves")
        limits = {
            "concurrency": self.concurrency,
            "min_side": self.min_side,
            "timeout_seconds": self.timeout_seconds,
            "requests_per_minute": self.requests_per_minute,
            "tokens_per_minute": self.tokens_per_minute,
        }
        for limit, value in limits.items():
            if value is not None and not value > 0:
                raise ValueError(f"{self.name}: {limit} is {value:g}, expected a number above 0")
        object.__setattr__(self, "base_url", self.base_url.rstrip("/"))

    def __str__(self) -> str:
        return f"{self.name} ({self.base_url}, model {self.model})"

    @property
    def answer_parameters(self) -> Mapping[str, Any]:
        """What affects this model's answers apart from the question; a temperature of None is the server's default."""
        extra: dict[str, Any] = {"extra_body": dict(self.extra_body)} if self.extra_body else {}
        if self.images == "url":
            extra["images"] = "url"
        if self.logprobs:
            extra["logprobs"] = True
        return {"temperature": self.temperature, **extra}

    @property
    def host(self) -> str:
        """The address's host name, in lower case."""
        return _host(self.base_url)

    @property
    def is_openai(self) -> bool:
        """Whether this is OpenAI's own API, in any of its regions."""
        return self.host == "api.openai.com" or self.host.endswith(".api.openai.com")

    @property
    def is_azure(self) -> bool:
        """Whether this is OpenAI on Azure, where a model's name is the user's own deployment."""
        return self.host.endswith(".azure.com")

    @property
    def is_openrouter(self) -> bool:
        """Whether this is OpenRouter, which forwards questions to many providers."""
        return self.host == "openrouter.ai"


@lru_cache
def _host(address: str) -> str:
    return urlsplit(address).hostname or ""


def lack_of_logprobs(endpoint: Endpoint, answers: int) -> str:
    """The sentence about a server that does not give what `logprobs` asks for."""
    return (
        f"{endpoint} gave no log-probabilities of its choice in {answers:,} answer{'s' if answers > 1 else ''}, so images with level "
        f"scores stay undecided; unset {endpoint.name}__LOGPROBS, or use a model that gives them"
    )
