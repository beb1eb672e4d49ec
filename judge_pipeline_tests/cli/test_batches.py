"""`judge-pipeline batches`: what a person sees of batches, ends, and answers by other means."""

import io
import json
from pathlib import Path

import pytest
import requests
import typer

from judge_pipeline.automation.model_batches import NAME
from judge_pipeline.cli.support.model_batches import (
    BatchDesk,
    cancel_batches,
    collect_batches,
    export_batches,
    import_files,
    print_batches,
)
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.engine.interruption import run_coroutine
from judge_pipeline.engine.model_batches.collection import Look, collect
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.store.model_batches import ModelBatchState
from judge_pipeline_tests.cli.commands import judge_pipeline
from judge_pipeline_tests.cli.conftest import UserProject
from judge_pipeline_tests.engine.fixtures import trial, trial_instance
from judge_pipeline_tests.engine.test_batch_mode import BatchTrial, batch_server, batched, with_models
from judge_pipeline_tests.engine.trial import QUIET, Trial, definitions, every
from judge_pipeline_tests.processes import wait_until

__all__ = ["batch_server", "batched", "trial", "trial_instance"]


def desk(batched: BatchTrial) -> tuple[BatchDesk, io.StringIO]:
    """The desk, and what it prints."""
    printed = io.StringIO()
    trial = batched.trial
    return BatchDesk(trial.pipeline, batched.store, trial.instance, Terminal(printed)), printed


def answered(pipeline: PipelineResources, exported: Path) -> list[str]:
    """The lines that `vllm run-batch` would write for a file, last question first."""
    lines = []
    for line in exported.read_text().splitlines():
        question = json.loads(line)
        reply = requests.post(f"{pipeline.judge.base_url}/chat/completions", json=question["body"], timeout=30)
        response = {"status_code": reply.status_code, "request_id": "r", "body": reply.json()}
        lines.append(json.dumps({"id": "v", "custom_id": question["custom_id"], "response": response, "error": None}))
    return lines[::-1]


def looks_at(batched: BatchTrial) -> list[Look]:
    return run_coroutine(collect(batched.store, batched.trial.pipeline.endpoints))


def go_on(trial: Trial) -> None:
    job = definitions(trial.pipeline).resolve_job_def(NAME)
    assert job.execute_in_process(instance=trial.instance, raise_on_error=False, run_config=QUIET).success


def test_offline_questions_are_exported_answered_anywhere_and_imported_in_any_order(
    batched: BatchTrial, batch_server: str, tmp_path: Path
) -> None:
    trial = batched.trial
    trial.pipeline = with_models(trial.pipeline, batch_server, mode="offline")
    trial.add("red", "green")
    assert trial.materialize().success
    for files in (2, 1):  # of both captioners, then of the judge
        at, printed = desk(batched)
        folder = tmp_path / str(files)
        assert export_batches(at, folder)
        exported = sorted(folder.iterdir())
        assert [file.stat().st_mode & 0o777 for file in exported] == [0o600] * files
        assert len(printed.getvalue().splitlines()) == files + 1
        lines = [line for file in exported for line in answered(trial.pipeline, file)]
        first, rest = tmp_path / f"{files}-first", tmp_path / f"{files}-rest"
        first.write_text("\n".join([lines[-1], "not JSON", lines[-1], json.dumps({"custom_id": "?", "response": {}})]))
        rest.write_text("\n".join(lines[:-1]))
        assert not import_files(at, [first])
        told = printed.getvalue()
        assert "questions have no line yet: import the rest" in told
        for what in ("are about no question", "repeat another one", "are not answers in the form"):
            assert f"1 lines {what}" in told
        assert import_files(at, [rest]), printed.getvalue()
        assert batched.store.model_batches.unfinished() == []
        assert list((trial.pipeline.batch_folder / "export").iterdir()) == [], "the questions contain images"
        go_on(trial)
    assert trial.materialized() == every("red", "green")


def test_what_a_person_cancels_is_asked_again_by_a_run_and_not_by_the_sensor(
    batched: BatchTrial, batch_server: str
) -> None:
    """The server answers the first line of each batch at once, and the others over the next hour."""
    trial = batched.trial
    trial.add("red", "green", "blue")
    requests.patch(f"{batch_server}/_local/batch-settings", json={"seconds": 3600}, timeout=10).raise_for_status()
    try:
        assert trial.materialize().success
        wait_until(lambda: [look.done for look in looks_at(batched)] == [1, 1], seconds=60)
        at, printed = desk(batched)
        with pytest.raises(typer.BadParameter, match="0 batches under way have an id that starts with 'x'"):
            cancel_batches(at, "x")
        one, _ = batched.store.model_batches.unfinished()
        assert cancel_batches(at, one.uuid[:8])
        assert cancel_batches(at, None)
        while batched.store.model_batches.unfinished():
            assert collect_batches(at)
    finally:
        requests.delete(f"{batch_server}/_local/batch-settings", timeout=10).raise_for_status()
    assert len(batched.store.questions.ready_tags()) == 3
    assert len(batched.store.ready_tags.with_news()) <= 1, "a tag of which both batches had the answer"
    assert "collected, 1 answers, 2 without one" in printed.getvalue()
    assert "images are asked again by `judge-pipeline run`" in printed.getvalue()
    assert batched.run().success
    states = [batch.state for batch in batched.store.model_batches.all()]
    assert states[-2:] == [ModelBatchState.COLLECTED] * 2
    assert set(states[:-2]) == {ModelBatchState.SUBMITTED}


def test_the_list_shows_what_is_out_what_came_back_and_what_was_wrong(batched: BatchTrial) -> None:
    at, printed = desk(batched)
    print_batches(at)
    assert printed.getvalue() == "No model batch yet; docs/batches.md says how to switch them on.\n"
    trial = batched.trial
    trial.add("red", "green")
    assert trial.materialize().success
    batched.collect()
    go_on(trial)
    (judge,) = batched.store.model_batches.unfinished()
    batched.store.model_batches.failed(judge.uuid, "the queue is full")
    at, printed = desk(batched)
    print_batches(at)
    rows = [line.split() for line in printed.getvalue().splitlines() if "LLM" in line or "JUDGE" in line]
    assert [row[1:6] for row in rows[:3]] == [
        ["JUDGE", "failed", "4", "0", "0"],
        [rows[1][1], "collected", "2", "2", "0"],
        [rows[2][1], "collected", "2", "2", "0"],
    ]
    assert f"{judge.uuid[:8]}: the queue is full" in printed.getvalue()
    assert "2 images are asked again by `judge-pipeline run`" in printed.getvalue()


def test_a_command_whose_images_wait_exits_with_3_and_nothing_has_failed(
    user_project: UserProject, tmp_path: Path
) -> None:
    settings = user_project.settings | {f"{name}__MODE": "offline" for name in ("LLM1", "LLM2", "JUDGE")}
    result = judge_pipeline("run", cwd=tmp_path, settings=settings, columns=200)
    assert (result.returncode, result.stderr) == (3, "")
    assert "2 images wait for model batches" in result.stdout
    assert "`judge-pipeline batches export FOLDER`" in result.stdout
    assert user_project.models.calls == []
    again = judge_pipeline("run", cwd=tmp_path, settings=settings, columns=200)
    assert again.returncode == 3
    assert "Model batches: 2 were under way, 0 are collected now." in again.stdout
    failed = judge_pipeline("retry-failed", cwd=tmp_path, settings=settings)
    assert (failed.returncode, failed.stdout.splitlines()[-1]) == (0, "No tag has failed.")
    doctor = judge_pipeline("doctor", "--paid", cwd=tmp_path, settings=settings, columns=300)
    assert doctor.stdout.count("MODE=offline: no server is asked") == 6
