"""Profiles: how the known kinds of server want to be asked, as far as an address tells which kind it is.

vLLM, Ollama, llama.cpp and whatever else is hosted by oneself are asked alike: their addresses say nothing, and what they
differ in is learned from what they refuse (see `dialect`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from judge_pipeline.models.endpoint import Endpoint, TokenLimitField


@dataclass(frozen=True, slots=True)
class Profile:
    """What one kind of server is known to want.

    `has_strict_limits` says that a schema beyond strict mode's limits is refused. `with_schema` goes along with every
    question that asks for JSON.
    """

    token_limit_field: TokenLimitField
    has_strict_limits: bool
    with_schema: Mapping[str, Any] = field(default_factory=dict)


OPENAI = Profile("max_completion_tokens", has_strict_limits=True)
"""Its reasoning models refuse `max_tokens`, all others take both. The same on Azure."""

OPENROUTER = Profile("max_tokens", has_strict_limits=True, with_schema={"provider": {"require_parameters": True}})
"""Without this a question may be routed to a provider that ignores the schema (its guide on provider routing)."""

SELF_HOSTED = Profile("max_tokens", has_strict_limits=False)
"""Ollama passes over `max_completion_tokens` in silence, vLLM and llama.cpp take both."""


def profile_of(endpoint: Endpoint) -> Profile:
    """The profile of the server at this address."""
    if endpoint.is_openai or endpoint.is_azure:
        return OPENAI
    return OPENROUTER if endpoint.is_openrouter else SELF_HOSTED
