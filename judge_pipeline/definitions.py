"""What Dagster loads, and the one place where settings become the Encord, the models and the store that a run works with."""

import logging
from collections.abc import Callable

import dagster as dg
from pydantic import SecretStr

from judge_pipeline.assets.path import path_of_tags
from judge_pipeline.assets.report import report
from judge_pipeline.assets.workbench import OntologyTitles, Workbench
from judge_pipeline.automation.jobs import materialize_missing, write_report
from judge_pipeline.automation.schedules import materialize_missing_schedule
from judge_pipeline.automation.sensors import new_images_sensor
from judge_pipeline.domain.blinding import Orders
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.embedded.pair import EmbeddedPair
from judge_pipeline.embedded.photographs import photographs, sample_folder
from judge_pipeline.embedded.sample_project import ensure_sample_project, find_sample_project
from judge_pipeline.encord_project.connection import DOMAIN, Connection
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.settings import ModelSettings, Settings, SettingsError

EMBEDDED_MODELS = {"LLM1": "measured-brief", "LLM2": "measured-detailed", "JUDGE": "measured-judge"}
"""Measured descriptions, not vision-language models."""

log = logging.getLogger("judge_pipeline")


def build_definitions(settings: Settings) -> dg.Definitions:
    """The code location for these settings; nothing is opened or started before a run, a sensor or a schedule needs it."""
    log.info("%s", what_is_used(settings))

    def workbench(context: dg.InitResourceContext) -> Workbench:
        return make_workbench(settings, tell=context.log.info if context.log else log.info)

    return dg.Definitions(
        assets=[path_of_tags(settings.judge_pipeline_batch_size), report],
        jobs=[materialize_missing, write_report],
        sensors=[new_images_sensor(settings.judge_pipeline_batch_size)],
        schedules=[materialize_missing_schedule(settings.judge_pipeline_batch_size)],
        resources={
            "workbench": dg.ResourceDefinition(workbench, description="The Encord project, the models and the store.")
        },
        executor=dg.in_process_executor,
    )


def what_is_used(settings: Settings) -> str:
    """One line: which Encord and which models these settings mean."""
    encord = (
        f"embedded, in {settings.embedded_folder}"
        if settings.uses_embedded_encord
        else settings.encord_domain or DOMAIN
    )
    groups = (("LLM1", settings.llm1), ("LLM2", settings.llm2), ("JUDGE", settings.judge))
    models = ", ".join(f"{name} {_model_in_use(name, group, settings)}" for name, group in groups)
    return f"Encord: {encord}; models: {models}"


def _model_in_use(name: str, group: ModelSettings, settings: Settings) -> str:
    if _is_embedded(group, settings):
        return f"{EMBEDDED_MODELS[name]} (embedded, a measured description)"
    return f"{group.model or 'not set'} at {group.base_url or 'no address'}"


def make_workbench(settings: Settings, *, tell: Callable[[str], None]) -> Workbench:
    """The workbench, with the embedded servers started where the settings name no others.

    Raises:
        SettingsError: something is missing or cannot be used; one sentence.
        EmbeddedServerError: a local server does not start.
    """
    pair = EmbeddedPair(settings.embedded_folder, tell=tell)
    if settings.uses_embedded_encord:
        running = pair.ensure_running()
        models_url = running.models_url
        connection = Connection(running.encord_url, pair.ssh_private_key)
        sample = find_sample_project(pair.folder)
        if settings.encord_project_hash:
            project_hash = settings.encord_project_hash
        else:
            sample = sample or ensure_sample_project(pair, running.encord_url, photographs(sample_folder()))
            project_hash = sample.project_hash
    else:
        models_url = ""
        connection = Connection(settings.encord_domain or DOMAIN, settings.ssh_private_key())
        if not settings.encord_project_hash:
            raise SettingsError(
                "ENCORD_PROJECT_HASH is not set; copy the id from your project's URL, or try judge-pipeline demo"
            )
        project_hash = settings.encord_project_hash

    def endpoint(name: str, group: ModelSettings) -> Endpoint:
        if _is_embedded(group, settings):
            return Endpoint(name, f"{models_url}/v1", EMBEDDED_MODELS[name], concurrency=group.concurrency)
        return _endpoint(name, group, settings.openai_api_key)

    return Workbench(
        connection=connection,
        project_hash=project_hash,
        captioners={
            Captioner.LLM_8B: endpoint("LLM1", settings.llm1),
            Captioner.LLM_16B: endpoint("LLM2", settings.llm2),
        },
        judge=endpoint("JUDGE", settings.judge),
        database_url=settings.database_url,
        report_file=settings.state_folder / "report.html",
        caption_max_words=settings.caption_max_words,
        orders=Orders(settings.judge.orders.value),
        titles=OntologyTitles(
            llm_8b=settings.ontology_llm_8b,
            llm_16b=settings.ontology_llm_16b,
            judge_choice=settings.ontology_judge_choice,
            final_choice=settings.ontology_final_choice,
        ),
    )


def _is_embedded(group: ModelSettings, settings: Settings) -> bool:
    return settings.uses_embedded_encord and not (group.base_url or group.model)


def _endpoint(name: str, group: ModelSettings, shared_key: SecretStr | None) -> Endpoint:
    missing = [
        f"{name}__{field}" for field, value in (("BASE_URL", group.base_url), ("MODEL", group.model)) if not value
    ]
    if missing or not group.base_url or not group.model:
        raise SettingsError(
            f"{' and '.join(missing)} must be set: no paid endpoint has a default model; see the README"
        )
    try:
        return Endpoint(
            name,
            group.base_url,
            group.model,
            api_key=group.api_key or shared_key or SecretStr(""),
            concurrency=group.concurrency,
            temperature=group.temperature,
            timeout_seconds=group.timeout_seconds,
        )
    except ValueError as error:
        raise SettingsError(str(error)) from None


defs = build_definitions(Settings.read())
