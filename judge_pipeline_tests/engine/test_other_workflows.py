"""The pipeline works in workflows whose stages and pathways have other titles, and finds the final stages by their kind."""

from encord.workflow import ReviewStage

from judge_pipeline.assets.final_choices import read_final_choices
from judge_pipeline.domain.workflow import WorkflowTitles
from judge_pipeline_tests.engine.encord_state import encord_state
from judge_pipeline_tests.engine.trial import Trial, every, message_of
from judge_pipeline_tests.engine.workflows import DONE_OR_REJECTED, GERMAN, agent, seed_stages, trial_with

GERMAN_TITLES = WorkflowTitles(llm1="KURZ", llm2="lang", judge="Vergleich", judge_pathway="geprüft")


def decide(trial: Trial, colour: str, *, approves: bool, review: str = "Human Review") -> None:
    """A person approves or rejects a picture."""
    stage = trial.seed.project().workflow.get_stage(name=review, type_=ReviewStage)
    (task,) = stage.get_tasks(data_title=f"{colour}.png")
    if approves:
        task.approve()
    else:
        task.reject()


def stages_of(trial: Trial, colour: str) -> set[str]:
    """The stages of a picture and its texts."""
    state = encord_state(trial.seed)[colour]
    return {state["stage"], *(text["stage"] for text in state["texts"].values())}


def test_settings_are_enough_for_a_workflow_with_other_titles(trial: Trial) -> None:
    trial = trial_with(trial, GERMAN, GERMAN_TITLES)
    trial.add("red", "green")
    assert trial.materialize().success
    assert trial.materialized() == every("red", "green")
    assert stages_of(trial, "red") == stages_of(trial, "green") == {"Entscheidung"}
    decide(trial, "red", approves=True, review="Entscheidung")
    decide(trial, "green", approves=False, review="Entscheidung")
    counts = read_final_choices(trial.pipeline, holder="test")
    assert (counts["approved"], counts["rejected"]) == (1, 1)


def test_titles_that_differ_in_case_need_no_settings(trial: Trial) -> None:
    stages = seed_stages(
        LLM1=agent("llm1", ("first caption", "LLM2")),
        LLM_as_Judge=agent("LLM AS JUDGE", ("Stop", "Archive"), ("LLM RULING", "Human Review")),
        LLM2=agent("LLM2", ("SECOND caption", "LLM AS JUDGE"), ("Stop", "LLM AS JUDGE")),
    )
    trial = trial_with(trial, stages)
    trial.add("red")
    assert trial.materialize().success
    assert stages_of(trial, "red") == {"Human Review"}


def test_a_finished_image_is_left_alone_whatever_its_stage_is_called(trial: Trial) -> None:
    trial = trial_with(trial, DONE_OR_REJECTED)
    trial.add("red", "green")
    project = trial.project
    rows = {row.title: row.data_hash for row in project.snapshot().images.values()}
    project.move_tasks(list(rows.values()), list(project.workflow.pathways))
    decide(trial, "red", approves=True)
    decide(trial, "green", approves=False)
    before = encord_state(trial.seed)
    result = trial.materialize()
    assert not result.success
    assert "'red.png' is in 'Done': a person has finished it" in message_of(result)
    assert "'green.png' is in 'Rejected': a person has finished it" in message_of(result)
    assert trial.models.calls == []
    assert encord_state(trial.seed) == before
    counts = read_final_choices(trial.pipeline, holder="test")
    assert (counts["approved"], counts["rejected"]) == (1, 1)


def test_a_setting_names_the_stage_of_approved_images(trial: Trial) -> None:
    """For a workflow in which another final stage than Encord's Complete takes them."""
    stages = seed_stages(
        Human_Review={"title": "Human Review", "kind": "review", "approve": "Archive", "reject": "Complete"}
    )
    trial = trial_with(trial, stages, WorkflowTitles(complete="archive"))
    trial.add("red")
    assert trial.materialize().success
    decide(trial, "red", approves=True)
    assert read_final_choices(trial.pipeline, holder="test")["approved"] == 1
