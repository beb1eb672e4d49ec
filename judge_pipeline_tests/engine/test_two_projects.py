"""Two projects with one dataset: an image belongs to the project whose Tag it has; the other one refuses it by name."""

from dataclasses import replace

from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.seed_project import WORKFLOW_TEMPLATE


def second_project(trial: Trial) -> Trial:
    """Another project with the same dataset and ontology, and a store of its own."""
    project_hash = trial.seed.client().create_project(
        "Second",
        [trial.seed.dataset_hash],
        ontology_hash=trial.seed.ontology_hash,
        workflow_template_hash=WORKFLOW_TEMPLATE["uuid"],
    )
    folder = trial.folder / "second"
    folder.mkdir()
    pipeline = replace(trial.pipeline, project_hash=project_hash, database_url=f"sqlite:///{folder / 'store.sqlite3'}")
    return replace(trial, seed=replace(trial.seed, project_hash=project_hash), pipeline=pipeline, folder=folder)


def test_an_image_with_another_projects_tag_is_refused_before_a_model_is_called(trial: Trial) -> None:
    trial.add_finished("red")
    second = second_project(trial)
    trial.models.reset()

    assert not second.materialize().success

    assert trial.models.calls == []
    assert encord_state(trial.seed) == finished("red")
    with second.pipeline.open_store() as store:
        failures = [each.message for each in store.failures()]
    assert any("'red.png' has the Tag that project 'LLM as a judge'" in message for message in failures)
    assert trial.materialize().success
