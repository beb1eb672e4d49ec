"""The files in `deploy/pipeline` fit together, and install the tested versions."""

import re
from typing import Any

import pytest
import yaml
from dagster._core.workspace.load import location_origins_from_yaml_paths

from judge_pipeline.settings.dagster_instance import SCHEME
from judge_pipeline.settings.names import is_setting
from judge_pipeline.settings.settings import Settings
from judge_pipeline_tests.deploy.shared_instance import SHIPPED
from judge_pipeline_tests.docs.pages import ROOT
from judge_pipeline_tests.docs.test_agent_image import versions

NEEDED = {"JUDGE_PIPELINE_DATABASE_URL", "JUDGE_PIPELINE_OUTPUT", "ENCORD_PROJECT_HASH"} | {
    f"{name}__{field}" for name in ("LLM1", "LLM2", "JUDGE") for field in ("BASE_URL", "MODEL")
}


def read(name: str) -> str:
    return (SHIPPED / name).read_text(encoding="utf-8")


def example_settings() -> dict[str, str]:
    return dict(re.findall(r"^(\w+)=(.*)$", read("pipeline.env.example"), re.MULTILINE))


def test_the_workspace_leads_to_the_code_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_CODE_SERVER_HOST", "code.example")
    (origin,) = location_origins_from_yaml_paths([str(SHIPPED / "workspace.yaml")])
    assert (origin.location_name, getattr(origin, "host", None), getattr(origin, "port", None)) == (
        "judge_pipeline.definitions",
        "code.example",
        4000,
    )


def test_the_example_has_every_variable_that_the_files_read() -> None:
    files = ("dagster.yaml", "dagster-workers.yaml", "workspace.yaml", "dagster_celery_config.py")
    named = {
        name
        for file in files
        for name in re.findall(r"env: (\w+)|environ\[\"(\w+)\"]", read(file))
        for name in name
        if name
    }
    assert named
    assert named <= example_settings().keys()
    assert example_settings().keys() >= NEEDED


def test_every_other_variable_is_a_setting() -> None:
    secret, _ = yaml.safe_load_all(read("kubernetes/secret.example.yaml"))
    for name, value in [*example_settings().items(), *secret["stringData"].items()]:
        assert is_setting(name, value, Settings) or name.startswith("DAGSTER_"), name
    assert secret["stringData"].keys() >= NEEDED | {"ENCORD_SSH_KEY"}


def test_the_image_has_the_tested_versions() -> None:
    ours, tested = versions("deploy/pipeline/requirements.lock"), versions("requirements.lock")
    assert {
        "dagster",
        "dagster-postgres",
        "dagster-celery",
        "dagster-k8s",
        "psycopg",
        "s3fs",
        "gcsfs",
        "adlfs",
    } <= ours.keys()
    assert {name for name in ours.keys() & tested.keys() if not ours[name] <= tested[name]} == set()
    assert {"pytest", "selenium", "onnxruntime"} & ours.keys() == set()


def test_the_image_copies_files_that_exist_and_are_not_ignored() -> None:
    lines = read("Dockerfile").splitlines()
    copied = [
        word for line in lines if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]
    ]
    let_in = read("Dockerfile.dockerignore").split()
    assert copied
    assert [path for path in copied if not (ROOT / path).exists()] == []
    assert [path for path in copied if f"!{path}" not in let_in] == []


def test_compose_mounts_files_that_exist_and_starts_workers_in_their_profile_alone() -> None:
    services: dict[str, Any] = yaml.safe_load(read("compose.yaml"))["services"]
    mounted = [volume.partition(":")[0] for each in services.values() for volume in each.get("volumes", ())]
    files = [name for name in mounted if name.startswith("./") and "$" not in name]
    assert files
    assert [name for name in files if not (SHIPPED / name).exists()] == []
    assert {name for name, each in services.items() if each.get("profiles") == ["workers"]} == {"redis", "worker"}
    assert {name for name, each in services.items() if "ports" in each} == {"webserver"}


def test_the_helm_values_name_the_driver_and_the_locked_dagster() -> None:
    text = read("kubernetes/values.yaml")
    values = yaml.safe_load(text)
    assert values["postgresql"]["postgresqlScheme"] == SCHEME
    assert {re.findall(r"--version (\S+)", text)[0]} == versions("requirements.lock")["dagster"]
    (deployment,) = values["dagster-user-deployments"]["deployments"]
    assert deployment["includeConfigInLaunchedRuns"] == {"enabled": True}


def test_the_units_and_compose_run_the_same_commands() -> None:
    """`docker compose` differs in the addresses alone."""
    services = yaml.safe_load(read("compose.yaml"))["services"]
    for name in ("code-server", "webserver", "daemon", "worker"):
        unit = read(f"systemd/judge-pipeline-{name}.service")
        (command,) = re.findall(r"^ExecStart=/opt/judge-pipeline/bin/(.*)$", unit, re.MULTILINE)
        assert command.replace("127.0.0.1", "0.0.0.0").replace("/etc/judge-pipeline/", "") == " ".join(
            services[name]["command"]
        )
