"""What a run says in its log: that nothing was asked, for whom it waits, and with which counts it was terminated."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import dagster as dg

from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.trial import ASSETS, Trial, every, message_of
from judge_pipeline_tests.model_stub import JUDGE, SMALL
from judge_pipeline_tests.models.stub_server import failure
from judge_pipeline_tests.processes import wait_until


def lines(trial: Trial, run_id: str, containing: str) -> list[str]:
    return [entry.user_message for entry in trial.instance.all_logs(run_id) if containing in entry.user_message]


def test_launching_finished_tags_says_that_nothing_was_asked_and_how_to_ask(trial: Trial) -> None:
    trial.add_finished("red")
    trial.add("green")
    partly = trial.materialize()
    asked = len(trial.models.calls)
    again = trial.materialize()
    assert len(trial.models.calls) == asked
    how = "and no model is asked about them; to ask again, launch with `refresh: true` in the run's config"
    assert lines(trial, partly.run_id, "refresh: true") == [f"1 of 2 tags have everything that was selected, {how}"]
    assert lines(trial, again.run_id, "refresh: true") == [f"2 of 2 tags have everything that was selected, {how}"]


def test_a_run_that_waits_for_another_one_says_so_while_it_waits(trial: Trial) -> None:
    trial.add("red", "green")
    trial.models.hold(SMALL, "red")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(trial.materialize, "red")
        wait_until(lambda: trial.models.count(SMALL, "red") == 1, seconds=60)
        (holder,) = (
            run.run_id for run in trial.instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        )
        second = pool.submit(trial.materialize)

        def remarks() -> list[str]:
            running = trial.instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
            return [line for run in running for line in lines(trial, run.run_id, "waiting for")]

        wait_until(lambda: bool(remarks()), seconds=60)
        assert remarks() == [f"waiting for 1 tag until {holder} has ended"]
        trial.models.clear_replies()
        assert first.result(timeout=60).success
        assert second.result(timeout=60).success
    assert encord_state(trial.seed) == finished("red", "green")


def test_a_terminated_run_ends_in_one_sentence_with_its_counts(trial: Trial) -> None:
    """As Terminate on Dagster's page does it: the run is marked, then its process gets a signal."""
    trial.add_finished("red")
    trial.add("green", "blue")
    for colour in ("green", "blue"):
        trial.models.hold(JUDGE, colour)

    def terminate() -> None:
        wait_until(lambda: trial.models.count(JUDGE) == 6, seconds=60)
        (run,) = trial.instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED]))
        trial.instance.report_run_canceling(run)
        os.kill(os.getpid(), signal.SIGTERM)

    terminating = threading.Thread(target=terminate)
    terminating.start()
    result = trial.materialize()
    terminating.join()
    assert message_of(result) == (
        "The run was terminated. Of 3 tags: 1 done, 2 skipped. Finished work is kept; launch the missing partitions again for "
        "the rest."
    )
    run = trial.instance.get_run_by_id(result.run_id)
    assert run is not None
    assert run.status is dg.DagsterRunStatus.CANCELED
    assert (run.tags["judge_pipeline/done"], run.tags["judge_pipeline/skipped"]) == ("1", "2")
    assert "Interrupted" not in "".join(repr(entry) for entry in trial.instance.all_logs(result.run_id))
    trial.models.clear_replies()
    assert trial.materialized() >= every("red")
    assert trial.materialize().success


def test_a_run_logs_the_time_of_each_asset_that_was_made_and_has_only_the_tags_that_say_something(trial: Trial) -> None:
    """A search for `judge_pipeline/failed` finds the runs with failed tags."""
    trial.add("red", "green")
    made = trial.instance.get_run_by_id(trial.materialize().run_id)
    assert made is not None
    own = {tag.removeprefix("judge_pipeline/") for tag in made.tags if tag.startswith("judge_pipeline/")}
    assert own == {"done", "model_calls", "cost_usd"}
    assert (made.tags["judge_pipeline/model_calls"], made.tags["judge_pipeline/cost_usd"]) == ("8", "unknown")
    assert_images_that_show_nothing_are_counted_and_named(trial, made.run_id)
    (line,) = lines(trial, made.run_id, "time per asset: ")
    assert [part.split()[:3] for part in line.partition(": ")[2].split("; ")] == [
        [asset, "2", "tags,"] for asset in ASSETS
    ]
    assert line.count(" s, longest ") == len(ASSETS)
    again = trial.instance.get_run_by_id(trial.materialize().run_id)
    assert again is not None
    assert lines(trial, again.run_id, "time per asset") == [], "nothing was made"
    assert "judge_pipeline/model_calls" not in again.tags


def test_a_failed_runs_metadata_has_the_times_and_the_images(trial: Trial) -> None:
    trial.add("red", "green")
    trial.models.reply_always(SMALL, "red", failure(400))
    failed = trial.materialize().failure_data_for_node("path")
    assert failed is not None
    assert failed.user_failure_data is not None
    metadata = failed.user_failure_data.metadata
    assert "captions_8b 2 tags, mean " in str(metadata["time per asset"].value)
    table = cast("dg.TableMetadataValue", metadata["failed tags"])
    assert [row.data["image"] for row in table.records] == ["red.png"]


def assert_images_that_show_nothing_are_counted_and_named(trial: Trial, run_id: str) -> None:
    """The run's log has one line for all, each partition its own; the report repeats the count."""
    (line,) = lines(trial, run_id, "have a warning")
    assert line.startswith("2 images have a warning, shown on the partitions of images: ")
    assert "'red.png': the picture is one colour, #dc1414" in line
    (record,) = trial.instance.fetch_materializations(
        dg.AssetRecordsFilter(asset_key=dg.AssetKey("images"), asset_partitions=[trial.tags["red"]]), limit=1
    ).records
    assert record.asset_materialization is not None
    assert record.asset_materialization.metadata["warning"].value == "the picture is one colour, #dc1414"
