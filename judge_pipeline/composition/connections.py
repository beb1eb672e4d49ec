"""Access to Encord and the endpoints of the models, made from the settings; the embedded servers where none are set."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pydantic import SecretStr

from judge_pipeline.encord_project.connection import DOMAIN, Connection
from judge_pipeline.local.pair.sample_record import find_sample_project
from judge_pipeline.models.endpoint import FREE, Endpoint, Price
from judge_pipeline.settings.dagster_instance import require_shared_settings
from judge_pipeline.settings.endpoints import JudgeModelSettings, ModelSettings, RunModelSettings
from judge_pipeline.settings.settings import Settings, SettingsError

OPENAI_URL = "https://api.openai.com/v1"
SEED_MODEL = "gpt-4o"
"""The model of the seed's agent; at its start the agent checks that OpenAI still serves it."""

EMBEDDED_MODELS = {
    "LLM1": "measured-brief",
    "LLM2": "measured-detailed",
    "JUDGE": "measured-judge",
    "AGENT": "measured-detailed",
}
"""They serve measured descriptions and are not vision-language models."""


@dataclass(frozen=True, slots=True)
class EncordAccess:
    """A connection and a project, "" if none is set; `models_url` is the address of the embedded models, if those run."""

    connection: Connection
    project_hash: str
    models_url: str | None


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


def configured_connection(settings: Settings) -> Connection:
    """The connection to the Encord in the settings.

    Raises:
        SettingsError: none is set, or its key is missing or cannot be read.
    """
    if settings.uses_embedded_encord:
        raise SettingsError(f"no Encord is set; set ENCORD_SSH_KEY_FILE, and ENCORD_DOMAIN unless it is {DOMAIN}")
    return Connection(settings.encord_domain or DOMAIN, settings.ssh_private_key(), settings.encord_private_storage)


def make_endpoint(name: str, settings: Settings, encord: EncordAccess | None) -> Endpoint:
    """The endpoint of LLM1, LLM2, JUDGE, a panel judge or AGENT: configured, or embedded next to the embedded Encord.

    Raises:
        SettingsError: a setting is invalid.
    """
    if encord is None or not settings.uses_embedded_model(name):
        return _configured_endpoint(name, settings)
    group = settings.endpoint_groups[name]
    endpoint = Endpoint(
        name, f"{encord.models_url}/v1", EMBEDDED_MODELS[name], concurrency=group.concurrency, price=FREE
    )
    return _in_its_mode(endpoint, group)


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
        endpoint = Endpoint(
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
    return _in_its_mode(endpoint, group)


def _in_its_mode(endpoint: Endpoint, group: ModelSettings) -> Endpoint:
    """The editor's agent has no mode: a person is waiting."""
    if not isinstance(group, RunModelSettings):
        return endpoint
    return replace(
        endpoint,
        mode=group.mode,
        batch_price_factor=group.batch_price_factor,
        batch_then_live=group.batch_then_live,
    )


def _price(group: ModelSettings) -> Price | None:
    """The price in the settings, which require both halves or neither."""
    if group.input_usd_per_million_tokens is None or group.output_usd_per_million_tokens is None:
        return None
    return Price(group.input_usd_per_million_tokens, group.output_usd_per_million_tokens)
