"""What is old is deleted, and Dagster's pages and the report show what they showed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from judge_pipeline.automation.support.pruning import OldData, delete_old_data, find_old_data
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.model_answer import ModelAnswer, Usage
from judge_pipeline.domain.pipeline_names import UNPREFIXED
from judge_pipeline.domain.tag import Tag
from judge_pipeline_tests.automation.test_archiving import archive, run_job
from judge_pipeline_tests.engine.people import approve, send
from judge_pipeline_tests.engine.trial import ASSETS, Trial


def prune(trial: Trial, before: datetime | None = None) -> OldData:
    with trial.pipeline.open_store() as store:
        found = find_old_data(store, trial.instance, UNPREFIXED, before=before or datetime.now(UTC))
        delete_old_data(found, store, trial.instance)
    return found


def runs(trial: Trial) -> set[str]:
    return {run.run_id for run in trial.instance.get_runs()}


def shown(trial: Trial, tag: str) -> list[Any]:
    """What the pages of a partition show: the latest event of each asset, with its run."""
    found = []
    for asset in ASSETS:
        wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey(asset), asset_partitions=[tag])
        (record, *_) = trial.instance.fetch_materializations(wanted, limit=1).records
        found.append((record.run_id, record.storage_id, record.asset_materialization))
    return found


def test_runs_that_pages_need_stay_and_the_others_go(trial: Trial, instance_on_disk: dg.DagsterInstance) -> None:
    trial.add("red", "green", "blue", "white")
    tags = trial.tags
    assert trial.materialize("white").success  # this run has seen the ontology, and stays
    first = trial.materialize("red", "green", "blue").run_id
    second = trial.materialize("red", "green").run_id
    files = Path(trial.instance.root_directory) / "history" / "runs"
    before = [shown(trial, tag) for tag in tags.values()], trial.statuses()

    assert prune(trial, datetime.now(UTC) - timedelta(hours=1)).runs == []
    found = prune(trial)
    assert {first, second} <= runs(trial)  # blue's events are the first run's
    assert {first, second}.isdisjoint(found.runs)
    third = trial.materialize("red", "green", "blue").run_id
    now = [shown(trial, tag) for tag in tags.values()], trial.statuses()
    assert now[1] == before[1]
    assert {first, second} <= set(prune(trial).runs)
    assert runs(trial) & {first, second, third} == {third}
    assert not (files / f"{first}.db").exists()
    assert ([shown(trial, tag) for tag in tags.values()], trial.statuses()) == now
    assert prune(trial).runs == []


def test_a_failed_partition_stays_failed(trial: Trial, instance_on_disk: dg.DagsterInstance) -> None:
    trial.add("red")
    run_id = trial.materialize("red", assets=["judgements"]).run_id  # without its captions
    failed = trial.failed()
    assert failed
    prune(trial)
    assert run_id in runs(trial)
    assert trial.failed() == failed


def test_runs_of_archived_images_go_with_their_thumbnails_and_they_work_again(
    trial: Trial, instance_on_disk: dg.DagsterInstance
) -> None:
    trial.add("red")
    trial.add("white")
    tag = Tag(trial.tags["red"])
    assert trial.materialize("white").success  # the first run has seen the ontology, the last one evaluates the checks
    run_id = trial.materialize("red").run_id
    assert trial.materialize("white").success
    approve(trial, "red")
    archive(trial)
    found = prune(trial)
    assert (run_id in found.runs, found.thumbnails) == (True, [tag])
    assert run_id not in runs(trial)
    assert prune(trial).thumbnails == []
    with trial.pipeline.open_store() as store:
        assert store.results("images", Image)[tag].thumbnail == ""
        assert set(store.result_counts().values()) == {2}

    calls = len(trial.models.calls)
    send(trial, "red", "LLM as Judge")
    assert trial.materialize("red").success
    assert len(trial.models.calls) == calls
    assert len(trial.materialized()) == 2 * len(ASSETS)


def test_the_answers_of_this_month_stay_because_a_budget_counts_them(trial: Trial) -> None:
    with trial.pipeline.open_store() as store:
        store.save_answer("f", purpose="captions_8b", answer=ModelAnswer("A cat.", "m", Usage(), 0.5))
        store.discard_answer("f", "too long")
        assert store.retention.discarded_answers(before=datetime.now(UTC) + timedelta(days=1)) == 0


def test_other_code_locations_runs_stay(trial: Trial, instance_on_disk: dg.DagsterInstance) -> None:
    @dg.op
    def nothing() -> None: ...

    @dg.job
    def theirs() -> None:
        nothing()

    run_id = theirs.execute_in_process(instance=trial.instance).run_id
    prune(trial)
    assert run_id in runs(trial)


def test_the_job_deletes_what_is_older_than_its_config(trial: Trial, instance_on_disk: dg.DagsterInstance) -> None:
    register = run_job(trial, "register_images").run_id
    again = run_job(trial, "register_images").run_id
    assert run_job(trial, "prune").success
    assert {register, again} <= runs(trial)
    assert run_job(trial, "prune", ops={"delete_old_data": {"config": {"days": 1}}}).success
    assert not run_job(trial, "prune", ops={"delete_old_data": {"config": {"days": 0}}}).success
