"""How each server understands the chat completions protocol: what its address tells, and what its refusals teach."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from judge_pipeline.models.endpoint import Endpoint, TokenLimitField
from judge_pipeline.models.exchange import Failure

AnswerFormat = Literal["json_schema", "json_object", "text"]

LADDER: dict[AnswerFormat, AnswerFormat] = {"json_schema": "json_object", "json_object": "text"}
"""The next simpler format for a server that refuses one; the prompt contains the schema in every case."""

OTHER_FIELD: dict[TokenLimitField, TokenLimitField] = {
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
}

REFUSALS = {400, 404, 422}
"""The statuses of servers that do not understand a request; OpenRouter returns 404 when no provider knows every field."""

ABOUT_FORMAT = re.compile(
    r"response_format|json.schema|json_object|structured.output|guided|grammar|requested parameters"
)
"""Grammars are what vLLM and llama.cpp make of a schema."""

ABOUT_UNKNOWN_FIELD = re.compile(r"support|unrecogni[sz]ed|unknown|unexpected|permitted|forbidden|instead|extra ")


@dataclass(frozen=True, slots=True)
class Profile:
    """How a known kind of server, recognised by its address, wants to be asked.

    With `has_strict_limits` the server refuses a schema beyond the limits of strict mode. `with_schema` is added to every
    request for JSON.
    """

    token_limit_field: TokenLimitField
    has_strict_limits: bool
    with_schema: Mapping[str, Any] = field(default_factory=dict)


OPENAI = Profile("max_completion_tokens", has_strict_limits=True)
"""Its reasoning models refuse `max_tokens`, all others accept both. The same on Azure."""

OPENROUTER = Profile("max_tokens", has_strict_limits=True, with_schema={"provider": {"require_parameters": True}})
"""Without this a question may be routed to a provider that ignores the schema (its guide on provider routing)."""

SELF_HOSTED = Profile("max_tokens", has_strict_limits=False)
"""Ollama silently ignores `max_completion_tokens`; vLLM and llama.cpp accept both. Their addresses do not tell them apart, so
the dialect learns their differences from what they refuse."""


def profile_of(endpoint: Endpoint) -> Profile:
    """The profile of the server at this address."""
    if endpoint.is_openai or endpoint.is_azure:
        return OPENAI
    return OPENROUTER if endpoint.is_openrouter else SELF_HOSTED


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one (endpoint, model) is asked."""

    token_limit_field: TokenLimitField
    answer_format: AnswerFormat = "json_schema"
    has_switched_field: bool = False

    @classmethod
    def for_endpoint(cls, endpoint: Endpoint) -> "Dialect":
        """The dialect to start with, by the kind of server."""
        return cls(token_limit_field=endpoint.token_limit_field or profile_of(endpoint).token_limit_field)

    def after_refusal(self, *, sent: "Dialect", failure: Failure, with_schema: bool) -> "Dialect":
        """This dialect, changed by the refusal of a question sent in the dialect `sent`.

        Many questions in flight are refused for one reason; only the first refusal changes the dialect.
        """
        if failure.status not in REFUSALS:
            return self
        learned = self
        if with_schema and ABOUT_FORMAT.search(failure.error_text) and self.answer_format == sent.answer_format:
            learned = replace(learned, answer_format=LADDER.get(sent.answer_format, "text"))
        names_field = re.search(rf"\b{sent.token_limit_field}\b", failure.error_text) and ABOUT_UNKNOWN_FIELD.search(
            failure.error_text
        )
        if names_field and self.token_limit_field == sent.token_limit_field and not self.has_switched_field:
            learned = replace(learned, token_limit_field=OTHER_FIELD[sent.token_limit_field], has_switched_field=True)
        return learned
