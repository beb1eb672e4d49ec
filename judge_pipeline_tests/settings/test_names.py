"""A misspelt setting stops with the likely name; another program's variable is left alone."""

import pytest
from dotenv import dotenv_values

from judge_pipeline.settings.given import DemoSettings
from judge_pipeline.settings.names import all_names, is_setting, unknown_settings
from judge_pipeline.settings.settings import Settings, SettingsError
from judge_pipeline_tests.docs.pages import ROOT
from judge_pipeline_tests.environments import use_only_settings

MISSPELT = {
    "LLM1_MODEL": "LLM1__MODEL",
    "ENCORD_PROJET_HASH": "ENCORD_PROJECT_HASH",
    "JUDGE_PIPELINE_BATCHSIZE": "JUDGE_PIPELINE_BATCH_SIZE",
    "CAPTION_MAXWORDS": "CAPTION_MAX_WORDS",
    "ENCROD_PROJECT_HASH": "ENCORD_PROJECT_HASH",
    "LLM_2__BASE_URL": "LLM2__BASE_URL",
    "JUDGE__PANEL__QWEN_MODEL": "JUDGE__PANEL__QWEN__MODEL",
    "JUDGE_MAX_COST": "JUDGE_PIPELINE_MAX_COST_USD",
    "DAGSTER_WEB_SERVER_URL": "DAGSTER_WEBSERVER_URL",
}
"""Nine mistakes: separators, letters, a missing word, another prefix, a swapped prefix, a panel judge."""

ALSO_MISSPELT = {
    "ENCORD_KEY_FILE": "ENCORD_SSH_KEY_FILE",
    "ENCORD_SSH_KEY_PATH": "ENCORD_SSH_KEY_FILE",
    "ENCORD_PROJECT_ID": "ENCORD_PROJECT_HASH",
    "ENCORD_URL": "ENCORD_DOMAIN",
    "encord_projet_hash": "ENCORD_PROJECT_HASH",
    "\ufeffENCORD_DOMAIN": "ENCORD_DOMAIN",
    "ENCORD-DOMAIN": "ENCORD_DOMAIN",
    "LLM1MODEL": "LLM1__MODEL",
    "LLM1__APIKEY": "LLM1__API_KEY",
    "JUDGE_ORDERS": "JUDGE__ORDERS",
    "JUDGE__PANEL__QWEN__MODLE": "JUDGE__PANEL__QWEN__MODEL",
    "JUDGEPIPELINE_HOME": "JUDGE_PIPELINE_HOME",
    "ONTOLOGY_FINALCHOICE": "ONTOLOGY_FINAL_CHOICE",
    "WORKFLOW_LLM_1": "WORKFLOW_LLM1",
    "AGENT_MODEL": "AGENT__MODEL",
    "OPENAPI_API_KEY": "OPENAI_API_KEY",
    "SLACK_WEBHOOKURL": "SLACK_WEBHOOK_URL",
    "DAGSTERHOME": "DAGSTER_HOME",
}

OF_OTHERS = [
    ("AGENT_TOOLSDIRECTORY", "/opt/hostedtoolcache"),
    ("AGENT_NAME", "Azure Pipelines 2"),
    ("AGENT_WORKDIR", "/home/jenkins/agent"),
    ("AGENT_SERVICE_HOST", "10.0.0.1"),
    ("AGENT_PORT", "tcp://10.0.0.1:80"),
    ("JUDGE_PIPELINE_AGENT_PORT_8080_TCP_ADDR", "10.0.0.1"),
    ("ENCORD_ACTIVE_DATABASE", "db"),
    ("LLM_MODEL", "openhands"),
    ("LLM_API_KEY", "openhands"),
    ("OPENAI_API_KEYS", "a;b"),
    ("OPENAI_API_KEY_2", "b"),
    ("OPENAI_API_BASE", "https://one.example"),
    ("OPENAI_BASE_URL", "https://one.example"),
    ("AZURE_OPENAI_API_KEY", "a"),
    ("DAGSTER_WEBSERVER_PORT", "3000"),
    ("DAGSTER_IS_DEV_CLI", "1"),
    ("SLACK_BOT_TOKEN", "a"),
    ("SLACK_WEBHOOK", "https://hooks.example"),
    ("GITHUB_WORKFLOW", "tests"),
    ("SSH_AGENT_PID", "12"),
]


@pytest.mark.parametrize(("name", "nearest"), [*MISSPELT.items(), *ALSO_MISSPELT.items()])
def test_a_misspelt_setting_stops_with_the_nearest_name(
    monkeypatch: pytest.MonkeyPatch, name: str, nearest: str
) -> None:
    use_only_settings(monkeypatch, {name: "1"})
    with pytest.raises(SettingsError) as refused:
        Settings.read()
    assert str(refused.value).startswith(f"no such setting: {name} in the environment (did you mean {nearest}?); ")


def test_all_misspelt_settings_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    use_only_settings(monkeypatch, dict.fromkeys(MISSPELT, "1"))
    with pytest.raises(SettingsError) as refused:
        Settings.read()
    assert [name for name in (*MISSPELT, *MISSPELT.values()) if name not in str(refused.value)] == []
    assert "\n" not in str(refused.value)


def test_a_misspelt_setting_given_in_python_or_json_stops_too(monkeypatch: pytest.MonkeyPatch) -> None:
    use_only_settings(monkeypatch, {"LLM1": '{"modle": "m"}'})
    with pytest.raises(SettingsError, match="did you mean LLM1__MODEL"):
        Settings.read()
    use_only_settings(monkeypatch, {})
    with pytest.raises(SettingsError, match="did you mean encord_project_hash"):
        Settings.read(encord_projet_hash="0f1d")


@pytest.mark.parametrize(("name", "value"), OF_OTHERS)
def test_another_programs_variable_is_left_alone(name: str, value: str) -> None:
    assert unknown_settings({name: value}, Settings) == {}


def test_an_empty_misspelt_variable_counts_as_not_set() -> None:
    assert unknown_settings(dict.fromkeys(MISSPELT, ""), Settings) == {}


def test_the_name_of_a_coding_agent_is_not_the_group_of_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shells that Amp or Goose start have AGENT=amp or AGENT=goose."""
    use_only_settings(monkeypatch, {"AGENT": "goose", "AGENT__MODEL": "m"})
    assert Settings.read().agent.model == "m"
    use_only_settings(monkeypatch, {"AGENT": '{"model": "m"}'})
    assert Settings.read().agent.model == "m"


def test_every_setting_is_known_by_its_name() -> None:
    shown = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert [name for name in all_names(Settings) if not is_setting(name, "1", Settings) or name not in shown] == []
    assert is_setting("JUDGE__PANEL__QWEN__EXTRA_BODY__SEED", "1", Settings)
    assert unknown_settings(dict(dotenv_values(ROOT / "deploy" / "agent" / "agent.env.example")), Settings) == {}  # type: ignore[arg-type]


def test_the_demo_does_not_mind_a_misspelt_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    use_only_settings(monkeypatch, dict.fromkeys(MISSPELT, "1"))
    assert DemoSettings.read() == DemoSettings()
