"""What each environment variable means, and the error for an invalid one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from judge_pipeline.domain.blinding import Orders
from judge_pipeline.settings.given import DemoSettings
from judge_pipeline.settings.settings import Settings, SettingsError
from judge_pipeline_tests.environments import use_only_settings

KEY = "canary-0123456789"
OWN_ENCORD = {"ENCORD_SSH_KEY": "text", "ENCORD_PROJECT_HASH": "p"}
OWN_MODELS = {
    f"{name}__{field}": value
    for name in ("LLM1", "LLM2", "JUDGE")
    for field, value in (("BASE_URL", "https://models.example/v1"), ("MODEL", "m"))
}

Read = Callable[..., Settings]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Read:
    """Reads the settings of an environment with only these variables, in an empty directory."""
    monkeypatch.chdir(tmp_path)

    def read(**environment: str) -> Settings:
        with monkeypatch.context() as patch:
            use_only_settings(patch, environment)
            return Settings.read()

    return read


@pytest.mark.parametrize(
    ("name", "text", "path", "meaning"),
    [
        ("ENCORD_DOMAIN", "https://api.us.encord.com/", "encord_domain", "https://api.us.encord.com"),
        ("ENCORD_SSH_KEY_FILE", "~/.ssh/encord", "encord_ssh_key_file", Path("~/.ssh/encord")),
        ("encord_project_hash", "0f1d", "encord_project_hash", "0f1d"),
        (
            "ENCORD_PRIVATE_STORAGE",
            "*.minio.internal, 10.0.0.0/8",
            "encord_private_storage",
            ("*.minio.internal", "10.0.0.0/8"),
        ),
        ("LLM1__BASE_URL", "http://127.0.0.1:8000/v1/", "llm1.base_url", "http://127.0.0.1:8000/v1"),
        ("LLM2__MODEL", "qwen", "llm2.model", "qwen"),
        ("JUDGE__CONCURRENCY", "64", "judge.concurrency", 64),
        ("LLM1__TEMPERATURE", "0", "llm1.temperature", 0.0),
        ("JUDGE__TIMEOUT_SECONDS", "30.5", "judge.timeout_seconds", 30.5),
        ("LLM2__MIN_SIDE", "56", "llm2.min_side", 56),
        ("LLM1__REQUESTS_PER_MINUTE", "500", "llm1.requests_per_minute", 500.0),
        ("LLM2__TOKENS_PER_MINUTE", "30000", "llm2.tokens_per_minute", 30_000.0),
        ("JUDGE__ORDERS", "one", "judge.orders", Orders.ONE),
        ("LLM1__EXTRA_BODY", '{"seed": 1}', "llm1.extra_body", {"seed": 1}),
        ("JUDGE_PIPELINE_MAX_MODEL_CALLS", "1000", "judge_pipeline_max_model_calls", 1000),
        ("JUDGE_PIPELINE_MAX_COST_USD", "2.5", "judge_pipeline_max_cost_usd", 2.5),
        ("CAPTION_MAX_WORDS", "30", "caption_max_words", 30),
        ("ONTOLOGY_LLM_8B", "Model A", "ontology_llm_8b", "Model A"),
        ("JUDGE_PIPELINE_BATCH_SIZE", "10", "judge_pipeline_batch_size", 10),
    ],
)
def test_a_variable_sets(read: Read, name: str, text: str, path: str, meaning: object) -> None:
    value: Any = read(**{name: text})
    for part in path.split("."):
        value = getattr(value, part)
    assert value == meaning


def test_no_settings_select_the_embedded_servers(read: Read, tmp_path: Path) -> None:
    settings = read()
    assert settings.uses_embedded_encord
    assert all(settings.uses_embedded_model(name) for name in settings.models)
    assert settings.missing() == []
    assert settings.embedded_folder == settings.state_folder == tmp_path / ".judge_pipeline" / "demo"
    assert settings.database_url == f"sqlite:///{tmp_path}/.judge_pipeline/demo/store.sqlite3"


@pytest.mark.parametrize("name", ["ENCORD_DOMAIN", "ENCORD_SSH_KEY", "ENCORD_SSH_KEY_FILE"])
def test_any_setting_of_an_encord_rules_out_the_embedded_encord_and_models(
    read: Read, tmp_path: Path, name: str
) -> None:
    settings = read(**{name: "https://api.encord.com"})
    assert not settings.uses_embedded_encord
    assert not any(settings.uses_embedded_model(model) for model in settings.models)
    assert settings.state_folder == tmp_path / ".judge_pipeline"


def test_each_panel_judge_is_a_group_under_a_chosen_name(read: Read) -> None:
    settings = read(
        JUDGE__PANEL__QWEN__BASE_URL="http://127.0.0.1:8000/v1",
        JUDGE__PANEL__QWEN__MODEL="qwen",
        JUDGE__PANEL__Second_One__MODEL="other",
    )
    assert list(settings.models) == ["LLM1", "LLM2", "JUDGE", "JUDGE__PANEL__QWEN", "JUDGE__PANEL__SECOND_ONE"]
    assert settings.models["JUDGE__PANEL__QWEN"].model == "qwen"
    assert settings.missing() == ["JUDGE__PANEL__SECOND_ONE__BASE_URL"]


def test_an_empty_variable_counts_as_not_set(read: Read) -> None:
    """As `NAME=` in a shell and `${NAME:-}` in a compose file leave it."""
    names = (
        "ENCORD_DOMAIN",
        "ENCORD_SSH_KEY",
        "ENCORD_SSH_KEY_FILE",
        "LLM1__MODEL",
        "LLM1__TEMPERATURE",
        "JUDGE__ORDERS",
    )
    assert read(**dict.fromkeys(names, "")) == read()


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        (OWN_ENCORD | OWN_MODELS, []),
        ({"ENCORD_DOMAIN": "https://api.encord.com"} | OWN_MODELS, ["ENCORD_SSH_KEY_FILE", "ENCORD_PROJECT_HASH"]),
        (OWN_ENCORD, list(OWN_MODELS)),
        ({"LLM1__MODEL": "m"}, ["LLM1__BASE_URL"]),
        ({"JUDGE__BASE_URL": "http://127.0.0.1:1/v1"}, ["JUDGE__MODEL"]),
        ({"ENCORD_PROJECT_HASH": "another one in the embedded Encord"}, []),
    ],
)
def test_all_missing_settings_are_named_at_once(read: Read, environment: dict[str, str], missing: list[str]) -> None:
    assert read(**environment).missing() == missing


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        (
            "CAPTION_MAX_WORDS",
            "0",
            "invalid setting CAPTION_MAX_WORDS: Input should be greater than or equal to 1",
        ),
        ("LLM1__CONCURRENCY", "many", "invalid setting LLM1__CONCURRENCY: Input should be a valid integer"),
        (
            "JUDGE__PANEL__QWEN__CONCURRENCY",
            "0",
            "invalid setting JUDGE__PANEL__QWEN__CONCURRENCY: Input should be greater than or equal to 1",
        ),
        (
            "JUDGE__PANEL__QWEN__ORDERS",
            "one",
            r"no such setting: JUDGE__PANEL__QWEN__ORDERS in the environment \(did you mean JUDGE__PANEL__QWEN__",
        ),
        (
            "LLM1__EXTRA_BODY",
            "seed=1",
            "a setting of the group LLM1 is not valid JSON; LLM1__EXTRA_BODY takes an object",
        ),
        (
            "LLM1__EXTRA_BODY",
            '{"model": "m"}',
            "invalid setting LLM1__EXTRA_BODY: it contains model, which this package sets itself",
        ),
        ("LLM2__MODE", "night", "invalid setting LLM2__MODE: Input should be 'live', 'batch' or 'offline'"),
        ("LLM2__BATCH_PRICE_FACTOR", "2", "invalid setting LLM2__BATCH_PRICE_FACTOR: Input should be less than"),
        ("AGENT__MODE", "batch", r"no such setting: AGENT__MODE in the environment \(did you mean AGENT__MODEL"),
        ("JUDGE__ORDERS", "three", "invalid setting JUDGE__ORDERS: Input should be 'both' or 'one'"),
        (
            "LLM2__TEMPERATURE",
            "3",
            "invalid setting LLM2__TEMPERATURE: Input should be less than or equal to 2",
        ),
        ("ENCORD_DOMAIN", "api.encord.com", "invalid setting ENCORD_DOMAIN: expected an address such as https://"),
        (
            "ENCORD_PRIVATE_STORAGE",
            "https://minio.internal:9000",
            "invalid setting ENCORD_PRIVATE_STORAGE: expected hosts without a port such as minio.internal",
        ),
        ("LLM1__BASE_URL", "localhost:8000", "invalid setting LLM1__BASE_URL: expected an address such as https://"),
        (
            "JUDGE__INPUT_USD_PER_MILLION_TOKENS",
            "2",
            "^JUDGE__INPUT_USD_PER_MILLION_TOKENS is set without JUDGE__OUTPUT_USD_PER_MILLION_TOKENS; set both, or neither$",
        ),
        (
            "LLM1__OUTPUT_USD_PER_MILLION_TOKENS",
            "0",
            "^LLM1__OUTPUT_USD_PER_MILLION_TOKENS is set without LLM1__INPUT_USD_PER_MILLION_TOKENS; set both, or neither$",
        ),
        (
            "JUDGE_PIPELINE_MAX_COST_USD",
            "0",
            "invalid setting JUDGE_PIPELINE_MAX_COST_USD: Input should be greater than 0",
        ),
        ("JUDGE__ORDER", "one", r"no such setting: JUDGE__ORDER in the environment \(did you mean JUDGE__ORDERS\?\)"),
        ("LLM1__ORDERS", "one", r"no such setting: LLM1__ORDERS in the environment \(did you mean LLM1__"),
        ("JUDGE", "gpt", "JUDGE is a group of settings, not a setting; unset it, and set JUDGE__MODEL and the others"),
        (
            "JUDGE_PIPELINE_HOME",
            "a?b",
            "invalid setting JUDGE_PIPELINE_HOME: Dagster cannot open SQLite files in a path with . or %",
        ),
    ],
)
def test_an_invalid_value_is_one_sentence(read: Read, name: str, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence) as refused:
        read(**{name: text})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("group", ["LLM1", "JUDGE", "JUDGE__PANEL__QWEN"])
def test_a_signed_url_is_not_put_into_a_batch(read: Read, group: str) -> None:
    with pytest.raises(SettingsError, match=f"{group}.*: MODE is not `live` and IMAGES is `url`.*; unset one of them$"):
        read(**{f"{group}__MODE": "batch", f"{group}__IMAGES": "url"})


@pytest.mark.parametrize(
    "name",
    [
        "ENCORD_SSH_KEY",
        "LLM1__API_KEY",
        "JUDGE__API_KEY",
        "OPENAI_API_KEY",
        "JUDGE_PIPELINE_DATABASE_URL",
    ],
)
def test_secrets_are_neither_printed_nor_dumped(read: Read, name: str) -> None:
    settings = read(**{name: f"postgresql://user:{KEY}@host/db"})
    shown = f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()} {settings.missing()}"
    assert KEY not in shown


@pytest.mark.parametrize("name", ["ENCORD_DOMAIN", "LLM1__BASE_URL"])
def test_a_password_in_an_address_is_refused_without_repeating_it(read: Read, name: str) -> None:
    with pytest.raises(SettingsError, match=f"invalid setting {name}: it contains a user or password") as refused:
        read(**{name: f"https://user:{KEY}@host/v1"})
    assert KEY not in repr(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("name", ["SLACK_WEBHOOK_URL", "JUDGE_PIPELINE_WEBHOOK_URL"])
def test_a_webhooks_address_is_a_secret(read: Read, name: str) -> None:
    settings = read(**{name: f"https://hooks.example/{KEY}"})
    assert KEY not in f"{settings} {settings!r} {settings.model_dump_json()}"
    with pytest.raises(
        SettingsError, match=f"invalid setting {name}: expected an address that begins with https://"
    ) as refused:
        read(**{name: f"hooks.example/{KEY}"})
    assert KEY not in repr(refused.value)


def test_the_key_comes_from_the_variable_or_the_file(read: Read, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from the file")
    assert read(ENCORD_SSH_KEY_FILE=str(tmp_path / "key")).ssh_private_key() == "from the file"
    assert (
        read(ENCORD_SSH_KEY="from the variable", ENCORD_SSH_KEY_FILE="nowhere").ssh_private_key() == "from the variable"
    )


@pytest.mark.parametrize(
    ("file", "reason"),
    [("nowhere", "No such file or directory"), (".", "Is a directory"), ("photo", "not a text file")],
)
def test_the_error_for_an_unreadable_key_file_names_the_reason(
    read: Read, tmp_path: Path, file: str, reason: str
) -> None:
    (tmp_path / "photo").write_bytes(b"\xff\xd8")
    with pytest.raises(
        SettingsError, match=f"the Encord key file '{file}' cannot be read: {reason}; correct ENCORD_SSH"
    ):
        read(ENCORD_SSH_KEY_FILE=file).ssh_private_key()


def test_the_demos_settings_ignore_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The environment is for `run`; a demo must not touch a real project or a paid model."""
    demo = DemoSettings.read(judge_pipeline_home=tmp_path)
    use_only_settings(
        monkeypatch, OWN_ENCORD | OWN_MODELS | {"CAPTION_MAX_WORDS": "3", "JUDGE_PIPELINE_HOME": "elsewhere"}
    )
    assert DemoSettings.read(judge_pipeline_home=tmp_path) == demo
    assert demo.uses_embedded_encord
