"""Settings that are given as variables in code, such as a component's, in the place of the environment's."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel

from judge_pipeline.settings.endpoints import ModelSettings
from judge_pipeline.settings.names import is_setting, nearest
from judge_pipeline.settings.settings import Settings, SettingsError


class DemoSettings(Settings):
    """Settings that ignore the environment, whose values are meant for `run` and not for the demo."""

    variables: ClassVar[Mapping[str, str]] = {}


def settings_from(given: Mapping[str, str]) -> Settings:
    """The settings that these variables make, by the names of docs/settings.md; nothing comes from the environment.

    Raises:
        SettingsError: a setting is invalid or does not exist.
    """
    for name, value in given.items():
        if not is_setting(name, value, Settings):
            raise SettingsError(f"there is no setting {name}; the nearest is {nearest(name, Settings)}")

    class GivenSettings(Settings):
        variables: ClassVar[Mapping[str, str]] = {name.lower(): value for name, value in given.items() if value}

    return GivenSettings.read()


def is_secret(name: str) -> bool:
    """Whether the value of this setting must not stand in a file that is shared."""
    group, _, field = name.lower().rpartition("__")
    fields = (ModelSettings if group else Settings).model_fields
    return field in fields and "SecretStr" in repr(fields[field])


def is_group(name: str) -> bool:
    """Whether the name is that of a whole group, which can contain a key."""
    field = Settings.model_fields.get(name.lower())
    return field is not None and isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
