"""The code location for the settings, as Dagster loads it, and the facts that it shows before anything has run."""

import logging
from collections.abc import Iterator
from dataclasses import replace

import dagster as dg

from judge_pipeline.automation.code_location import DefinitionFacts, code_location
from judge_pipeline.automation.killed_runs import marked_as_alive
from judge_pipeline.automation.support.lost_runs import HeartbeatTable
from judge_pipeline.automation.support.notifier import Notifier
from judge_pipeline.composition.connections import EMBEDDED_MODELS
from judge_pipeline.composition.pipeline import make_resources
from judge_pipeline.domain.alignment.alignment import NOT_ALIGNED, Alignment
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_question import judge_prompt_version
from judge_pipeline.domain.judged_with import asked_model, judged_with
from judge_pipeline.domain.pipeline_names import UNPREFIXED, PipelineNames
from judge_pipeline.domain.prompts import prompt
from judge_pipeline.encord_project.connection import DOMAIN, Connection
from judge_pipeline.engine.alignments import alignment_at
from judge_pipeline.engine.heartbeat import heartbeat
from judge_pipeline.engine.read_report import report_kept
from judge_pipeline.engine.recent_project import RecentProject
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.local.pair.sample_record import find_sample_project
from judge_pipeline.settings.dagster_commands import restore_environment
from judge_pipeline.settings.dagster_instance import require_shared_settings, require_working_driver
from judge_pipeline.settings.endpoints import PANEL, JudgeModelSettings
from judge_pipeline.settings.env_file import load_env_file
from judge_pipeline.settings.settings import Settings
from judge_pipeline.store.errors import StoreError

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


def build_definitions(
    settings: Settings, names: PipelineNames = UNPREFIXED, *, recent: RecentProject | None = None
) -> dg.Definitions:
    """The code location for these settings, under these names. `recent` is the project that a command shares with its runs.

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
            report_kept(),
        ):
            yield replace(make_resources(settings, log=log, names=names), recent=recent)

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
