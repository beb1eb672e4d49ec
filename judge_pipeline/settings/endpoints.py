"""The groups of settings: one for each endpoint of a model."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from judge_pipeline.settings.value_types import Address, FreeFields


class JudgeOrders(StrEnum):
    """In how many orders the judge sees the two captions."""

    BOTH = "both"
    ONE = "one"


PANEL = "JUDGE__PANEL__"
"""What the settings of the panel's judges begin with, before each one's name."""


class ModelSettings(BaseModel):
    """One model endpoint: any server that speaks OpenAI's chat completions."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    base_url: Address | None = Field(None, description="Address of the endpoint, up to and with `/v1`.")
    model: str | None = Field(None, description="The model's name at that endpoint.")
    api_key: SecretStr | None = Field(None, description="Its key; without one `OPENAI_API_KEY` is used.")
    concurrency: Annotated[int, Field(ge=1, le=1024)] = Field(16, description="Most calls in flight at once.")
    temperature: float | None = Field(None, ge=0, le=2, description="Sent only when set.")
    timeout_seconds: float = Field(120, gt=0, description="Deadline of one call, waiting included.")
    requests_per_minute: float | None = Field(None, gt=0, description="Calls begun within any minute, at most.")
    tokens_per_minute: float | None = Field(
        None, gt=0, description="Tokens of prompts and answers within any minute, at most."
    )
    input_usd_per_million_tokens: float | None = Field(
        None, ge=0, description="Price of prompts, where the provider's public one is unknown or not yours."
    )
    output_usd_per_million_tokens: float | None = Field(
        None, ge=0, description="Price of answers; both are set, or neither."
    )
    extra_body: FreeFields = Field(
        default_factory=dict,
        description="Further fields of every request, for what one kind of server wants: `docs/judge.md` has examples.",
    )


class JudgeSettings(ModelSettings):
    """The judge's endpoint, and how it is asked."""

    panel: dict[str, ModelSettings] = Field(
        default_factory=dict,
        description="Further judges, under names of your own: the majority of all decides.",
    )

    orders: JudgeOrders = Field(
        JudgeOrders.BOTH,
        description="`both` asks with either caption first; `one` halves the calls and hides position bias.",
    )
