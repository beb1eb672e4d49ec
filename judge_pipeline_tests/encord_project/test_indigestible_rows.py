"""A row that makes Encord fail every time fails alone, for each bulk call, whatever the status."""

from dataclasses import replace

import pytest

from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.domain.workflow import StageKind
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.encord_project.retries import call_with_retries
from judge_pipeline_tests.encord_project.holding_proxy import LABEL_SAVE, refusing_proxy
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.trial import Trial

COLOURS = ("red", "green", "blue", "yellow")
AT_ONCE = RetryPolicy(waits_seconds=(0.01,))


def through(trial: Trial, url: str) -> EncordProject:
    """The project as the pipeline sees it behind a proxy."""
    return EncordProject.open(replace(trial.seed.connection, domain=url), trial.seed.project_hash)


@pytest.mark.parametrize("status", [500, 422, 413, 502])
def test_a_picture_whose_metadata_encord_cannot_take_is_refused_alone(trial: Trial, status: int) -> None:
    trial.add(*COLOURS)
    with refusing_proxy(trial.seed.connection.domain, "patch-bulk", trial.items["green"], status=status) as proxy:
        project = through(trial, proxy.url)
        images = dict(project.snapshot().images)
        refused = call_with_retries(lambda: project.set_tags(images), policy=AT_ONCE)
    assert [images[tag].title for tag in refused] == ["green.png"]
    rows = trial.project.snapshot().images.values()
    assert {row.title for row in rows if row.tag} == {"red.png", "blue.png", "yellow.png"}


@pytest.mark.parametrize("status", [500, 422, 413])
def test_a_picture_whose_url_encord_cannot_sign_is_refused_alone(trial: Trial, status: int) -> None:
    trial.add(*COLOURS)
    with refusing_proxy(trial.seed.connection.domain, "get-bulk", trial.items["green"], status=status) as proxy:
        project = through(trial, proxy.url)
        rows = project.snapshot().images.values()
        urls = call_with_retries(lambda: project.signed_urls(rows), policy=AT_ONCE)
    if status != 413:  # which the lookup itself halves
        assert urls.refused.keys() == {trial.items["green"]}
    assert urls.done.keys() == {trial.items[colour] for colour in COLOURS if colour != "green"}


@pytest.mark.parametrize("status", [500, 422, 413])
def test_a_task_that_encord_cannot_move_is_named_and_the_others_move(trial: Trial, status: int) -> None:
    trial.add(*COLOURS)
    (task,) = [
        task
        for task in trial.seed.project().workflow.get_stage(name="LLM1").get_tasks()
        if task.data_title == "green.png"
    ]
    with refusing_proxy(trial.seed.connection.domain, "/actions", str(task.uuid), status=status) as proxy:
        project = through(trial, proxy.url)
        images = project.snapshot().images.values()
        hashes = {row.data_hash: row.title for row in images}
        behind = call_with_retries(lambda: project.move_tasks(list(hashes), [StageKind.LLM1]), policy=AT_ONCE)
    assert [hashes[data_hash] for data_hash in behind] == ["green.png"]
    stages = {row.title: row.stage for row in trial.project.snapshot().images.values()}
    assert stages == {f"{colour}.png": "LLM2" for colour in COLOURS} | {"green.png": "LLM1"}


@pytest.mark.parametrize("status", [500, 422, 413])
def test_labels_that_encord_cannot_save_are_refused_alone(trial: Trial, status: int) -> None:
    trial.add(*COLOURS)
    hashes = {row.data_hash: row.title for row in trial.project.snapshot().images.values()}
    trial.project.initialise_labels(list(hashes))
    (green,) = [row.label_hash for row in trial.project.snapshot().images.values() if row.title == "green.png"]
    assert green is not None
    with refusing_proxy(trial.seed.connection.domain, *LABEL_SAVE, green, status=status) as proxy:
        project = through(trial, proxy.url)
        unsaved = call_with_retries(lambda: project.save_answers(dict.fromkeys(hashes, ())), policy=AT_ONCE)
        assert proxy.refused > 1
    assert [hashes[data_hash] for data_hash in unsaved.refused] == ["green.png"]


@pytest.mark.slow
def test_a_run_goes_on_without_a_row_that_encord_cannot_save(trial: Trial) -> None:
    """After the half minute of its retries."""
    trial.add("red", "green", "blue")
    hashes = {row.title: row.data_hash for row in trial.project.snapshot().images.values()}
    trial.project.initialise_labels(list(hashes.values()))
    (green,) = [row.label_hash for row in trial.project.snapshot().images.values() if row.title == "green.png"]
    with refusing_proxy(trial.seed.connection.domain, *LABEL_SAVE, str(green), status=500) as proxy:
        trial.pipeline = replace(trial.pipeline, connection=replace(trial.pipeline.connection, domain=proxy.url))
        trial.materialize()
    assert trial.failed() == {("judgements", "green")}
    state = encord_state(trial.seed)
    assert {colour: state[colour] for colour in ("red", "blue")} == {
        colour: finished(colour)[colour] for colour in ("red", "blue")
    }
