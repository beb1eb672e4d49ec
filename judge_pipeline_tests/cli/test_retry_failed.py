"""`retry-failed` lists failed tags without model calls, and runs them again in one run."""

from pathlib import Path

import pytest

from judge_pipeline_tests.automation.webhook_receiver import WebhookReceiver
from judge_pipeline_tests.cli.commands import judge_pipeline
from judge_pipeline_tests.cli.conftest import UserProject
from judge_pipeline_tests.model_stub import SMALL
from judge_pipeline_tests.models.stub_server import failure
from judge_pipeline_tests.servers import serve

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_failed_tags_are_listed_then_run_again_in_one_run(user_project: UserProject, tmp_path: Path) -> None:
    user_project.models.reply_always(SMALL, "red", failure(400, "too red"))
    assert judge_pipeline("run", "--batch-size", "1", cwd=tmp_path, settings=user_project.settings).returncode == 1
    asked, written = len(user_project.models.calls), user_project.seed.server.control("GET", "stats").json()["writes"]

    listed = judge_pipeline("retry-failed", "--dry-run", "--since", "1h", cwd=tmp_path, settings=user_project.settings)
    assert (listed.returncode, listed.stderr) == (0, "")
    lines = listed.stdout.splitlines()
    begin = lines.index("1 tag has failed:")
    assert lines[begin + 1].startswith("red.png  ")
    assert lines[begin + 2].startswith("    captions_8b: 'red.png': ")
    assert "too red" in lines[begin + 2]
    assert len(user_project.models.calls) == asked
    assert user_project.seed.server.control("GET", "stats").json()["writes"] == written

    user_project.models.clear_replies()
    receiver = WebhookReceiver()
    with serve(receiver) as url:
        retried = judge_pipeline(
            "retry-failed",
            cwd=tmp_path,
            settings=user_project.settings | {"JUDGE_PIPELINE_WEBHOOK_URL": f"{url}/canary"},
        )
    assert (retried.returncode, retried.stderr) == (0, "")
    ((_path, digest),) = receiver.got
    assert (digest["title"], digest["tags"]["done"], digest["model_calls"]) == ("judge-pipeline retry-failed", 1, 3)
    assert "canary" not in retried.stdout
    assert "Done now: 1 of 1." in retried.stdout
    assert {call.colour for call in user_project.models.calls[asked:]} == {"red"}
    report = (tmp_path / ".judge_pipeline" / "report.json").read_text()
    assert report.count('"decided"') >= 2


def test_an_invalid_since_is_refused_before_anything_is_opened(tmp_path: Path) -> None:
    result = judge_pipeline("retry-failed", "--since", "yesterday", cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr.startswith("judge-pipeline: 'yesterday' is not a time; give a span such as 30m")
    assert not (tmp_path / ".judge_pipeline").exists()
