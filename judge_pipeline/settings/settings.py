"""Reads all settings, and says what follows from them: which are missing, and where things are."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import pydantic_settings
from pydantic import ValidationError, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

from judge_pipeline.settings.endpoints import PANEL, ModelSettings
from judge_pipeline.settings.fields import SettingsFields
from judge_pipeline.settings.names import DAGSTER_HOME, misspelt_sentence, nearest, unknown_settings
from judge_pipeline.settings.other_programs import is_foreign_value
from judge_pipeline.settings.output import browser_address


class SettingsError(ValueError):
    """A setting is missing, misspelt or invalid; the message is one sentence that names it."""


class Settings(SettingsFields):
    """All settings, read from environment variables in this one place."""

    variables: ClassVar[Mapping[str, str] | None] = None
    """Read in the place of the environment's, by their names in lower case."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given in code, then the variables, without those of other programs."""
        source = EnvSettingsSource(settings_cls)
        source.env_vars = cls.variables if cls.variables is not None else _own(source.env_vars)
        return (init_settings, source)

    @model_validator(mode="after")
    def _prices_are_whole(self) -> Self:
        for name, group in self.endpoint_groups.items():
            prices = {
                f"{name}__INPUT_USD_PER_MILLION_TOKENS": group.input_usd_per_million_tokens,
                f"{name}__OUTPUT_USD_PER_MILLION_TOKENS": group.output_usd_per_million_tokens,
            }
            known = [setting for setting, price in prices.items() if price is not None]
            unknown = [setting for setting in prices if setting not in known]
            if known and unknown:
                raise PydanticCustomError("price", f"{known[0]} is set without {unknown[0]}; set both, or neither")
        return self

    @classmethod
    def read(cls, **given: Any) -> Self:
        """The settings in the environment, overridden by those that are given.

        Raises:
            SettingsError: a setting is invalid.
        """
        if misspelt := {name: nearest(name, cls).lower() for name in given if name not in cls.model_fields}:
            raise SettingsError(misspelt_sentence(misspelt, dict.fromkeys(misspelt, "Python")))
        if cls.variables is None and (misspelt := unknown_settings(os.environ, cls)):
            raise SettingsError(misspelt_sentence(misspelt))
        try:
            return cls(**given)
        except ValidationError as error:
            problem = error.errors(include_input=False, include_url=False)[0]
            name = "__".join(part for part in problem["loc"] if isinstance(part, str)).upper()
            if problem["type"] == "extra_forbidden":
                raise SettingsError(misspelt_sentence({name: nearest(name, cls)})) from None
            raise SettingsError(f"invalid setting {name}: {problem['msg']}" if name else problem["msg"]) from None
        except pydantic_settings.SettingsError as error:
            group = str(error).split('"')[1].upper()
            if group not in {name.upper() for name in os.environ}:
                raise SettingsError(
                    f"a setting of the group {group} is not valid JSON; {group}__EXTRA_BODY takes an object such as "
                    '{"seed": 1}'
                ) from None
            raise SettingsError(
                f"{group} is a group of settings, not a setting; unset it, and set {group}__MODEL and the others"
            ) from None

    @property
    def models(self) -> dict[str, ModelSettings]:
        """The endpoints of a run, by the prefix of their settings."""
        panel = {f"{PANEL}{name.upper()}": group for name, group in self.judge.panel.items()}
        return {"LLM1": self.llm1, "LLM2": self.llm2, "JUDGE": self.judge, **panel}

    @property
    def endpoint_groups(self) -> dict[str, ModelSettings]:
        """The endpoints of a run, and the agent's."""
        return {**self.models, "AGENT": self.agent}

    @property
    def uses_embedded_encord(self) -> bool:
        """Whether no other Encord is set."""
        return not (self.encord_ssh_key or self.encord_ssh_key_file or self.encord_domain)

    def uses_embedded_model(self, name: str) -> bool:
        """Whether this endpoint is the embedded one: only together with the embedded Encord, and if no other is set."""
        group = self.endpoint_groups[name]
        return self.uses_embedded_encord and not (name.startswith(PANEL) or group.base_url or group.model)

    def missing(self, *, with_models: bool = True, is_shared: bool = False) -> list[str]:
        """The names of required settings that are not set; nothing that costs money has a default.

        Processes of one installation that share a Dagster instance must not start an Encord, models or a store of their own.
        """
        wanted: dict[str, object] = {}
        if is_shared:
            wanted["JUDGE_PIPELINE_DATABASE_URL on PostgreSQL"] = not self.database_url.startswith("sqlite")
        if is_shared or not self.uses_embedded_encord:
            wanted["ENCORD_SSH_KEY_FILE"] = self.encord_ssh_key_file or self.encord_ssh_key
            wanted["ENCORD_PROJECT_HASH"] = self.encord_project_hash
        for name, group in self.models.items():
            if with_models and (is_shared or not self.uses_embedded_model(name)):
                wanted |= {f"{name}__BASE_URL": group.base_url, f"{name}__MODEL": group.model}
        return [name for name, value in wanted.items() if not value]

    def missing_for_agent(self) -> list[str]:
        """The same for the label editor's agent: the seed's two variables, or a replacement for the second."""
        wanted: dict[str, object] = {}
        if not self.uses_embedded_encord:
            wanted["ENCORD_SSH_KEY_FILE"] = self.encord_ssh_key_file or self.encord_ssh_key
        if not self.uses_embedded_model("AGENT"):
            wanted["OPENAI_API_KEY"] = self.openai_api_key or self.agent.api_key or self.agent.base_url
            wanted["AGENT__MODEL"] = self.agent.model or not self.agent.base_url
        return [name for name, value in wanted.items() if not value]

    @property
    def embedded_folder(self) -> Path:
        """The folder of the embedded servers, the demo's Dagster home and its store."""
        return self.judge_pipeline_home / "demo"

    @property
    def state_folder(self) -> Path:
        """The folder of the store's file and the report; the embedded servers' folder if those are in use."""
        return self.embedded_folder if self.uses_embedded_encord else self.judge_pipeline_home

    @property
    def output(self) -> str:
        """The folder of reports and exports, or an object store's URL."""
        return self.judge_pipeline_output or str(self.state_folder)

    @property
    def output_browser_address(self) -> str | None:
        """What a file's name is added to for its page in the object store's console."""
        return browser_address(self.output, os.environ)

    @property
    def dagster_home(self) -> Path:
        """`DAGSTER_HOME`, or a folder next to the store if that is not set."""
        given = os.environ.get(DAGSTER_HOME) if self.variables is None else None
        return Path(given or self.state_folder / "dagster_home")

    @property
    def database_url(self) -> str:
        """The store's SQLAlchemy URL."""
        if self.judge_pipeline_database_url:
            return self.judge_pipeline_database_url.get_secret_value()
        return f"sqlite:///{self.state_folder / 'store.sqlite3'}"

    def ssh_private_key(self) -> str:
        """The text of the private key.

        Raises:
            SettingsError: no key is set, or its file cannot be read.
        """
        if self.encord_ssh_key:
            return self.encord_ssh_key.get_secret_value()
        if self.encord_ssh_key_file is None:
            raise SettingsError("no Encord key is set; set ENCORD_SSH_KEY_FILE to the path of your private key")
        try:
            return self.encord_ssh_key_file.expanduser().read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not a text file"
            raise SettingsError(
                f"the Encord key file {str(self.encord_ssh_key_file)!r} cannot be read: {reason}; correct ENCORD_SSH_KEY_FILE"
            ) from None


def _own(variables: Mapping[str, str | None]) -> dict[str, str | None]:
    """Those that are not other programs'."""
    return {name: value for name, value in variables.items() if not is_foreign_value(name, value or "")}
