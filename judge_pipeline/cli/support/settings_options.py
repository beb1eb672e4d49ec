"""`--home` and `--env-file`, which every command has, and the line on standard error that says where its settings come from."""

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

Home = Annotated[
    Path | None,
    typer.Option(help="Folder for all state, also Dagster's; default: JUDGE_PIPELINE_HOME, else .judge_pipeline."),
]
EnvFile = Annotated[
    Path | None,
    typer.Option(help="File to read settings from, instead of .env in the working directory. The environment wins."),
]
UnreadEnvFile = Annotated[
    Path | None,
    typer.Option(help="Not read by this command, which takes nothing from the environment or .env."),
]


def reads_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Adds `--home` and `--env-file` to a command, and reads the file before it runs."""

    def prepare(home: Path | None, env_file: Path | None) -> str:
        import os

        from judge_pipeline.settings.env_file import load_env_file

        sources = load_env_file(env_file)
        if home is None:
            return str(sources)
        os.environ["JUDGE_PIPELINE_HOME"] = str(home)
        os.environ.pop("DAGSTER_HOME", None)  # that of another home, whose history is not this store's
        return f"{sources}, --home {home}"

    return _with_options(command, {"home": Home, "env_file": EnvFile}, prepare)


def ignores_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Adds `--env-file` to a command that has its own `--home` and reads no setting."""

    def prepare(env_file: Path | None) -> str:
        return "settings: only this command's options; the environment and .env are for the others"

    return _with_options(command, {"env_file": UnreadEnvFile}, prepare)


def _with_options(
    command: Callable[..., None], options: dict[str, Any], prepare: Callable[..., str]
) -> Callable[..., None]:
    """The command with these options, whose values go to `prepare`; it prints what that returns."""
    signature = inspect.signature(command)
    own = signature.parameters

    @wraps(command)
    def prepared(**given: Any) -> None:
        line = prepare(**{name: given[name] if name in own else given.pop(name) for name in options})
        typer.echo(f"judge-pipeline: {line}", err=True)
        command(**given)

    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in options.items()
        if name not in own
    ]
    prepared.__signature__ = signature.replace(parameters=[*own.values(), *added])  # type: ignore[attr-defined]
    return prepared
