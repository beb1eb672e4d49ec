"""The file `.env`, read as Dagster reads it, except that the real environment wins."""

import io
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dotenv.main import DotEnv
from dotenv.parser import parse_stream

from judge_pipeline.settings.names import FILE_OF, is_meant_as_setting, is_setting
from judge_pipeline.settings.settings import Settings, SettingsError

ENV_FILE = Path(".env")
"""In the working directory, as for Dagster."""

KEY_SETTINGS = frozenset({"ENCORD_SSH_KEY", "ENCORD_SSH_KEY_FILE"})
"""Two ways to give one key: either in the environment hides both in the file."""

_FIRST_WORD = re.compile(r"\s*(?:export\s+)?([^\s=:#'\"]+)")

_added: dict[str, str] = {}
"""What the last call put into the environment. A notebook calls again, after the file has changed."""


@dataclass(frozen=True, slots=True)
class SettingsSources:
    """Where the settings come from; `in_file` does not list those that the environment hides."""

    path: Path
    is_there: bool
    in_file: tuple[str, ...]
    in_environment: tuple[str, ...]
    hidden_in_file: tuple[str, ...]

    def __str__(self) -> str:
        file = f"{len(self.in_file)} from {self.path}" if self.is_there else f"no file {self.path}"
        hidden = f" (not from the file: {', '.join(self.hidden_in_file)})" if self.hidden_in_file else ""
        return f"settings: {len(self.in_environment)} from the environment{hidden}, {file}"


def load_env_file(named: Path | None = None) -> SettingsSources:
    """Adds the variables of `.env`, or of the named file, to `os.environ`, except those that are set there.

    Raises:
        SettingsError: the named file is missing, the file cannot be read, or a setting in it has no value.
    """
    for name, value in _added.items():
        if os.environ.get(name) == value:
            del os.environ[name]
    _added.clear()
    FILE_OF.clear()
    path = (named or ENV_FILE).absolute()
    if named is not None and not _is_file(path):
        raise SettingsError(f"--env-file {str(named)!r} is not a file; name one with lines such as LLM1__MODEL=…")
    text = _text_of(path)
    values = _values_in(text)
    taken = {name.upper() for name in os.environ}
    taken |= KEY_SETTINGS if taken & KEY_SETTINGS else set()
    visible = {name: value for name, value in values.items() if name.upper() not in taken}
    for number, word in _broken_lines(text):
        if is_meant_as_setting(word, Settings):
            raise SettingsError(f"line {number} of {path} sets nothing; expected {word}=value, in whole quotes or none")
    sources = SettingsSources(
        path,
        is_there=_is_file(path),
        in_file=_settings_among(visible),
        in_environment=_settings_among(os.environ),
        hidden_in_file=_settings_among(values.keys() - visible.keys()),
    )
    os.environ.update(visible)
    _added.update(visible)
    FILE_OF.update(dict.fromkeys(visible, str(path)))
    return sources


def values_in_file(path: Path) -> dict[str, str]:
    """All variables that a file sets, also those that the environment hides; none if there is no file."""
    return _values_in(_text_of(path))


def _values_in(text: str) -> dict[str, str]:
    """`${NAME}` is looked up in `os.environ` first."""
    values = DotEnv(None, io.StringIO(text), override=False).dict()
    return {name: value for name, value in values.items() if value is not None}


def _settings_among(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in names if name != "AGENT" and is_setting(name, "{", Settings)))


def _broken_lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that set nothing, by number, with their first word."""
    for binding in parse_stream(io.StringIO(text)):
        if (binding.error or binding.value is None) and (word := _FIRST_WORD.match(binding.original.string)):
            yield binding.original.line, word[1]


def _is_file(path: Path) -> bool:
    """A file or a pipe, as python-dotenv takes; a folder called .env is someone's virtual environment."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return path.is_symlink()
    return stat.S_ISREG(mode) or stat.S_ISFIFO(mode)


def _text_of(path: Path) -> str:
    if not _is_file(path):
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}; correct its permissions, or remove it") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not a text in UTF-8; save it as UTF-8") from None
