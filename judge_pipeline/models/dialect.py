"""How each server understands the chat completions protocol: what its address tells, and what its refusals teach."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from judge_pipeline.models.endpoint import AnswerFormat, Endpoint, TokenLimitField
from judge_pipeline.models.error_kinds import ABOUT_FORMAT, ABOUT_SYSTEM_ROLE, JSON_MISFIT
from judge_pipeline.models.exchange import Failure

LADDER: dict[AnswerFormat, AnswerFormat] = {"json_schema": "json_object", "json_object": "text"}
"""The next simpler format for a server that refuses one; the prompt contains the schema in every case."""

OTHER_FIELD: dict[TokenLimitField, TokenLimitField] = {
    "max_tokens": "max_completion_tokens",
    "max_completion_tokens": "max_tokens",
}

STEPS = ("json_schema", "json_object", "text")

REFUSALS = {400, 404, 422}
"""The statuses of servers that do not understand a request; OpenRouter returns 404 when no provider knows every field."""

UNTEACHING = {None, 200, 401, 402, 403, 407, 429}
"""Statuses that say nothing about how to ask; words about the format or the system message teach with any other, 500 too."""

ABOUT_LOGPROBS = re.compile(r"log.?prob|no endpoints found")
"""Reasoning models refuse them, Gemini unless they are enabled; OpenRouter has no endpoint that knows them."""

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
    """How one (endpoint, model) is asked. A format that is fixed was set by hand, and is not stepped down from."""

    token_limit_field: TokenLimitField
    answer_format: AnswerFormat = "json_schema"
    has_switched_field: bool = False
    has_system_role: bool = True
    is_format_fixed: bool = False
    has_logprobs: bool = False

    @classmethod
    def for_endpoint(cls, endpoint: Endpoint) -> "Dialect":
        """The dialect to start with, by the kind of server."""
        return cls(
            token_limit_field=endpoint.token_limit_field or profile_of(endpoint).token_limit_field,
            answer_format="json_schema" if endpoint.answer_format == "auto" else endpoint.answer_format,
            is_format_fixed=endpoint.answer_format != "auto",
            has_logprobs=endpoint.logprobs,
        )

    def after_refusal(self, *, sent: "Dialect", failure: Failure, with_schema: bool) -> "Dialect":
        """This dialect, changed by the refusal of a question sent in the dialect `sent`.

        Many questions in flight are refused for one reason; only the first refusal changes the dialect.
        """
        if failure.status in UNTEACHING:
            return self
        learned, text = self, failure.error_text
        is_about_format = ABOUT_FORMAT.search(text) and not JSON_MISFIT.search(text)
        if with_schema and is_about_format and self.answer_format == sent.answer_format:
            learned = self.simpler()
        if ABOUT_SYSTEM_ROLE.search(text) and sent.has_system_role:
            learned = replace(learned, has_system_role=False)
        if ABOUT_LOGPROBS.search(text) and sent.has_logprobs:
            learned = replace(learned, has_logprobs=False)
        if failure.status not in REFUSALS:
            return learned
        names_field = re.search(rf"\b{sent.token_limit_field}\b", text) and ABOUT_UNKNOWN_FIELD.search(text)
        if names_field and self.token_limit_field == sent.token_limit_field and not self.has_switched_field:
            learned = replace(learned, token_limit_field=OTHER_FIELD[sent.token_limit_field], has_switched_field=True)
        return learned

    def simpler(self) -> "Dialect":
        """This dialect with the next simpler answer format; the same if there is none, or the format is fixed."""
        if self.is_format_fixed:
            return self
        return replace(self, answer_format=LADDER.get(self.answer_format, "text"))

    def at_most(self, answer_format: AnswerFormat | None) -> "Dialect":
        """This dialect with this answer format, unless its own is simpler."""
        if answer_format is None or STEPS.index(answer_format) <= STEPS.index(self.answer_format):
            return self
        return replace(self, answer_format=answer_format)
