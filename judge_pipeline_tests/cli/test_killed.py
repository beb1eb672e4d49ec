"""`kill -9`: the next start shows unfinished runs as failed, and work resumes where it stopped."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import pytest
import requests

from judge_pipeline.assets.tag_assets import SPECS
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.local.pair.sockets import bind
from judge_pipeline_tests.cli.commands import judge_pipeline, running
from judge_pipeline_tests.cli.conftest import UserProject
from judge_pipeline_tests.cli.dagster_web import DagsterWeb
from judge_pipeline_tests.cli.instances import instance_in
from judge_pipeline_tests.environments import clean_environment
from judge_pipeline_tests.forked import ForkedCommand
from judge_pipeline_tests.model_stub import JUDGE, SMALL
from judge_pipeline_tests.models.stub_server import failure
from judge_pipeline_tests.processes import session_processes, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

LAUNCH = """
mutation($config: RunConfigData!) {
  launchRun(executionParams: {
    selector: {
      repositoryLocationName: "judge_pipeline.definitions"
      repositoryName: "__repository__"
      jobName: "retry_failed"
    }
    runConfigData: $config
  }) { __typename }
}
"""


def statuses(dagster_home: Path) -> list[str]:
    """The status of every run of the path, the first one first."""
    with instance_in(dagster_home) as instance:
        runs = [run for run in instance.get_runs() if run.job_name in {"materialize_missing", "retry_failed"}]
    return [run.status.value for run in reversed(runs)]


def test_a_killed_command_leaves_failed_tags_for_retry_failed(user_project: UserProject, tmp_path: Path) -> None:
    for colour in ("red", "blue"):
        user_project.models.hold(JUDGE, colour)
    home = tmp_path / ".judge_pipeline" / "dagster_home"
    with running("run", cwd=tmp_path, settings=user_project.settings) as run:
        wait_until(
            lambda: user_project.models.count(JUDGE) >= 2, seconds=100, otherwise=lambda: run.stdout + run.stderr
        )
        run.end(signal.SIGKILL)
    assert statuses(home) == ["STARTED"]
    listed = judge_pipeline("retry-failed", "--dry-run", cwd=tmp_path, settings=user_project.settings)
    assert (listed.returncode, listed.stderr) == (0, "")
    assert listed.stdout.count("ended before this tag was done") == 2
    assert statuses(home) == ["FAILURE"]


@contextmanager
def dagster_dev(dagster_home: Path, settings: dict[str, str]) -> Iterator[DagsterWeb]:
    """`dagster dev` in its own process group, killed as a whole at the end; yields its web server once that responds."""
    with bind(0) as bound:
        port = bound.getsockname()[1]
    log = dagster_home / "dev.log"
    process = ForkedCommand(
        ["dagster", "dev", "-m", "judge_pipeline.definitions", "-p", str(port)],
        cwd=dagster_home,
        environment=clean_environment(settings) | {"DAGSTER_HOME": str(dagster_home), "PYTHONWARNINGS": "ignore"},
        stdout=log,
        stderr=log,
        program="dagster._cli:main",
    )
    web = DagsterWeb(f"http://127.0.0.1:{port}")
    try:
        wait_until(lambda: _answers(web), seconds=100, otherwise=lambda: log.read_text()[-3000:])
        yield web
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    wait_until(lambda: session_processes(process.pid) == set(), seconds=10)


def _answers(web: DagsterWeb) -> bool:
    try:
        return requests.get(f"{web.url}/server_info", timeout=2).ok
    except requests.exceptions.RequestException:
        return False


def test_a_killed_dagster_resumes_its_run_and_its_page_finishes_what_failed(
    user_project: UserProject, tmp_path: Path
) -> None:
    """Red fails, and the judge does not answer for blue until everything is killed."""
    home = tmp_path / "dagster_home"
    home.mkdir()
    shutil.copy(str(files("judge_pipeline.cli.support") / "dagster.yaml"), home)
    connection = user_project.seed.connection
    images = EncordProject.open(connection, user_project.seed.project_hash).snapshot().images
    tags = {row.title.partition(".")[0]: tag for tag, row in images.items()}
    user_project.models.reply_always(SMALL, "red", failure(400))
    user_project.models.hold(JUDGE, "blue")
    with dagster_dev(home, user_project.settings) as web:
        launched = web.ask(LAUNCH, config={"ops": {"carry_failed_tags": {"config": {"tags": list(images)}}}})
        assert launched == {"launchRun": {"__typename": "LaunchRunSuccess"}}
        wait_until(lambda: user_project.models.count(JUDGE) == 2 and user_project.models.count(SMALL) == 2, seconds=100)
    assert statuses(home) == ["STARTED"]
    user_project.models.clear_replies()
    user_project.models.reply_always(SMALL, "red", failure(400))
    with dagster_dev(home, user_project.settings) as web:
        wait_until(lambda: statuses(home) == ["FAILURE", "FAILURE"], seconds=150, otherwise=lambda: statuses(home))
        assert user_project.models.count(colour="blue") == 2 + 2 + 2, "only the judge is asked again"
        assert web.partitions("judgements", "materialized") == {tags["blue"]}
        user_project.models.clear_replies()
        web.materialize([spec.key.to_user_string() for spec in SPECS], [tags["red"]])
        wait_until(lambda: web.partitions("judgements", "materialized") == set(images), seconds=150)
