"""What the Dagster instance demands of a process: its own settings if machines share it, and a working driver for PostgreSQL.

A command reads `dagster.yaml`, because opening the instance would create its files or connect to its database.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from judge_pipeline.settings.settings import Settings, SettingsError

CONFIG = "dagster.yaml"
STORAGES = ("run_storage", "event_log_storage", "schedule_storage")

SCHEME = "postgresql+psycopg2"
"""Of Dagster's own database. With psycopg 3, which plain `postgresql://` means to SQLAlchemy 2.1, it cannot write an event."""


def require_shared_settings(settings: Settings, instance: Any = None, *, with_models: bool = True) -> bool:
    """Refuses to work on a Dagster instance of several machines with a store, an Encord or models of this machine's own.

    Without an instance, it is that of the settings, which need not be open. Returns whether it is shared.

    Raises:
        SettingsError: settings are missing; the message lists their names.
    """
    part = _configured_part(settings.dagster_home) if instance is None else _shared_part_of(instance)
    if part and (missing := settings.missing(with_models=with_models, is_shared=True)):
        raise SettingsError(
            f"this Dagster instance is shared with other machines ({part}), and this process would work on its own: "
            f"not set here: {', '.join(missing)}; set them for every process, see docs/many-machines.md"
        )
    return part is not None


def require_working_driver(dagster_home: Path) -> None:
    """Refuses a `dagster.yaml` whose database Dagster cannot write events to.

    Raises:
        SettingsError: it leads to another driver than psycopg2.
    """
    if driver := _unusable_driver(dagster_home):
        raise SettingsError(
            f"Dagster cannot write events to PostgreSQL with the driver {driver}, which {dagster_home / CONFIG} leads to; "
            f"give its address the scheme {SCHEME}://, or `scheme: {SCHEME}` under postgres_db, and install "
            "judge-pipeline[cluster]"
        )


def _is_local_class(class_name: str) -> bool:
    """Whether a storage or a launcher is of one machine, by the name of its class."""
    name = class_name.lower()
    return "sqlite" in name or "inmemory" in name or name == "defaultrunlauncher"


def _configured_part(home: Path) -> str | None:
    """The part of an instance by which other machines share it; None for an instance of this machine, or without a file."""
    return next((name for name in _parts(_read(home)) if not _is_local_class(name)), None)


def _unusable_driver(home: Path) -> str | None:
    """The driver with which Dagster cannot write events to PostgreSQL, if the file leads to it."""
    config = _read(home)
    schemes = [scheme for section in ("storage", *STORAGES) for scheme in _schemes(config.get(section))]
    drivers = [_driver(scheme) for scheme in schemes if scheme.startswith("postgresql")]
    return next((driver for driver in drivers if driver != "psycopg2"), None)


def _schemes(config: object) -> Iterator[str]:
    """Of each PostgreSQL address below."""
    for name, value in _mapping(config).items():
        if name == "postgres_db":
            yield _text(_mapping(value).get("scheme", "postgresql"))
        elif name == "postgres_url":
            yield _text(value).partition("://")[0]
        else:
            yield from _schemes(value)


def _parts(config: Mapping[str, Any]) -> Iterator[str]:
    """The classes of storages and launcher; a short form such as `postgres:` goes by its name."""
    for kind, value in _mapping(config.get("storage")).items():
        yield str(_mapping(value).get("class", kind))
    for name in (*STORAGES, "run_launcher"):
        if found := _mapping(config.get(name)).get("class"):
            yield str(found)


def _read(home: Path) -> Mapping[str, Any]:
    """Empty if there is no such file, or it is not a mapping; Dagster explains what is wrong with it."""
    try:
        return _mapping(yaml.safe_load((home / CONFIG).read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}


def _driver(scheme: str) -> str:
    try:
        return str(make_url(f"{scheme}://").get_dialect().driver)
    except (ArgumentError, NoSuchModuleError, ImportError):
        return scheme


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    """A value, or that of the variable it names."""
    name = _mapping(value).get("env")
    return os.environ.get(str(name), "") if name else str(value)


def _shared_part_of(instance: Any) -> str | None:
    """The same of an open instance, whose file may be on another machine."""
    parts: list[object] = [instance.run_storage, instance.event_log_storage]
    if all(_is_local(part) for part in parts):
        try:
            parts.append(instance.run_launcher)
        except Exception as error:
            return f"its launcher does not load here: {error}"
    return next((type(part).__name__ for part in parts if not _is_local(part)), None)


def _is_local(part: object) -> bool:
    return any(_is_local_class(base.__name__) for base in type(part).__mro__)
