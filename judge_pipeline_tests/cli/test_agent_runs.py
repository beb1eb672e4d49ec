"""The agent's Dagster runs, in its own process and through the web server."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import InProcessWorkspaceLoadTarget

from judge_pipeline.assets.partitions import known_tags
from judge_pipeline.automation.support.partition_ranges import PartitionRange
from judge_pipeline.cli.support.agent_runs import InProcessRuns
from judge_pipeline.cli.support.dagster_home import dagster_instance
from judge_pipeline.domain.tag import Tag
from judge_pipeline.editor_agent.dagster_runs import REJUDGED, DagsterUnavailable, range_tags
from judge_pipeline.editor_agent.webserver_runs import WebserverRuns
from judge_pipeline.settings.settings import Settings
from judge_pipeline_tests.cli.conftest import UserProject
from judge_pipeline_tests.cli.instances import instance_in
from judge_pipeline_tests.environments import use_only_settings
from judge_pipeline_tests.model_stub import JUDGE
from judge_pipeline_tests.processes import wait_until
from judge_pipeline_tests.servers import UNREACHABLE_URL, serve

pytestmark = pytest.mark.slow


def test_the_agent_and_the_pipeline_use_the_same_tags_for_a_range() -> None:
    assert range_tags("a", "b") == PartitionRange("a", "b").run_tags


def test_finding_images_and_rejudging_in_the_agents_own_process(
    user_project: UserProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_only_settings(monkeypatch, user_project.settings | {"JUDGE_PIPELINE_HOME": str(tmp_path / "home")})
    with dagster_instance(tmp_path / "dagster") as instance, InProcessRuns(Settings.read(), instance) as runs:
        assert runs.find_new_images() == "2 new, 1 runs queued"
        wait_until(
            lambda: user_project.models.count(JUDGE) == 4, seconds=60, otherwise=lambda: user_project.models.calls
        )
        assert runs.find_new_images().startswith("no new image among")
        tag = Tag(known_tags(instance)[0])
        user_project.models.hold(JUDGE, "red")
        user_project.models.hold(JUDGE, "blue")
        first, second = runs.rejudge(tag), runs.rejudge(tag)
        assert (first.is_new, second.is_new, first.run_id) == (True, False, second.run_id)
        wait_until(lambda: user_project.models.count(JUDGE) == 6, seconds=60)
        user_project.models.clear_replies()
        wait_until(lambda: instance.get_run_by_id(first.run_id).is_finished, seconds=60)  # type: ignore[union-attr]
        run = instance.get_run_by_id(first.run_id)
        assert run is not None
        assert (run.is_success, run.tags[REJUDGED]) == (True, tag)
    assert user_project.models.count() == 10, "no caption is requested again"


CODE_LOCATION = """
from judge_pipeline.composition.loading import build_definitions
from judge_pipeline.settings.settings import Settings

defs = build_definitions(Settings.read())
"""


@pytest.fixture
def web(user_project: UserProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebserverRuns]:
    """Dagster's web server over the project, in this process and without a daemon: queued runs stay queued."""
    import dagster_webserver.webserver  # takes as long to import as all of Dagster

    use_only_settings(monkeypatch, user_project.settings | {"JUDGE_PIPELINE_HOME": str(tmp_path / "home")})
    (tmp_path / "code_location.py").write_text(CODE_LOCATION)
    target = LoadableTargetOrigin(executable_path=sys.executable, python_file=str(tmp_path / "code_location.py"))
    origins = [InProcessCodeLocationOrigin(target, location_name="here")]
    with (
        dagster_instance(tmp_path / "dagster") as instance,
        WorkspaceProcessContext(instance, InProcessWorkspaceLoadTarget(origins)) as workspace,
        serve(dagster_webserver.webserver.DagsterWebserver(workspace).create_asgi_app()) as url,
    ):
        yield WebserverRuns(url)


def test_finding_images_and_rejudging_through_dagsters_web_server(web: WebserverRuns, tmp_path: Path) -> None:
    assert web.find_new_images() == "2 new, 1 runs queued"
    assert web.find_new_images() == "no new image among 2 in LLM1", "the sensor's cursor has moved on"
    with instance_in(tmp_path / "dagster") as instance:
        tags = [Tag(key) for key in known_tags(instance)]
        (found_run,) = instance.get_runs()
        assert found_run.tags.items() >= range_tags(tags[0], tags[1]).items()
        first, second = web.rejudge(tags[0]), web.rejudge(tags[0])
        assert (first.is_new, second.is_new, first.run_id) == (True, False, second.run_id)
        assert first.url is not None
        assert first.url.endswith(f"/runs/{first.run_id}")
        run = instance.get_run_by_id(first.run_id)
        assert run is not None
        assert {key.to_user_string() for key in run.asset_selection or ()} == {"judgements"}
        assert run.tags.items() >= {**range_tags(tags[0], tags[0]), REJUDGED: tags[0]}.items()
        assert run.run_config == {"ops": {"path": {"config": {"refresh": True}}}}
        assert web.rejudge(tags[1]).is_new


def test_an_unreachable_web_server_is_one_sentence() -> None:
    with pytest.raises(DagsterUnavailable, match="cannot be reached: ConnectionError; check DAGSTER_WEBSERVER_URL"):
        WebserverRuns(UNREACHABLE_URL).find_new_images()
