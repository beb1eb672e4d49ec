"""Trials with a Dagster instance on disk: sensors and schedules open it by a reference, which one in memory lacks."""

from collections.abc import Iterator

import dagster as dg
import pytest

from judge_pipeline.assets.partitions import delete_tags, known_tags
from judge_pipeline_tests.engine.fixtures import encord, models_server, quick_surroundings, trial, trial_instance
from judge_pipeline_tests.engine.quick_event_log import quick_instance_on_disk
from judge_pipeline_tests.engine.trial import Trial

__all__ = ["encord", "models_server", "quick_surroundings", "trial", "trial_instance"]


@pytest.fixture(scope="session")
def dagster_on_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dg.DagsterInstance]:
    with quick_instance_on_disk(tmp_path_factory.mktemp("dagster")) as instance:
        yield instance


@pytest.fixture
def instance_on_disk(trial: Trial, dagster_on_disk: dg.DagsterInstance) -> Iterator[dg.DagsterInstance]:
    """Without partitions. It holds finished runs of earlier tests, of other tags."""
    trial.instance = dagster_on_disk
    yield dagster_on_disk
    delete_tags(dagster_on_disk, known_tags(dagster_on_disk))
    assert dagster_on_disk.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])) == []
