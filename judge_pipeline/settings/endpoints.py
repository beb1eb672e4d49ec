"""The groups of settings, one per model endpoint."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from judge_pipeline.domain.blinding import Orders
from judge_pipeline.settings.value_types import Address, FreeFields

PANEL = "JUDGE__PANEL__"
"""The prefix of the panel judges' settings, before the name of each judge."""


class ModelSettings(BaseModel):
    """One model endpoint: any server with OpenAI's chat completions API."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    base_url: Address | None = Field(None, description="Base URL of the endpoint, including `/v1`.")
    model: str | None = Field(None, description="The model's name at that endpoint.")
    api_key: SecretStr | None = Field(None, description="API key of the endpoint; default is `OPENAI_API_KEY`.")
    concurrency: Annotated[int, Field(ge=1, le=1024)] = Field(
        16, description="Maximum number of concurrent calls; a server that is too slow for so many gets fewer."
    )
    min_side: Annotated[int, Field(ge=1, le=1024)] = Field(
        28, description="Pixels; pictures with a smaller side are enlarged, to the largest such setting of a run."
    )
    temperature: float | None = Field(None, ge=0, le=2, description="Sent only when set.")
    timeout_seconds: float = Field(
        120,
        gt=0,
        description="Deadline of one call, from its sending; twice as long until the first answer, while a model loads.",
    )
    requests_per_minute: float | None = Field(None, gt=0, description="Maximum number of calls started in any minute.")
    tokens_per_minute: float | None = Field(
        None, gt=0, description="Maximum number of prompt and answer tokens in any minute."
    )
    input_usd_per_million_tokens: float | None = Field(
        None, ge=0, description="Price of prompt tokens, if the provider's list price is unknown or not yours."
    )
    output_usd_per_million_tokens: float | None = Field(
        None, ge=0, description="Price of answer tokens; set both prices or neither."
    )
    extra_body: FreeFields = Field(
        default_factory=dict,
        description="Extra fields for every request, for options of your server; examples in `docs/judge.md`.",
    )


class RunModelSettings(ModelSettings):
    """An endpoint that is asked about whole images in Encord."""

    images: Literal["base64", "url"] = Field(
        "base64",
        description="`url` sends Encord's signed URL of the original file, for servers that take no images in the request. "
        "An image that only looks right after preparation is refused then.",
    )
    mode: Literal["live", "batch", "offline"] = Field(
        "live",
        description="`batch` sends the questions of a run as a file that the server answers within a day at a lower price, "
        "`offline` writes files for `judge-pipeline batches export`.",
    )
    batch_price_factor: float = Field(
        0.5, gt=0, le=1, description="What a batch costs, as a part of the price of the same calls made live."
    )
    batch_then_live: bool = Field(False, description="Ask live what three batches gave no answer to.")

    @model_validator(mode="after")
    def _signed_addresses_expire(self) -> Self:
        if self.mode != "live" and self.images == "url":
            raise PydanticCustomError(
                "mode",
                "MODE is not `live` and IMAGES is `url`, but a signed URL may expire before a batch is answered; unset one of them",
            )
        return self


class JudgeModelSettings(RunModelSettings):
    """An endpoint that answers in JSON."""

    answer_format: Literal["auto", "json_schema", "json_object", "text"] = Field(
        "auto",
        description="How JSON is requested; `auto` steps down from `json_schema` to what the server takes.",
    )
    logprobs: bool = Field(
        False,
        description="Ask for log-probabilities: where the orders disagree and the scores are level, the surer choice decides. "
        "`doctor --paid` says whether the server gives them.",
    )


class JudgeSettings(JudgeModelSettings):
    """The judge's endpoint, its panel, and in which orders it sees the captions."""

    panel: dict[str, JudgeModelSettings] = Field(
        default_factory=dict,
        description="More judges, under names that you choose; the majority decides.",
    )

    orders: Orders = Field(
        Orders.BOTH,
        description="`both` asks with each caption first; `one` halves the calls and cannot reveal position bias.",
    )
