"""`judge-pipeline agent` as a process: the seed's walk-through, the agent on the web, and unsafe settings that it refuses."""

import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import requests

from judge_pipeline.cli.support.agent_setup import access_policy
from judge_pipeline.encord_project.creation import ensure_text_classification
from judge_pipeline.settings.settings import Settings, SettingsError
from judge_pipeline_tests.certificates import loopback_certificate
from judge_pipeline_tests.cli.commands import judge_pipeline, running
from judge_pipeline_tests.cli.conftest import UserProject
from judge_pipeline_tests.environments import use_only_settings
from judge_pipeline_tests.models.stub_server import StubReply, StubServer, completion
from judge_pipeline_tests.servers import serve

SAID = "A picture that is red from one edge to the other."
KEY = "a-path-key-that-is-hard-to-guess-0123"
API_KEY = "sk-canary-agent-0123456789"


@pytest.fixture(scope="module")
def openai() -> Iterator[str]:
    """Stands in for OpenAI: serves gpt-4o and knows one description."""
    server = StubServer()
    server.models = StubReply({"object": "list", "data": [{"id": "gpt-4o"}]})
    server.rule = lambda asked: completion(f'{{"description": "{SAID}"}}')
    with serve(server) as url:
        yield f"{url}/v1"


@pytest.fixture
def seeds_settings(user_project: UserProject, openai: str) -> dict[str, str]:
    """The seed's two variables, and the addresses of Encord and OpenAI on this machine."""
    ensure_text_classification(user_project.seed.connection, user_project.seed.project_hash, "Description")
    here = {"ENCORD_DOMAIN": user_project.seed.server.url, "AGENT__BASE_URL": openai, "AGENT__MODEL": "gpt-4o"}
    return {"ENCORD_SSH_KEY_FILE": user_project.settings["ENCORD_SSH_KEY_FILE"], "OPENAI_API_KEY": API_KEY, **here}


def red(user_project: UserProject) -> str:
    (row,) = user_project.seed.project().list_label_rows_v2(data_title_eq="red.png")
    return row.data_hash


def answers(user_project: UserProject) -> list[object]:
    (row,) = user_project.seed.project().list_label_rows_v2(data_title_eq="red.png")
    row.initialise_labels()
    return [instance.get_answer() for instance in row.get_classification_instances()]


@pytest.mark.slow
def test_the_seeds_walk_through(user_project: UserProject, seeds_settings: dict[str, str], tmp_path: Path) -> None:
    with running("agent", "--port", "0", cwd=tmp_path, settings=seeds_settings) as agent:
        port = agent.wait_for_line("The agent is at ").partition("127.0.0.1:")[2].partition("/")[0]
        payload = f"""{{
    "projectHash": "{user_project.seed.project_hash}",
    "dataHash": "{red(user_project)}",
    "frame": 0
}}"""
        command = ["curl", "-s", "-w", "%{http_code}", f"localhost:{port}", "-H", "Content-type: application/json"]
        said = subprocess.run([*command, "-d", payload], capture_output=True, text=True, check=True).stdout
        assert said == "200"
        assert answers(user_project) == [SAID]
        assert agent.end(signal.SIGINT) == 0
        assert "Model     gpt-4o at " in agent.stdout
        assert "For this machine only" in agent.stdout
        assert ("Traceback" in agent.stderr, "interrupted" in agent.stderr) == (False, False)
        assert API_KEY not in agent.stdout + agent.stderr
        assert ("POST / 200" in agent.stderr, "POST /" in agent.stdout) == (True, False)


@pytest.mark.slow
def test_on_the_web_with_a_certificate_and_a_secret_path(
    user_project: UserProject, seeds_settings: dict[str, str], tmp_path: Path
) -> None:
    chain_file, key_file = loopback_certificate(tmp_path)
    protected = {"AGENT_PATH_KEY": KEY, "AGENT_PROJECTS": user_project.seed.project_hash}
    options = ("--port", "0", "--certificate", str(chain_file), "--certificate-key", str(key_file))
    with running("agent", *options, cwd=tmp_path, settings=seeds_settings | protected) as agent:
        line = agent.wait_for_line("The agent is at ")
        url = line.removeprefix("The agent is at ").partition("/<")[0]
        call = {"projectHash": user_project.seed.project_hash, "dataHash": red(user_project), "frame": 0}

        def post(path: str) -> requests.Response:
            headers = {"Origin": "https://app.encord.com"}
            return requests.post(f"{url}/{path}", json=call, headers=headers, verify=str(chain_file), timeout=30)

        assert url.startswith("https://127.0.0.1:")
        assert post("").status_code == 404
        assert post(f"{KEY}/").status_code == 200
        assert agent.end(signal.SIGTERM) in (0, -signal.SIGTERM), (
            "uvicorn passes the signal on when it is done, if it can"
        )
        assert KEY not in agent.stdout + agent.stderr
    assert answers(user_project) == [SAID]


@pytest.mark.slow
def test_a_model_that_is_not_served_is_reported_at_the_start(seeds_settings: dict[str, str], tmp_path: Path) -> None:
    result = judge_pipeline("agent", "--port", "0", cwd=tmp_path, settings=seeds_settings | {"AGENT__MODEL": "gpt-9"})
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("judge-pipeline: AGENT ")
    assert "does not serve this model; it serves gpt-4o. Set AGENT__MODEL" in line


def settings_with(patch: pytest.MonkeyPatch, **environment: str) -> Settings:
    use_only_settings(patch, environment)
    return Settings.read()


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({}, []),
        ({"ENCORD_SSH_KEY_FILE": "k", "OPENAI_API_KEY": "o"}, []),
        ({"ENCORD_SSH_KEY_FILE": "k", "AGENT__API_KEY": "o", "AGENT__MODEL": "gpt-5.4-mini"}, []),
        ({"ENCORD_SSH_KEY_FILE": "k", "AGENT__BASE_URL": "http://127.0.0.1:8000/v1", "AGENT__MODEL": "qwen"}, []),
        ({"ENCORD_SSH_KEY_FILE": "k", "AGENT__BASE_URL": "http://127.0.0.1:8000/v1"}, ["AGENT__MODEL"]),
        ({"ENCORD_SSH_KEY_FILE": "k"}, ["OPENAI_API_KEY"]),
        ({"ENCORD_DOMAIN": "https://api.encord.com", "OPENAI_API_KEY": "o"}, ["ENCORD_SSH_KEY_FILE"]),
    ],
)
def test_missing_settings_are_named(
    monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str], missing: list[str]
) -> None:
    assert settings_with(monkeypatch, **environment).missing_for_agent() == missing


@pytest.mark.parametrize(
    ("host", "environment", "sentence"),
    [
        ("0.0.0.0", {"AGENT_PROJECTS": "p"}, "would be open to everyone who can reach 0.0.0.0; set AGENT_PATH_KEY"),
        ("agent.example", {}, "would be open to everyone"),
        ("127.0.0.1", {"AGENT_PATH_KEY": KEY}, "AGENT_PROJECTS is not set"),
        ("127.0.0.1", {"AGENT_REQUIRE_SIGNATURE": "true", "AGENT_PROJECTS": "p"}, "without ENCORD_WEBHOOK_SECRET"),
    ],
)
def test_an_open_agent_does_not_start(
    monkeypatch: pytest.MonkeyPatch, host: str, environment: Mapping[str, str], sentence: str
) -> None:
    with pytest.raises(SettingsError, match=sentence):
        access_policy(settings_with(monkeypatch, **environment), host=host)


def test_the_settings_protect_the_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {
        "AGENT_PATH_KEY": KEY,
        "AGENT_PROJECTS": "A-1, b-2",
        "AGENT_ORIGINS": "https://app.encord.com/",
        "ENCORD_WEBHOOK_SECRET": "one,two",
        "ENCORD_PROJECT_HASH": "c-3",
    }
    protection = access_policy(settings_with(monkeypatch, **environment), host="0.0.0.0")
    assert (protection.projects, protection.origins) == ({"a-1", "b-2"}, ("https://app.encord.com",))
    assert [secret.get_secret_value() for secret in protection.secrets] == ["one", "two"]
    assert not protection.is_local
    assert "one" not in repr(protection)
    assert KEY not in repr(protection)


def test_the_default_project_is_the_pipelines(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_with(monkeypatch, AGENT_PATH_KEY=KEY, ENCORD_PROJECT_HASH="c-3")
    assert access_policy(settings, host="::").projects == {"c-3"}


@pytest.mark.parametrize("key", ["short", "x" * 31, "a/path/with/slashes/that/is/long/enough", "spaces " * 8])
def test_a_path_key_that_is_short_or_not_a_path_is_refused(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    with pytest.raises(SettingsError, match="invalid setting AGENT_PATH_KEY: expected at least 32 letters") as refused:
        settings_with(monkeypatch, AGENT_PATH_KEY=key)
    assert key not in str(refused.value)
