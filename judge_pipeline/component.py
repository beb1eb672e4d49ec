"""The Dagster component: one pipeline on one Encord project, of which an instance can have several.

Everything that it defines carries its prefix, and its settings are those of its `defs.yaml` alone.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import dagster as dg

from judge_pipeline.composition.loading import build_definitions, log_settings
from judge_pipeline.domain.pipeline_names import PipelineNames
from judge_pipeline.settings.given import is_group, is_secret, settings_from
from judge_pipeline.settings.settings import Settings, SettingsError

ENV_TEMPLATE = re.compile(r"\s*\{\{\s*env\.(\w+)\s*\}\}\s*")
HOME = "JUDGE_PIPELINE_HOME"


def _resolve_settings(context: dg.ResolutionContext, given: Mapping[str, Any]) -> dict[str, Any]:
    """The values with their templates filled in, or why one is refused: an error here would be shown with the file's lines."""
    return {name: _problem(name, value) or _text(context.resolve_value(value)) for name, value in given.items()}


def _problem(name: str, value: object) -> SettingsError | None:
    if is_group(name):
        return SettingsError(f"{name} is a group of settings, not a setting; give {name}__MODEL and the others")
    if not isinstance(value, str | int | float | bool):
        return SettingsError(f"the setting {name} is not one text, number or boolean; write lists with commas")
    if is_secret(name) and not (isinstance(value, str) and ENV_TEMPLATE.fullmatch(value)):
        return SettingsError(
            f'{name} is a secret and stands in the file; write {name}: "{{{{ env.{name} }}}}" and set that variable'
        )
    return None


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class JudgePipelineComponent(dg.Component, dg.Model, dg.Resolvable):
    """Captions the images of one Encord project with two models, has a judge compare the captions, and people decide."""

    prefix: Annotated[
        str,
        dg.Resolver.default(
            description="Comes before each asset's key, and before the names of partitions, jobs, sensors and schedules."
        ),
    ]
    settings: Annotated[
        dict[str, Any],
        dg.Resolver(
            _resolve_settings,
            model_field_type=dict[str, Any],
            inject_before_resolve=False,
            description="Settings by their names in docs/settings.md. The environment is not read, and secrets are "
            'given as "{{ env.NAME }}". Without JUDGE_PIPELINE_HOME, the state is in .judge_pipeline/PREFIX.',
        ),
    ] = {}  # noqa: RUF012 (pydantic copies it)

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """The pipeline's definitions under its prefix; opens nothing before a run, a sensor or a schedule needs it."""
        if not self.prefix:
            raise SettingsError("the prefix is empty; without one, load judge_pipeline.definitions instead")
        names, settings = PipelineNames(self.prefix), self.read_settings()
        log_settings(settings, f"{len(self.settings)} settings from the component's file", prefix=self.prefix)
        return build_definitions(settings, names)

    def read_settings(self) -> Settings:
        """The settings of this component.

        Raises:
            SettingsError: one is invalid or does not exist.
        """
        for value in self.settings.values():
            if isinstance(value, SettingsError):
                raise value
        return settings_from({HOME: str(Path(".judge_pipeline") / self.prefix), **self.settings})
