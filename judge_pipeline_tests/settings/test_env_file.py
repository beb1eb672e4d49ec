"""`.env` is read as Dagster reads it, and the real environment wins."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from judge_pipeline.settings.env_file import SettingsSources, load_env_file
from judge_pipeline.settings.settings import Settings, SettingsError
from judge_pipeline_tests.environments import use_only_settings

Load = Callable[..., SettingsSources]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Load]:
    """Loads a `.env` of this text into an environment with only these settings; undoes it at the end."""
    monkeypatch.chdir(tmp_path)
    before = dict(os.environ)

    def load(text: str, **environment: str) -> SettingsSources:
        use_only_settings(monkeypatch, environment)
        Path(".env").write_text(text, encoding="utf-8")
        return load_env_file()

    yield load
    os.environ.clear()
    os.environ.update(before)


def test_the_file_is_read_with_comments_quotes_export_and_references(load: Load) -> None:
    load(
        "\ufeff# ours\nexport ENCORD_PROJECT_HASH='0f 1d' # the first\r\nLLM1__MODEL = small\nBASE=https://one.example\n"
        'LLM1__BASE_URL=${BASE}/v1\nLLM2__MODEL=${NOWHERE:-large}\nENCORD_SSH_KEY="one\ntwo"\n'
    )
    settings = Settings.read()
    assert settings.encord_project_hash == "0f 1d"
    assert (settings.llm1.model, settings.llm1.base_url) == ("small", "https://one.example/v1")
    assert settings.llm2.model == "large"
    assert settings.ssh_private_key() == "one\ntwo"
    assert os.environ["BASE"] == "https://one.example"


@pytest.mark.parametrize(
    ("in_file", "in_environment", "path", "value"),
    [
        ("LLM1__MODEL=file", {"LLM1__MODEL": "shell"}, "llm1.model", "shell"),
        ("ENCORD_PROJECT_HASH=file", {"encord_project_hash": "shell"}, "encord_project_hash", "shell"),
        ("LLM1__MODEL=file", {"LLM1__MODEL": ""}, "llm1.model", None),
        ("ENCORD_SSH_KEY=file", {"ENCORD_SSH_KEY_FILE": "shell"}, "encord_ssh_key", None),
        ("NAME=file\nLLM1__MODEL=${NAME}", {"NAME": "shell"}, "llm1.model", "shell"),
    ],
)
def test_the_environment_wins(
    load: Load, monkeypatch: pytest.MonkeyPatch, in_file: str, in_environment: dict[str, str], path: str, value: object
) -> None:
    monkeypatch.delenv("NAME", raising=False)
    load(in_file, **in_environment)
    found: object = Settings.read()
    for part in path.split("."):
        found = getattr(found, part)
    assert found == value


def test_the_line_counts_what_comes_from_where(load: Load, tmp_path: Path) -> None:
    sources = load("LLM1__MODEL=a\nLLM2__MODEL=b\nOTHER=c\n", LLM2__MODEL="d", CAPTION_MAX_WORDS="20")
    assert str(sources) == (
        f"settings: 2 from the environment (not from the file: LLM2__MODEL), 1 from {tmp_path / '.env'}"
    )


def test_a_second_call_sees_what_has_changed_in_the_file(load: Load) -> None:
    load("LLM1__MODEL=old\nLLM2__MODEL=gone\n")
    Path(".env").write_text("LLM1__MODEL=new\n")
    load_env_file()
    assert (Settings.read().llm1.model, Settings.read().llm2.model) == ("new", None)


def test_another_file_replaces_it(load: Load) -> None:
    load("LLM1__MODEL=a\nLLM2__MODEL=b\n")
    Path("other.env").write_text("LLM1__MODEL=c\n")
    load_env_file(Path("other.env"))
    assert (Settings.read().llm1.model, Settings.read().llm2.model) == ("c", None)
    with pytest.raises(SettingsError, match="--env-file 'nowhere' is not a file"):
        load_env_file(Path("nowhere"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("# one\nLLM1__MODEL: m\n", "line 2 of .*/.env sets nothing; expected LLM1__MODEL=value"),
        ("LLM1__MODEL\n", "line 1 of .*/.env sets nothing; expected LLM1__MODEL=value"),
        ('LLM1__MODEL="m\nLLM2__MODEL=n\n', "line 1 of .*/.env sets nothing; expected LLM1__MODEL=value"),
        ("LLM1_MODEL m\n", "line 1 of .*/.env sets nothing"),
    ],
)
def test_a_line_that_would_vanish_stops(load: Load, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence) as refused:
        load(text)
    assert "\n" not in str(refused.value)


def test_a_misspelt_setting_is_reported_with_its_file(load: Load, tmp_path: Path) -> None:
    load("CAPTION_MAXWORDS=3", LLM1_MODEL="m")
    with pytest.raises(SettingsError) as refused:
        Settings.read()
    assert "LLM1_MODEL in the environment (did you mean LLM1__MODEL?)" in str(refused.value)
    assert f"CAPTION_MAXWORDS in {tmp_path / '.env'} (did you mean CAPTION_MAX_WORDS?)" in str(refused.value)


def test_lines_of_other_programs_do_not_stop(load: Load) -> None:
    load("just words\nOTHER\nAGENT_TOOLSDIRECTORY=/opt\nLLM1__MODEL=m\n")
    assert Settings.read().llm1.model == "m"


def test_a_file_that_is_not_text_stops_and_a_folder_is_not_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    use_only_settings(monkeypatch, {})
    Path(".env").mkdir()
    assert str(load_env_file()) == f"settings: 0 from the environment, no file {tmp_path / '.env'}"
    Path(".env").rmdir()
    Path(".env").write_bytes("LLM1__MODEL=m".encode("utf-16"))
    with pytest.raises(SettingsError, match="is not a text in UTF-8"):
        load_env_file()
