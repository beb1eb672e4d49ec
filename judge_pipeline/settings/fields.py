"""Every setting with its type, default and description; docs/settings.md is made from them."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from judge_pipeline.domain.caption import CAPTION_WORDS
from judge_pipeline.domain.project_budget import BudgetPeriod
from judge_pipeline.settings.endpoints import JudgeSettings, ModelSettings, RunModelSettings
from judge_pipeline.settings.output import Output
from judge_pipeline.settings.value_types import (
    Address,
    Listed,
    Owner,
    PathKey,
    SecretAddress,
    SQLiteFolder,
    StorageHost,
)

EDITOR_ORIGINS = ("https://app.encord.com", "https://app.us.encord.com")
"""The origins of Encord's label editor, by region."""


class SettingsFields(BaseSettings):
    """A field is an environment variable in lower case, with `__` between a group and its field.

    An empty variable counts as not set.
    """

    model_config = SettingsConfigDict(
        env_nested_delimiter="__",
        env_nested_max_split=3,
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
    )

    encord_domain: Address | None = Field(
        None, description="URL of Encord's API, by region; default is the SDK's, if a key is set."
    )
    encord_ssh_key: SecretStr | None = Field(None, description="Text of the private key (OpenSSH, Ed25519).")
    encord_ssh_key_file: Path | None = Field(None, description="Or the path of the private key file.")
    encord_project_hash: str | None = Field(None, description="Id of the project, from its URL in Encord.")

    encord_private_storage: Annotated[tuple[StorageHost, ...], *Listed] = Field(
        (),
        description="Hosts (`minio.internal`, `*.internal`) and networks (`10.20.0.0/16`) with private addresses that hold the "
        "project's files; files at other private addresses are refused.",
    )

    llm1: RunModelSettings = Field(default_factory=RunModelSettings, description="The captioner called 8B in Encord.")
    llm2: RunModelSettings = Field(default_factory=RunModelSettings, description="The captioner called 16B in Encord.")
    judge: JudgeSettings = Field(default_factory=JudgeSettings, description="The judge.")
    agent: ModelSettings = Field(
        default_factory=ModelSettings, description="The model that describes frames for the label editor's agent."
    )
    openai_api_key: SecretStr | None = Field(None, description="API key for endpoints without one of their own.")

    caption_max_words: int = Field(
        CAPTION_WORDS,
        ge=1,
        description="Maximum length of a caption; a longer one is requested once more, then its tag fails.",
    )
    ontology_llm_8b: str = Field("LLM 8B", description="Title of the classification for the first captioner.")
    ontology_llm_16b: str = Field("LLM 16B", description="Title of the classification for the second captioner.")
    ontology_judge_choice: str = Field("LLM Judge Choice", description="Title of the judge's choice.")
    ontology_final_choice: str = Field("Final Choice", description="Title of the person's choice, which no run writes.")

    workflow_llm1: str = Field("LLM1", description="Title of the first captioner's stage, in any case.")
    workflow_llm2: str = Field("LLM2", description="Title of the second captioner's stage.")
    workflow_judge: str = Field("LLM as Judge", description="Title of the judge's stage.")
    workflow_llm1_pathway: str | None = Field(
        None,
        description="Name of the pathway out of the first captioner's stage; default is `First caption`, else the only one, "
        "else the only one that leads to the next stage.",
    )
    workflow_llm2_pathway: str | None = Field(
        None, description="The same for the second captioner's stage; default is `Second caption`, else as above."
    )
    workflow_judge_pathway: str | None = Field(
        None, description="The same for the judge's stage; default is `LLM Ruling`, else as above."
    )
    workflow_complete: str | None = Field(
        None,
        description="Title of the final stage whose images count as approved; default is Encord's Complete stage, whatever its "
        "title. All other final stages count as rejected.",
    )

    judge_pipeline_home: SQLiteFolder = Field(
        Path(".judge_pipeline"),
        validate_default=True,
        description="Folder for all state: store, reports, Dagster home, embedded servers.",
    )
    judge_pipeline_database_url: SecretStr | None = Field(
        None, description="SQLAlchemy URL of the store; default is a SQLite file in the home."
    )
    judge_pipeline_output: Output | None = Field(
        None,
        description="Where reports and exports go: a folder, or an object store such as `s3://BUCKET/FOLDER`, `gs://…`, `az://…` "
        "(extras `s3`, `gcs`, `azure`); default is the home of the process that writes them.",
    )
    judge_pipeline_batch_size: int = Field(500, ge=1, description="Maximum number of tags in one Dagster run.")
    judge_pipeline_lost_after_seconds: float = Field(
        60,
        ge=5,
        description="A run that gives no sign of life for so long is ended as failed by any process of the installation, and its "
        "tags go to the next run.",
    )
    judge_pipeline_max_model_calls: int | None = Field(
        None,
        ge=1,
        description="Maximum number of model calls of a launch, and of all runs that work on the project at the same time; "
        "skipped tags can be launched again.",
    )
    judge_pipeline_max_cost_usd: float | None = Field(
        None, gt=0, description="The same in US dollars; needs the prices of all models."
    )
    judge_pipeline_budget_usd: float | None = Field(
        None,
        gt=0,
        description="US dollars that all runs of the project may spend in a calendar day or month, counted from the answers in the "
        "store; needs the prices of all models.",
    )
    judge_pipeline_budget_period: BudgetPeriod = Field(
        BudgetPeriod.MONTH, description="Period of the budget, in UTC: `day` or `month`."
    )

    judge_pipeline_same_answers: int = Field(
        8,
        ge=0,
        description="A run stops when the first answers of a captioner to this number of different images are the same, because "
        "the model may not see images. 0 never stops.",
    )

    agent_classification: str = Field(
        "Description", description="Title of the text classification that the agent fills in on a frame."
    )
    agent_projects: Annotated[tuple[str, ...], *Listed] = Field(
        (), description="Projects that the agent may work on; default is `ENCORD_PROJECT_HASH`."
    )
    agent_path_key: PathKey | None = Field(
        None, description="Secret first part of the agent's path; at least 32 letters, digits, `-` or `_`."
    )
    agent_require_signature: bool = Field(
        False, description="Accept only calls that Encord has signed. Clicks in the editor are not signed."
    )
    encord_webhook_secret: Annotated[tuple[SecretStr, ...], *Listed] = Field(
        (), description="Secrets that Encord signs its calls with, one per endpoint in Encord."
    )
    agent_origins: Annotated[tuple[Address, ...], *Listed] = Field(
        EDITOR_ORIGINS, description="Origins of the label editor's pages, which may call the agent."
    )
    agent_clicks_per_minute: int = Field(
        60, ge=1, description="Maximum number of frame descriptions and new judgements per minute."
    )

    judge_pipeline_min_kappa: float | None = Field(
        None,
        ge=-1,
        le=1,
        description="Minimum agreement with people for exporting the judge's decisions: the lower end of the 95% interval "
        "of Cohen's kappa. Not checked by default.",
    )

    judge_pipeline_assume_random_choices: bool = Field(
        False,
        description="Assume that final choices made in Encord's editor, or before this setting existed, are a random sample of the "
        "images. The report then says that this is assumed; without it they are shown apart.",
    )
    judge_pipeline_cluster_key: str | None = Field(
        None,
        min_length=1,
        description="Key of client metadata whose value groups images of one scene, such as `scene`. Such images may be alike, and "
        "intervals then count scenes. By default each image is on its own.",
    )
    judge_pipeline_review_overlap: float = Field(
        0.0,
        ge=0,
        le=1,
        description="Share of the images that `judge-pipeline review` also shows to a second reviewer, which measures how far "
        "people agree with each other.",
    )

    slack_webhook_url: SecretAddress | None = Field(
        None, description="Slack's incoming webhook, for a digest of every backfill, tick, run and command."
    )
    judge_pipeline_webhook_url: SecretAddress | None = Field(
        None, description="URL that receives the same digests as JSON, by POST."
    )
    dagster_webserver_url: Address | None = Field(
        None,
        description="URL of Dagster's pages: digests link to it, and the label editor's agent queues its runs there.",
    )
    judge_pipeline_owner: Annotated[tuple[Owner, ...], *Listed] = Field(
        (), description="Owners of the assets on Dagster's pages: e-mail addresses, or teams such as `team:vision`."
    )
    judge_pipeline_report_hours: float | None = Field(
        None,
        gt=0,
        description="Hours after which Dagster shows the report as stale. For projects with a steady flow of images; in "
        "others the report would stay stale.",
    )
    judge_pipeline_retention_days: float = Field(
        30,
        ge=1,
        description="Age in days at which the job and schedule `prune` delete ended runs with their events, discarded answers and "
        "thumbnails of archived images.",
    )
