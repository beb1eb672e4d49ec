"""The file of settings that `init` writes for a new project."""

import os
from pathlib import Path

from judge_pipeline.cli.support.dagster_home import prepare_dagster_home
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.settings.env_file import ENV_FILE, values_in_file
from judge_pipeline.settings.names import DAGSTER_HOME
from judge_pipeline.settings.settings import Settings

BEGINNING = """\
# Settings of judge-pipeline and Dagster, read from this folder by both. A variable that is set in the shell wins.
# docs/settings.md describes all of them. Keep this file out of version control: it is a place for keys.
"""

MODELS = """\

# The two captioners and the judge: any server with OpenAI's chat completions API. `judge-pipeline doctor` checks them.
# OPENAI_API_KEY=
# LLM1__BASE_URL=https://api.openai.com/v1
# LLM1__MODEL=
# LLM2__BASE_URL=http://127.0.0.1:8000/v1
# LLM2__MODEL=
# LLM2__API_KEY=EMPTY
# JUDGE__BASE_URL=
# JUDGE__MODEL=

# The most that one run may spend.
# JUDGE_PIPELINE_MAX_COST_USD=5
"""


def write_env_file(settings: Settings, project_hash: str, terminal: Terminal, *, env_file: Path | None = None) -> None:
    """Writes the project's settings to a new `.env`; prints what an existing file lacks, and never changes it."""
    path = env_file or ENV_FILE
    values = _values(settings, project_hash)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        there = values_in_file(path)
        missing = {name: value for name, value in values.items() if there.get(name) != value}
        if missing:
            terminal.print(f"Settings  {path} exists and stays as it is; put these lines into it:")
            for name, value in missing.items():
                terminal.print(f"  {_line(name, value)}")
            return
    else:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write("\n".join([BEGINNING, *(_line(name, value) for name, value in values.items()), MODELS]))
    terminal.print(f"Settings  {path}: add the models to it; it has ENCORD_PROJECT_HASH={project_hash}")


def _values(settings: Settings, project_hash: str) -> dict[str, str]:
    """What the project needs; a key that is given as text is not copied."""
    key_file = settings.encord_ssh_key_file
    home = settings.judge_pipeline_home
    values = {
        "ENCORD_DOMAIN": settings.encord_domain,
        "ENCORD_SSH_KEY_FILE": None if settings.encord_ssh_key or not key_file else key_file.expanduser().absolute(),
        "ENCORD_PROJECT_HASH": project_hash,
        "JUDGE_PIPELINE_HOME": None if home == Path(".judge_pipeline").resolve() else home,
        **{
            name.upper(): getattr(settings, name)
            for name, field in Settings.model_fields.items()
            if name.startswith(("ontology_", "workflow_")) and getattr(settings, name) != field.default
        },
        DAGSTER_HOME: prepare_dagster_home(settings.dagster_home),
    }
    return {name: str(value) for name, value in values.items() if value}


def _line(name: str, value: str) -> str:
    """As python-dotenv reads it back; Dagster itself would put the file's home over the environment's."""
    if name == DAGSTER_HOME and "}" not in value:
        value = f"${{{DAGSTER_HOME}:-{value}}}"
    if all(character.isalnum() or character in "-_./:~@+,${}" for character in value):
        return f"{name}={value}"
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"{name}='{escaped}'"
