"""A machine is lost in the middle of a backfill: the others finish it without a hand."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from benchmarks.scene import Scene, scene
from judge_pipeline.domain.asset_values import ASSET_TYPES
from judge_pipeline.domain.tag import Tag
from judge_pipeline_tests.deploy.machines import Installation, installation, missing_program, scene_settings
from judge_pipeline_tests.processes import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TAGS, BATCH, CONCURRENCY = 40, 20, 4
LOST_AFTER = 5
"""Seconds without a heartbeat."""

STATUS = dg.DagsterRunStatus


@pytest.fixture
def project() -> Iterator[Scene]:
    if reason := missing_program():
        pytest.skip(reason)
    with scene(tags=TAGS, latency_seconds=0.3, concurrency=CONCURRENCY, encord_seconds=0.0) as found:
        yield found


@pytest.fixture
def machines(project: Scene, tmp_path: Path) -> Iterator[Installation]:
    settings = scene_settings(project, tmp_path, batch_size=BATCH, concurrency=CONCURRENCY, lost_after=LOST_AFTER)
    with installation(tmp_path, settings, runs_at_once=2) as made:
        yield made


def test_the_other_worker_finishes_the_backfill(project: Scene, machines: Installation) -> None:
    tags = sorted(project.pipeline.open_project().snapshot().images)
    machines.backfill(tags, batch_size=BATCH)
    machines.start_workers(2)
    machines.start_daemon()
    machines.wait_for_runs(2, STATUS.STARTED)
    wait_until(lambda: project.model_stats()["answered"] >= TAGS // 2, seconds=60, otherwise=machines.describe)
    victim = next(run for run in machines.runs(STATUS.STARTED) if machines.worker_with(run.run_id))
    worker = machines.worker_with(victim.run_id)
    assert worker
    worker.pull_the_plug()
    wait_until(
        lambda: len(machines.runs()) == 3 and all(run.is_finished for run in machines.runs()),
        seconds=120,
        otherwise=machines.describe,
    )
    lost, retried = machines.instance.get_run_by_id(victim.run_id), machines.runs(STATUS.SUCCESS)[-1]
    assert lost
    assert lost.status is STATUS.FAILURE
    assert retried.parent_run_id == victim.run_id
    assert len(machines.runs(STATUS.SUCCESS)) == 2

    paid = project.model_stats()["calls"] - 3 * TAGS
    assert 0 <= paid <= 3 * CONCURRENCY, "no more than what was in flight is paid again"
    after = project.pipeline.open_project().snapshot()
    assert (after.conflicts, len(after.texts)) == ({}, 2 * TAGS), "nothing is doubled"
    assert [tag for tag in tags if after.is_work(Tag(tag))] == []
    for asset in ASSET_TYPES:
        assert set(machines.instance.get_materialized_partitions(dg.AssetKey(asset))) == set(tags)
