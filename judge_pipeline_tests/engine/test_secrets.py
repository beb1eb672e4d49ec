"""A run leaves no key and no signed URL behind: not in events, logs, store, report or output."""

import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import dagster as dg
import pytest
import requests

from judge_pipeline_tests.engine.trial import MODEL_KEY, Trial, definitions, message_of
from judge_pipeline_tests.model_stub import JUDGE, SMALL
from judge_pipeline_tests.models.stub_server import failure


@pytest.fixture(autouse=True)
def instance_on_disk(trial: Trial, tmp_path: Path) -> Iterator[None]:
    folder = tmp_path / "dagster"
    folder.mkdir()
    with dg.DagsterInstance.local_temp(str(folder)) as trial.instance:
        yield


def secrets_of(trial: Trial) -> dict[str, str]:
    """A telling piece of each secret, by the secret's name."""
    item = trial.seed.client().get_storage_item(trial.items["red"], sign_url=True)
    url = item.get_signed_url()
    assert url is not None
    assert requests.get(url, timeout=10).ok
    signature_key = urlsplit(url).query.split("&")[-1].partition("=")[0]
    key_lines = trial.pipeline.connection.ssh_private_key.splitlines()
    return {
        "private key": key_lines[2],
        "private key's first line": key_lines[1],
        "model key": MODEL_KEY,
        "signature of a URL": f"{signature_key}=",
    }


def test_runs_with_faults_leave_no_secret_behind(
    trial: Trial, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    trial.add("red", "green", "blue")
    secrets = secrets_of(trial)
    trial.models.reply_always(SMALL, "green", failure(400, f"what is {MODEL_KEY}?"))
    trial.models.reply_always(JUDGE, "blue", failure(400, f"not with {MODEL_KEY}"))
    for match, status in (
        ("GET storage-blobs", 500),
        ("GET storage-blobs", "reset"),
        ("PUT storage-blobs", 403),
        ("PUT storage-blobs", "reset"),
        ("data-upload-jobs", 504),
        ("v1 POST labelrow", 504),
    ):
        trial.inject_fault(match=match, status=status)
    messages = []
    while not all(fault["done"] for fault in trial.faults()):
        messages.append(message_of(trial.materialize(run_config={})))
        assert len(messages) <= 6
    trial.models.reply_always(JUDGE, "blue", failure(401, f"your key {MODEL_KEY} is wrong"))
    messages.append(message_of(trial.materialize(run_config={})))
    assert messages[-1].startswith("stopped: ")
    definitions(trial.pipeline).resolve_job_def("write_report").execute_in_process(instance=trial.instance)
    output = capfd.readouterr()
    left = {"messages": "\n".join(messages), "log": caplog.text, "stdout": output.out, "stderr": output.err}
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"store.sqlite3", "report.html", "report.json"} <= {path.name for path in files}
    left |= {str(path): path.read_bytes().decode("latin-1") for path in files}
    found = [(name, where) for where, text in left.items() for name, secret in secrets.items() if secret in text]
    assert found == []


def test_a_runs_events_name_the_project_and_models(trial: Trial) -> None:
    trial.add("red")
    result = trial.materialize(run_config={})
    logged = "\n".join(entry.user_message for entry in trial.instance.all_logs(result.run_id))
    assert trial.seed.project_hash in logged
    assert SMALL in logged
    assert JUDGE in logged
