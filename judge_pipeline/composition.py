"""The one place where settings become resources (the Encord, the models, the store) and the code location over them."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg
from pydantic import SecretStr

from judge_pipeline.automation.code_location import code_location
from judge_pipeline.automation.killed_runs import marked_as_alive
from judge_pipeline.automation.support.notifier import Notifier
from judge_pipeline.domain.blinding import Orders
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judged_with import asked_model, judged_with
from judge_pipeline.encord_project.connection import DOMAIN, Connection
from judge_pipeline.engine.resources import OntologyTitles, PipelineResources
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.price import FREE, Price
from judge_pipeline.settings.endpoints import PANEL, ModelSettings
from judge_pipeline.settings.settings import OPENAI_URL, SEED_MODEL, Settings, SettingsError

EMBEDDED_MODELS = {
    "LLM1": "measured-brief",
    "LLM2": "measured-detailed",
    "JUDGE": "measured-judge",
    "AGENT": "measured-detailed",
}
"""Measured descriptions, not vision-language models."""

logger = logging.getLogger("judge_pipeline")


def load_definitions() -> dg.Definitions:
    """The code location for the settings in the environment, which is what Dagster loads.

    Raises:
        SettingsError: a setting cannot be used.
    """
    settings = Settings.read()
    if not logger.hasHandlers():  # Dagster's code servers leave Python's logging alone
        logger.addHandler(logging.StreamHandler())
        logger.setLevel(logging.INFO)
    logger.info("%s", what_is_used(settings))
    return build_definitions(settings)


@dataclass(frozen=True, slots=True)
class EncordInUse:
    """An Encord project, "" where none is named, and the address of the embedded models where those are in use."""

    connection: Connection
    project_hash: str
    models_url: str | None


def build_definitions(settings: Settings) -> dg.Definitions:
    """The code location for these settings; nothing is opened or started before a run, a sensor or a schedule needs it."""

    def pipeline(context: dg.InitResourceContext) -> Iterator[PipelineResources]:
        log = context.log.info if context.log else logger.info
        if context.run is None or context.instance is None:  # a sensor or a schedule
            yield make_resources(settings, log=log)
            return
        with marked_as_alive(context.instance, context.run.run_id):
            yield make_resources(settings, log=log)

    resource = dg.ResourceDefinition(pipeline, description="The Encord project, the models and the store.")
    return code_location(
        resource,
        batch_size=settings.judge_pipeline_batch_size,
        judged_with=_judged_with(settings),
        notifier=make_notifier(settings),
        webserver_url=settings.dagster_webserver_url,
        report_hours=settings.judge_pipeline_report_hours,
    )


def make_notifier(settings: Settings) -> Notifier:
    """Who wants digests."""
    return Notifier(slack_webhook=settings.slack_webhook_url, webhook=settings.judge_pipeline_webhook_url)


def what_is_used(settings: Settings) -> str:
    """One line: which Encord and which models these settings mean."""
    embedded = f"embedded, in {settings.embedded_folder}" if settings.uses_embedded_encord else None
    models = []
    for name, group in settings.models.items():
        if settings.uses_embedded_model(name):
            models.append(f"{name} {EMBEDDED_MODELS[name]} (embedded, a measured description)")
        else:
            models.append(f"{name} {group.model or 'without a model'} at {group.base_url or 'no address'}")
    return f"Encord: {embedded or settings.encord_domain or DOMAIN}; models: {', '.join(models)}"


def make_resources(settings: Settings, *, log: Callable[[str], None]) -> PipelineResources:
    """The pipeline, with the embedded servers started where the settings name no others.

    Raises:
        SettingsError: something is missing or cannot be used; one sentence.
        LocalServerError: a local server does not start.
    """
    _refuse(settings.missing())
    project = encord_in_use(settings, log=log)
    endpoints = {name: endpoint_of(name, settings, project) for name in settings.models}
    return PipelineResources(
        connection=project.connection,
        project_hash=project.project_hash,
        captioners={Captioner.LLM_8B: endpoints["LLM1"], Captioner.LLM_16B: endpoints["LLM2"]},
        judge=endpoints["JUDGE"],
        panel=_panel(endpoints),
        database_url=settings.database_url,
        report_file=settings.state_folder / "report.html",
        caption_max_words=settings.caption_max_words,
        orders=Orders(settings.judge.orders.value),
        titles=make_titles(settings),
        max_model_calls=settings.judge_pipeline_max_model_calls,
        max_cost_usd=settings.judge_pipeline_max_cost_usd,
        min_kappa=settings.judge_pipeline_min_kappa,
    )


def make_titles(settings: Settings) -> OntologyTitles:
    """What the project's ontology calls the classifications that have a role."""
    return OntologyTitles(
        llm_8b=settings.ontology_llm_8b,
        llm_16b=settings.ontology_llm_16b,
        judge_choice=settings.ontology_judge_choice,
        final_choice=settings.ontology_final_choice,
    )


def project_in_use(settings: Settings, *, log: Callable[[str], None]) -> EncordInUse:
    """The Encord project, for what needs no models. Raises as `make_resources`."""
    _refuse(settings.missing(with_models=False))
    return encord_in_use(settings, log=log)


def encord_in_use(settings: Settings, *, log: Callable[[str], None]) -> EncordInUse:
    """The Encord that the settings mean, started if it is the embedded one.

    Raises:
        SettingsError: the key cannot be read. LocalServerError: a local server does not start.
    """
    return _embedded_encord(settings, log) if settings.uses_embedded_encord else _own_encord(settings)


def endpoint_of(name: str, settings: Settings, encord: EncordInUse) -> Endpoint:
    """The endpoint of LLM1, LLM2, JUDGE or AGENT: the settings' own, or the embedded one.

    Raises:
        SettingsError: what is set cannot be used.
    """
    if not settings.uses_embedded_model(name):
        return _own_endpoint(name, settings)
    concurrency = settings.endpoint_groups[name].concurrency
    return Endpoint(name, f"{encord.models_url}/v1", EMBEDDED_MODELS[name], concurrency=concurrency, price=FREE)


def own_connection(settings: Settings) -> Connection:
    """The Encord that the settings name.

    Raises:
        SettingsError: they name none, or no key for it.
    """
    if settings.uses_embedded_encord:
        raise SettingsError(
            "nothing names an Encord of yours; set ENCORD_SSH_KEY_FILE, and ENCORD_DOMAIN where it is not https://api.encord.com"
        )
    return Connection(settings.encord_domain or DOMAIN, settings.ssh_private_key())


def _refuse(missing: Sequence[str]) -> None:
    if missing:
        raise SettingsError(
            f"not set: {', '.join(missing)}; docs/settings.md says what each one is, "
            "and `judge-pipeline demo` shows everything without any"
        )


def _own_encord(settings: Settings) -> EncordInUse:
    return EncordInUse(own_connection(settings), settings.encord_project_hash or "", models_url=None)


def _embedded_encord(settings: Settings, log: Callable[[str], None]) -> EncordInUse:
    """Starts the servers and makes the sample project, if they are not there."""
    from judge_pipeline.local.pair.pair import LocalPair
    from judge_pipeline.local.pair.photographs import photographs, sample_folder
    from judge_pipeline.local.pair.sample_project import ensure_sample_project, find_sample_project

    pair = LocalPair(settings.embedded_folder, log=log)
    running = pair.ensure_running()
    project_hash = settings.encord_project_hash
    if project_hash is None:
        sample = find_sample_project(pair.folder)
        sample = sample or ensure_sample_project(pair, running.encord_url, photographs(sample_folder()))
        project_hash = sample.project_hash
    return EncordInUse(Connection(running.encord_url, pair.ssh_private_key), project_hash, running.models_url)


def _own_endpoint(name: str, settings: Settings) -> Endpoint:
    """An endpoint of the user's; `missing` has said that address and model are there, and the agent has the seed's."""
    group = settings.endpoint_groups[name]
    default_url, default_model = (OPENAI_URL, SEED_MODEL) if name == "AGENT" else ("", "")
    try:
        return Endpoint(
            name,
            group.base_url or default_url,
            group.model or default_model,
            api_key=group.api_key or settings.openai_api_key or SecretStr(""),
            concurrency=group.concurrency,
            requests_per_minute=group.requests_per_minute,
            tokens_per_minute=group.tokens_per_minute,
            temperature=group.temperature,
            timeout_seconds=group.timeout_seconds,
            price=_price(group),
            extra_body=group.extra_body,
        )
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _judged_with(settings: Settings) -> str:
    """What `PipelineResources.judged_with` will say, without an endpoint that has to be there."""
    judges = [
        asked_model(EMBEDDED_MODELS[name])
        if settings.uses_embedded_model(name)
        else asked_model(group.model or "", temperature=group.temperature, extra_body=group.extra_body)
        for name, group in settings.models.items()
        if name == "JUDGE" or name.startswith(PANEL)
    ]
    return judged_with(judges, Orders(settings.judge.orders.value))


def _panel(endpoints: Mapping[str, Endpoint]) -> tuple[Endpoint, ...]:
    """The judges beside the first, each another model or at another address: one judge twice has one opinion."""
    panel = {name: endpoint for name, endpoint in endpoints.items() if name.startswith(PANEL)}
    seen = {(endpoints["JUDGE"].base_url, endpoints["JUDGE"].model): "JUDGE"}
    for name, endpoint in panel.items():
        asked = (endpoint.base_url, endpoint.model)
        if asked in seen:
            raise SettingsError(
                f"{name} is the same model at the same address as {seen[asked]}; a panel needs different judges"
            )
        seen[asked] = name
    return tuple(panel.values())


def _price(group: ModelSettings) -> Price | None:
    """The price that is set; the settings have seen to it that both halves are, or neither."""
    if group.input_usd_per_million_tokens is None or group.output_usd_per_million_tokens is None:
        return None
    return Price(group.input_usd_per_million_tokens, group.output_usd_per_million_tokens)
