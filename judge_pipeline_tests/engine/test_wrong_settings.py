"""A wrong setting stops the run before any model call, with one sentence: what was expected, what was found, what to do."""

from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from encord.objects import OntologyStructure
from encord.objects.attributes import RadioAttribute, TextAttribute
from encord.orm.dataset import StorageLocation
from encord.orm.project import ProjectStatus

from judge_pipeline.assets.partitions import add_tags
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.workflow import WorkflowTitles
from judge_pipeline.encord_project.connection import Connection
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.trial import Trial, message_of, run_tags
from judge_pipeline_tests.model_stub import JUDGE, LARGE, SMALL, ModelCall
from judge_pipeline_tests.models.stub_server import failure
from judge_pipeline_tests.seed_project import WORKFLOW_TEMPLATE, seed_ontology
from judge_pipeline_tests.servers import UNREACHABLE_URL, openssh_text, register

Change = Callable[[Trial], PipelineResources]


def unknown_project(trial: Trial) -> PipelineResources:
    return replace(trial.pipeline, project_hash=str(uuid4()))


def malformed_project_hash(trial: Trial) -> PipelineResources:
    return replace(trial.pipeline, project_hash="my-project")


def unregistered_key(trial: Trial) -> PipelineResources:
    return replace(
        trial.pipeline, connection=Connection(trial.seed.server.url, openssh_text(Ed25519PrivateKey.generate()))
    )


def key_of_another_user(trial: Trial) -> PipelineResources:
    other_user = register(trial.seed.server.url, f"{uuid4()}@example.com")
    return replace(trial.pipeline, connection=Connection(other_user.url, other_user.private_key_text))


def malformed_key(trial: Trial) -> PipelineResources:
    return replace(trial.pipeline, connection=Connection(trial.seed.server.url, "ssh-ed25519 AAAA me@here"))


def unreachable_encord(trial: Trial) -> PipelineResources:
    return replace(trial.pipeline, connection=Connection(UNREACHABLE_URL, trial.pipeline.connection.ssh_private_key))


def other_project(
    trial: Trial, *, ontology: OntologyStructure | None = None, template: str | None = None
) -> PipelineResources:
    client = trial.seed.client()
    ontology_hash = client.create_ontology("Other", structure=ontology).ontology_hash if ontology else None
    dataset = client.create_dataset("Other", StorageLocation.CORD_STORAGE, create_backing_folder=False)
    project_hash = client.create_project(
        "Another project",
        [dataset.dataset_hash],
        ontology_hash=ontology_hash or trial.seed.ontology_hash,
        workflow_template_hash=template or WORKFLOW_TEMPLATE["uuid"],
    )
    return replace(trial.pipeline, project_hash=project_hash)


def ontology_without_a_captioner(trial: Trial) -> PipelineResources:
    structure = seed_ontology()
    structure.classifications = [each for each in structure.classifications if each.title != "LLM 16B"]
    return other_project(trial, ontology=structure)


def ontology_with_a_choice_in_words(trial: Trial) -> PipelineResources:
    structure = seed_ontology()
    structure.classifications = [each for each in structure.classifications if each.title != "LLM Judge Choice"]
    structure.add_classification().add_attribute(TextAttribute, "LLM Judge Choice")
    return other_project(trial, ontology=structure)


def ontology_whose_choice_lacks_a_captioner(trial: Trial) -> PipelineResources:
    structure = seed_ontology()
    structure.classifications = [each for each in structure.classifications if each.title != "LLM Judge Choice"]
    structure.add_classification().add_attribute(RadioAttribute, "LLM Judge Choice").add_option("LLM 8B")
    return other_project(trial, ontology=structure)


def workflow_whose_pathways_do_not_say_which(trial: Trial) -> PipelineResources:
    stages = [dict(stage) for stage in WORKFLOW_TEMPLATE["stages"]]
    stages[1]["pathways"] = [{"name": name, "to": "LLM as Judge"} for name in ("Next", "Skip")]
    template = WORKFLOW_TEMPLATE | {"uuid": str(uuid4()), "stages": stages}
    trial.seed.server.control("POST", "workflow-templates", json=template)
    return other_project(trial, template=template["uuid"])


def wrong_title_of_a_stage(trial: Trial) -> PipelineResources:
    return replace(trial.pipeline, workflow_titles=WorkflowTitles(llm1="Captioner"))


def wrong_name_of_a_pathway(trial: Trial) -> PipelineResources:
    return replace(trial.pipeline, workflow_titles=WorkflowTitles(judge_pathway="Ruling"))


def wrong_title_of_complete(trial: Trial) -> PipelineResources:
    return replace(trial.pipeline, workflow_titles=WorkflowTitles(complete="Done"))


def one_stage_twice(trial: Trial) -> PipelineResources:
    return replace(trial.pipeline, workflow_titles=WorkflowTitles(llm2="LLM1"))


def paused_project(trial: Trial) -> PipelineResources:
    trial.seed.project().set_status(ProjectStatus.PAUSED)
    return trial.pipeline


def archived_project(trial: Trial) -> PipelineResources:
    trial.seed.project().set_status(ProjectStatus.ARCHIVED)
    return trial.pipeline


def cancelled_project(trial: Trial) -> PipelineResources:
    trial.seed.project().set_status(ProjectStatus.CANCELLED)
    return trial.pipeline


def unreachable_model(trial: Trial) -> PipelineResources:
    large = replace(trial.pipeline.captioners[Captioner.LLM_16B], base_url=f"{UNREACHABLE_URL}/v1")
    return replace(trial.pipeline, captioners={**trial.pipeline.captioners, Captioner.LLM_16B: large})


def unlisted_judge(trial: Trial) -> PipelineResources:
    return replace(trial.pipeline, judge=replace(trial.pipeline.judge, model="judge-1999"))


CASES: list[tuple[Change, tuple[str, ...]]] = [
    (unknown_project, ("opening project", "check the id")),
    (malformed_project_hash, ("ENCORD_PROJECT_HASH", "'my-project'", "copy it from the project's URL")),
    (unregistered_key, ("rejected the key", "register its public key", "ENCORD_DOMAIN")),
    (key_of_another_user, ("refused opening project", "access")),
    (malformed_key, ("not an Ed25519 private key in OpenSSH format", "ssh-keygen")),
    (unreachable_encord, ("could not reach Encord", "ENCORD_DOMAIN")),
    (ontology_without_a_captioner, ("'LLM 16B'", "it has: 'Final Choice', 'LLM 8B', 'LLM Judge Choice'", "add it")),
    (ontology_with_a_choice_in_words, ("'LLM Judge Choice'", "text", "make it a radio")),
    (ontology_whose_choice_lacks_a_captioner, ("no option 'LLM 16B'", "'LLM 8B'", "fix it in Encord")),
    (
        workflow_whose_pathways_do_not_say_which,
        ("'LLM2'", "'Second caption'", "'Next', 'Skip'", "WORKFLOW_LLM2_PATHWAY"),
    ),
    (wrong_title_of_a_stage, ("'Captioner'", "LLM1, pathways First caption; LLM2", "'Human Review'", "WORKFLOW_LLM1")),
    (wrong_name_of_a_pathway, ("'LLM as Judge'", "'Ruling'", "'LLM Ruling'", "WORKFLOW_JUDGE_PATHWAY")),
    (wrong_title_of_complete, ("'Done'", "'Complete', 'Archive'", "WORKFLOW_COMPLETE")),
    (one_stage_twice, ("'LLM1', 'LLM1'", "WORKFLOW_LLM2")),
    (paused_project, ("project 'LLM as a judge' is paused in Encord", "set its status to in progress")),
    (archived_project, ("project 'LLM as a judge' is archived in Encord",)),
    (cancelled_project, ("project 'LLM as a judge' is cancelled in Encord",)),
    (unreachable_model, ("LLM2", UNREACHABLE_URL, "LLM2__BASE_URL")),
]


@pytest.mark.parametrize(("change", "words"), CASES, ids=[change.__name__ for change, _ in CASES])
def test_a_wrong_setting_stops_the_run_before_any_model_call(
    trial: Trial, change: Change, words: tuple[str, ...]
) -> None:
    trial.add("red")
    tag = trial.tags["red"]
    pipeline = change(trial)
    add_tags(trial.instance, [tag])
    before = trial.writes()
    result = run_tags(pipeline, trial.instance, [tag])
    assert not result.success
    message = message_of(result)
    assert message.startswith("stopped: ")
    assert "\n" not in message
    for word in words:
        assert word in message
    assert trial.models.calls == []
    assert trial.writes() == before


def test_a_model_that_is_not_listed_is_tried(trial: Trial) -> None:
    """Lists are not complete: routing suffixes, wildcards."""
    trial.add("red")
    tag = trial.tags["red"]
    add_tags(trial.instance, [tag])
    assert run_tags(unlisted_judge(trial), trial.instance, [tag]).success
    assert trial.models.count("judge-1999") > 0


def test_a_model_that_does_not_exist_stops_the_run_at_its_first_question(trial: Trial) -> None:
    trial.add("red")
    tag = trial.tags["red"]
    add_tags(trial.instance, [tag])
    trial.models.reply_always("judge-1999", "red", failure(404, "The model does not exist", code="model_not_found"))
    result = run_tags(unlisted_judge(trial), trial.instance, [tag])
    assert not result.success
    for word in ("stopped: ", "JUDGE", "judge-1999", "JUDGE__MODEL"):
        assert word in message_of(result)


@pytest.mark.timeout(20)
def test_a_project_paused_midway_stops_the_run_and_keeps_what_is_done(trial: Trial) -> None:
    trial.add("red", "green")

    def pause(call: ModelCall) -> None:
        if trial.models.count(SMALL) == 1:
            trial.seed.project().set_status(ProjectStatus.PAUSED)

    trial.models.on_call = pause
    result = trial.materialize()
    assert message_of(result).startswith("stopped: project 'LLM as a judge' is paused in Encord")
    assert trial.models.count(JUDGE) == 0
    trial.models.on_call = lambda _call: None
    trial.seed.project().set_status(ProjectStatus.IN_PROGRESS)
    assert trial.materialize().success
    assert encord_state(trial.seed) == finished("red", "green")
    assert trial.models.count(SMALL) == trial.models.count(LARGE) == 2


def test_a_run_with_nothing_left_to_do_needs_no_model(trial: Trial) -> None:
    trial.add_finished("red")
    trial.pipeline = unreachable_model(trial)
    assert trial.materialize().success
