"""Turns settings into resources (Encord, models, store) and into the code location; the only place that does."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
from pydantic import SecretStr

from judge_pipeline.automation.code_location import DefinitionFacts, code_location
from judge_pipeline.automation.killed_runs import marked_as_alive
from judge_pipeline.automation.support.lost_runs import HeartbeatTable
from judge_pipeline.automation.support.notifier import Notifier
from judge_pipeline.domain.alignment.alignment import NOT_ALIGNED, Alignment
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_question import judge_prompt_version
from judge_pipeline.domain.judged_with import asked_model, judged_with
from judge_pipeline.domain.pipeline_names import UNPREFIXED, PipelineNames
from judge_pipeline.domain.project_budget import ProjectBudget
from judge_pipeline.domain.prompts import prompt
from judge_pipeline.domain.workflow import WorkflowTitles
from judge_pipeline.encord_project.connection import DOMAIN, Connection
from judge_pipeline.engine.alignments import alignment_at
from judge_pipeline.engine.heartbeat import heartbeat
from judge_pipeline.engine.output_files import OutputPath
from judge_pipeline.engine.resources import OntologyTitles, PipelineResources
from judge_pipeline.local.pair.sample_record import find_sample_project
from judge_pipeline.models.endpoint import FREE, Endpoint, Price
from judge_pipeline.settings.dagster_commands import restore_environment
from judge_pipeline.settings.dagster_instance import require_shared_settings, require_working_driver
from judge_pipeline.settings.endpoints import PANEL, JudgeModelSettings, ModelSettings, RunModelSettings
from judge_pipeline.settings.env_file import load_env_file
from judge_pipeline.settings.output import EXTRAS, is_object_store
from judge_pipeline.settings.settings import OPENAI_URL, SEED_MODEL, Settings, SettingsError
from judge_pipeline.store.errors import StoreError

EMBEDDED_MODELS = {
    "LLM1": "measured-brief",
    "LLM2": "measured-detailed",
    "JUDGE": "measured-judge",
    "AGENT": "measured-detailed",
}
"""They serve measured descriptions and are not vision-language models."""

logger = logging.getLogger("judge_pipeline")


def load_definitions() -> dg.Definitions:
    """The code location for the settings in the environment and `.env`, for Dagster to load.

    Raises:
        SettingsError: a setting is misspelt or invalid, or Dagster could not write events to its database.
    """
    restore_environment()
    sources = load_env_file()
    settings = Settings.read()
    log_settings(settings, sources)
    require_working_driver(settings.dagster_home)
    return build_definitions(settings)


def log_settings(settings: Settings, sources: object, *, prefix: str = "") -> None:
    """Logs which Encord and which models the code location works with, and where its settings come from."""
    if not logger.hasHandlers():  # Dagster's code servers do not configure Python's logging
        logger.addHandler(logging.StreamHandler())
        logger.setLevel(logging.INFO)
    logger.info("%s%s; %s", f"{prefix}: " if prefix else "", describe_settings(settings), sources)


@dataclass(frozen=True, slots=True)
class EncordAccess:
    """A connection and a project, "" if none is set; `models_url` is the address of the embedded models, if those run."""

    connection: Connection
    project_hash: str
    models_url: str | None


def build_definitions(settings: Settings, names: PipelineNames = UNPREFIXED) -> dg.Definitions:
    """The code location for these settings, under these names.

    Opens nothing before a run, a sensor or a schedule needs it, except a store that exists: the accepted alignment of the judge is
    part of the code version of `judgements`.
    """
    alignment = stored_alignment(settings)

    def init_pipeline(context: dg.InitResourceContext) -> Iterator[PipelineResources]:
        log = context.log.info if context.log else logger.info
        is_shared = require_shared_settings(settings, context.instance)
        if context.run is None or context.instance is None:  # a sensor or a schedule
            yield make_resources(settings, log=log, names=names)
            return
        if is_shared and not settings.judge_pipeline_output:
            log("JUDGE_PIPELINE_OUTPUT is not set: a report or an export of this run stays on this machine")
        run_id, lost_after = context.run.run_id, settings.judge_pipeline_lost_after_seconds
        with (
            marked_as_alive(context.instance, run_id),
            heartbeat(settings.database_url, run_id, lost_after=lost_after),
        ):
            yield make_resources(settings, log=log, names=names)

    resource = dg.ResourceDefinition(init_pipeline, description="The Encord project, the models and the store.")
    return code_location(
        resource,
        batch_size=settings.judge_pipeline_batch_size,
        judged_with=_judged_with(settings, alignment),
        notifier=make_notifier(settings),
        webserver_url=settings.dagster_webserver_url,
        report_hours=settings.judge_pipeline_report_hours,
        retention_days=settings.judge_pipeline_retention_days,
        names=names,
        facts=definition_facts(settings, alignment),
        heartbeats=HeartbeatTable(settings.database_url, settings.judge_pipeline_lost_after_seconds),
    )


def make_notifier(settings: Settings) -> Notifier:
    """Sends digests to the webhooks in the settings, if any."""
    return Notifier(slack_webhook=settings.slack_webhook_url, webhook=settings.judge_pipeline_webhook_url)


def describe_settings(settings: Settings) -> str:
    """One line: which Encord and which models these settings select."""
    embedded = f"embedded, in {settings.embedded_folder}" if settings.uses_embedded_encord else None
    models = []
    for name, group in settings.models.items():
        if settings.uses_embedded_model(name):
            models.append(f"{name} {EMBEDDED_MODELS[name]} (embedded, a measured description)")
        else:
            models.append(f"{name} {group.model or 'without a model'} at {group.base_url or 'no address'}")
    return f"Encord: {embedded or settings.encord_domain or DOMAIN}; models: {', '.join(models)}"


def stored_alignment(settings: Settings) -> Alignment:
    """The accepted alignment of the settings' project. Runs read it again; a store that cannot be read is logged, and has none."""
    sample = find_sample_project(settings.embedded_folder) if settings.uses_embedded_encord else None
    project_hash = settings.encord_project_hash or (sample.project_hash if sample else None)
    try:
        return alignment_at(settings.database_url, project_hash) if project_hash else NOT_ALIGNED
    except StoreError as error:
        logger.warning("judgements may be shown as outdated, since the judge's alignment cannot be read: %s", error)
        return NOT_ALIGNED


def definition_facts(settings: Settings, alignment: Alignment = NOT_ALIGNED) -> DefinitionFacts:
    """Models, prompt versions, the project's page in Encord and the owners, as Dagster shows them before anything has run."""
    caption_prompt, judge_prompt = prompt("caption").version, judge_prompt_version(alignment)
    asked = {name: _asked(name, settings) for name in settings.models}
    judges = {name: model for name, model in asked.items() if name not in ("LLM1", "LLM2")}
    of_all: dict[str, object] = {}
    if settings.encord_project_hash and not settings.uses_embedded_encord:
        connection = Connection(settings.encord_domain or DOMAIN, "")
        of_all["Encord project"] = dg.MetadataValue.url(connection.project_url(settings.encord_project_hash))
    captions = {
        captioner.asset_name: {"model": asked[name], "prompt version": caption_prompt}
        for captioner, name in ((Captioner.LLM_8B, "LLM1"), (Captioner.LLM_16B, "LLM2"))
    }
    judging = {
        "model": ", ".join(judges.values()),
        "prompt version": judge_prompt,
        "orders": settings.judge.orders.value,
    }
    if alignment != NOT_ALIGNED:
        judging["alignment"] = alignment.version
    return DefinitionFacts({**captions, "judgements": judging}, of_all, settings.judge_pipeline_owner)


def make_resources(
    settings: Settings, *, log: Callable[[str], None], names: PipelineNames = UNPREFIXED
) -> PipelineResources:
    """What a run works with; starts the embedded servers if the settings select them.

    Raises:
        SettingsError: a setting is missing or invalid.
        LocalServerError: a local server does not start.
    """
    require_shared_settings(settings)
    require_settings(settings.missing())
    encord = make_encord_access(settings, log=log)
    endpoints = {name: make_endpoint(name, settings, encord) for name in settings.models}
    return PipelineResources(
        connection=encord.connection,
        project_hash=encord.project_hash,
        captioners={Captioner.LLM_8B: endpoints["LLM1"], Captioner.LLM_16B: endpoints["LLM2"]},
        judge=endpoints["JUDGE"],
        panel=_panel(endpoints),
        database_url=settings.database_url,
        report_file=make_output(settings.output) / "report.html",
        caption_max_words=settings.caption_max_words,
        orders=settings.judge.orders,
        titles=make_ontology_titles(settings),
        workflow_titles=make_workflow_titles(settings),
        max_model_calls=settings.judge_pipeline_max_model_calls,
        max_cost_usd=settings.judge_pipeline_max_cost_usd,
        budget=project_budget(settings),
        min_kappa=settings.judge_pipeline_min_kappa,
        assume_random_choices=settings.judge_pipeline_assume_random_choices,
        cluster_key=settings.judge_pipeline_cluster_key,
        same_answers=settings.judge_pipeline_same_answers,
        names=names,
        output_browser_address=settings.output_browser_address,
    )


def make_output(output: str) -> OutputPath:
    """The place for reports and exports; opens no connection.

    Raises:
        SettingsError: it is in an object store whose library is not installed.
    """
    if not is_object_store(output):
        return Path(output)
    from fsspec import get_filesystem_class
    from upath import UPath

    scheme = output.partition("://")[0]
    try:
        get_filesystem_class(scheme)
    except ImportError:
        raise SettingsError(
            f"JUDGE_PIPELINE_OUTPUT is in an object store ({scheme}://), whose library is not installed; "
            f"pip install 'judge-pipeline[{EXTRAS[scheme]}]'"
        ) from None
    return UPath(output)


def project_budget(settings: Settings) -> ProjectBudget | None:
    """What all runs of the project may spend in a day or month; None without a limit."""
    if settings.judge_pipeline_budget_usd is None:
        return None
    return ProjectBudget(settings.judge_pipeline_budget_usd, settings.judge_pipeline_budget_period)


def make_ontology_titles(settings: Settings) -> OntologyTitles:
    """The titles of the classifications that have a role."""
    return OntologyTitles(
        llm_8b=settings.ontology_llm_8b,
        llm_16b=settings.ontology_llm_16b,
        judge_choice=settings.ontology_judge_choice,
        final_choice=settings.ontology_final_choice,
    )


def make_workflow_titles(settings: Settings) -> WorkflowTitles:
    """The titles of the workflow's stages and pathways."""
    return WorkflowTitles(
        llm1=settings.workflow_llm1,
        llm2=settings.workflow_llm2,
        judge=settings.workflow_judge,
        llm1_pathway=settings.workflow_llm1_pathway,
        llm2_pathway=settings.workflow_llm2_pathway,
        judge_pathway=settings.workflow_judge_pathway,
        complete=settings.workflow_complete,
    )


def make_encord_access(settings: Settings, *, log: Callable[[str], None]) -> EncordAccess:
    """The Encord that the settings select; starts it if it is the embedded one.

    Raises:
        SettingsError: the key cannot be read, or the Dagster instance is shared and something is not set.
        LocalServerError: a local server does not start.
    """
    require_shared_settings(settings, with_models=False)
    if settings.uses_embedded_encord:
        return _embedded_encord(settings, log)
    return EncordAccess(configured_connection(settings), settings.encord_project_hash or "", models_url=None)


def make_endpoint(name: str, settings: Settings, encord: EncordAccess | None) -> Endpoint:
    """The endpoint of LLM1, LLM2, JUDGE, a panel judge or AGENT: configured, or embedded next to the embedded Encord.

    Raises:
        SettingsError: a setting is invalid.
    """
    if encord is None or not settings.uses_embedded_model(name):
        return _configured_endpoint(name, settings)
    concurrency = settings.endpoint_groups[name].concurrency
    return Endpoint(name, f"{encord.models_url}/v1", EMBEDDED_MODELS[name], concurrency=concurrency, price=FREE)


def configured_connection(settings: Settings) -> Connection:
    """The connection to the Encord in the settings.

    Raises:
        SettingsError: none is set, or its key is missing or cannot be read.
    """
    if settings.uses_embedded_encord:
        raise SettingsError(f"no Encord is set; set ENCORD_SSH_KEY_FILE, and ENCORD_DOMAIN unless it is {DOMAIN}")
    return Connection(settings.encord_domain or DOMAIN, settings.ssh_private_key())


def require_settings(missing: Sequence[str]) -> None:
    """Refuses to continue without these settings.

    Raises:
        SettingsError: `missing` is not empty; the message lists its names.
    """
    if missing:
        raise SettingsError(
            f"not set: {', '.join(missing)}; docs/settings.md describes each one, "
            "and `judge-pipeline demo` needs none of them"
        )


def _embedded_encord(settings: Settings, log: Callable[[str], None]) -> EncordAccess:
    """Starts the servers and creates the sample project if they are missing."""
    from judge_pipeline.local.pair.pair import LocalPair
    from judge_pipeline.local.pair.photographs import photographs, sample_folder
    from judge_pipeline.local.pair.sample_project import ensure_sample_project

    pair = LocalPair(settings.embedded_folder, log=log)
    running = pair.ensure_running()
    project_hash = settings.encord_project_hash
    if project_hash is None:
        sample = find_sample_project(pair.folder)
        sample = sample or ensure_sample_project(pair, running.encord_url, photographs(sample_folder()))
        project_hash = sample.project_hash
    return EncordAccess(Connection(running.encord_url, pair.ssh_private_key), project_hash, running.models_url)


def _configured_endpoint(name: str, settings: Settings) -> Endpoint:
    """An endpoint from the settings; address and model are set, except for AGENT, which has defaults."""
    group = settings.endpoint_groups[name]
    default_url, default_model = (OPENAI_URL, SEED_MODEL) if name == "AGENT" else ("", "")
    try:
        return Endpoint(
            name,
            group.base_url or default_url,
            group.model or default_model,
            api_key=group.api_key or settings.openai_api_key or SecretStr(""),
            concurrency=group.concurrency,
            min_side=group.min_side,
            requests_per_minute=group.requests_per_minute,
            tokens_per_minute=group.tokens_per_minute,
            temperature=group.temperature,
            timeout_seconds=group.timeout_seconds,
            price=_price(group),
            extra_body=group.extra_body,
            answer_format=group.answer_format if isinstance(group, JudgeModelSettings) else "auto",
            logprobs=isinstance(group, JudgeModelSettings) and group.logprobs,
            images=group.images if isinstance(group, RunModelSettings) else "base64",
        )
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _judged_with(settings: Settings, alignment: Alignment) -> str:
    """The same text as `PipelineResources.judged_with`, without the endpoints, which may not be up yet."""
    judges = [_asked(name, settings) for name in settings.models if name == "JUDGE" or name.startswith(PANEL)]
    return judged_with(judges, settings.judge.orders, alignment)


def _asked(name: str, settings: Settings) -> str:
    """The model behind an endpoint and its parameters, without opening it."""
    if settings.uses_embedded_model(name):
        return asked_model(EMBEDDED_MODELS[name])
    group = settings.models[name]
    return asked_model(
        group.model or "",
        temperature=group.temperature,
        extra_body=group.extra_body,
        logprobs=isinstance(group, JudgeModelSettings) and group.logprobs,
    )


def _panel(endpoints: Mapping[str, Endpoint]) -> tuple[Endpoint, ...]:
    """The judges after the first; each must be a different model or address, since the same judge twice has one opinion."""
    panel = {name: endpoint for name, endpoint in endpoints.items() if name.startswith(PANEL)}
    seen = {(endpoints["JUDGE"].base_url, endpoints["JUDGE"].model): "JUDGE"}
    for name, endpoint in panel.items():
        model = (endpoint.base_url, endpoint.model)
        if model in seen:
            raise SettingsError(
                f"{name} is the same model at the same address as {seen[model]}; a panel needs different judges"
            )
        seen[model] = name
    return tuple(panel.values())


def _price(group: ModelSettings) -> Price | None:
    """The price in the settings, which require both halves or neither."""
    if group.input_usd_per_million_tokens is None or group.output_usd_per_million_tokens is None:
        return None
    return Price(group.input_usd_per_million_tokens, group.output_usd_per_million_tokens)
