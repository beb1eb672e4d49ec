"""The workflow's stages by kind: what the titles decide, and what follows from types and pathways."""

from dataclasses import replace

import pytest

from judge_pipeline.domain.workflow import (
    COMPLETE_UUID,
    SEED_TITLES,
    Pathway,
    Stage,
    StageKind,
    StageType,
    Workflow,
    WorkflowMismatch,
    WorkflowTitles,
)

LLM1 = Stage("1", "LLM1", StageType.AGENT, (Pathway("1a", "First caption", "2"),))
LLM2 = Stage("2", "LLM2", StageType.AGENT, (Pathway("2a", "Second caption", "3"),))
JUDGE = Stage("3", "LLM as Judge", StageType.AGENT, (Pathway("3a", "LLM Ruling", "4"),))
REVIEW = Stage("4", "Human Review", StageType.REVIEW)
COMPLETE = Stage(COMPLETE_UUID, "Complete", StageType.FINAL)
ARCHIVE = Stage("6", "Archive", StageType.FINAL)
SEED = (LLM1, LLM2, JUDGE, REVIEW, COMPLETE, ARCHIVE)


def workflow(*stages: Stage, **titles: str) -> Workflow:
    """The seed's stages, those with an equal uuid replaced, the others added."""
    given = {stage.uuid: stage for stage in stages}
    known = [given.pop(stage.uuid, stage) for stage in SEED]
    return Workflow.of([*known, *given.values()], replace(SEED_TITLES, **titles))


def test_each_stage_of_the_seed_has_its_kind() -> None:
    found = workflow()
    assert [found.kind_of(stage.uuid) for stage in SEED] == list(StageKind)[:6]
    assert found.kind_of("elsewhere") is StageKind.OTHER
    assert found.differences == []


@pytest.mark.parametrize(
    ("pathways", "chosen"),
    [
        ((Pathway("a", "go", "2"),), "a"),
        ((Pathway("a", "stop", "6"), Pathway("b", "go", "2")), "b"),
        ((Pathway("a", "go", "2"), Pathway("b", "FIRST CAPTION", "9")), "b"),
    ],
)
def test_without_a_setting_the_pathway_is_the_seeds_the_only_one_or_the_only_one_that_leads_on(
    pathways: tuple[Pathway, ...], chosen: str
) -> None:
    assert workflow(replace(LLM1, pathways=pathways)).pathways[StageKind.LLM1].uuid == chosen


def test_a_pathway_in_the_settings_is_that_one_or_an_error() -> None:
    two = replace(LLM1, pathways=(*LLM1.pathways, Pathway("b", "Go", "2")))
    assert workflow(two, llm1_pathway="go").pathways[StageKind.LLM1].uuid == "b"
    with pytest.raises(WorkflowMismatch, match=r"'LLM1' has no pathway 'stop' \(its pathways: 'First caption', 'Go'\)"):
        workflow(two, llm1_pathway="stop")


def test_images_are_in_review_where_the_judges_pathway_leads() -> None:
    found = workflow(Stage("7", "Experts", StageType.REVIEW))
    assert (found.kind_of("4"), found.kind_of("7")) == (StageKind.REVIEW, StageKind.OTHER)
    assert found.differences == [
        "`judge-pipeline review` shows the images in 'Human Review' and not those in 'Experts'"
    ]


def test_images_are_in_any_review_stage_if_the_judges_pathway_leads_to_none() -> None:
    """As a router, which Encord does not list, shares them out."""
    routed = replace(JUDGE, pathways=(Pathway("3a", "LLM Ruling", "router"),))
    found = workflow(routed, Stage("7", "Others", StageType.REVIEW))
    assert found.of_kind(StageKind.REVIEW) == (REVIEW, Stage("7", "Others", StageType.REVIEW))
    (difference,) = found.differences
    assert "leads to a router instead of 'Human Review', 'Others'" in difference


@pytest.mark.parametrize(
    ("finals", "titles", "approved"),
    [
        ((Stage(COMPLETE_UUID, "Fertig", StageType.FINAL), Stage("6", "Complete", StageType.FINAL)), {}, "Fertig"),
        ((Stage("5", "COMPLETE", StageType.FINAL), ARCHIVE), {}, "COMPLETE"),
        ((Stage("5", "Over", StageType.FINAL),), {}, "Over"),
        ((COMPLETE, ARCHIVE), {"complete": "archive"}, "Archive"),
    ],
)
def test_the_complete_stage(finals: tuple[Stage, ...], titles: dict[str, str], approved: str) -> None:
    found = Workflow.of([LLM1, LLM2, JUDGE, REVIEW, *finals], WorkflowTitles(**titles))
    assert [stage.title for stage in found.of_kind(StageKind.COMPLETE)] == [approved]
    assert len(found.of_kind(StageKind.COMPLETE, StageKind.ARCHIVE)) == len(finals)


def test_final_stages_of_which_none_is_complete_are_named() -> None:
    finals = (Stage("5", "Out", StageType.FINAL), Stage("6", "Over", StageType.FINAL))
    with pytest.raises(WorkflowMismatch, match=r"'Complete' \(final stages: 'Out', 'Over'\); set WORKFLOW_COMPLETE"):
        Workflow.of([LLM1, LLM2, JUDGE, REVIEW, *finals], SEED_TITLES)


def test_a_pathway_to_another_stage_and_a_missing_review_are_named() -> None:
    detour = replace(LLM2, pathways=(Pathway("2a", "Second caption", "8"),))
    found = Workflow.of([LLM1, detour, JUDGE, Stage("8", "Check", StageType.OTHER), COMPLETE], SEED_TITLES)
    leads, missing = found.differences
    assert leads.startswith("the pathway 'Second caption' of 'LLM2' leads to 'Check' instead of 'LLM as Judge'")
    assert missing.startswith("there is no review stage")


def test_rows_have_left_the_agent_stages_before_their_own() -> None:
    assert StageKind.JUDGE.has_left(StageKind.LLM2)
    assert not StageKind.LLM2.has_left(StageKind.LLM2)
    assert all(kind.has_left(StageKind.JUDGE) for kind in (StageKind.REVIEW, StageKind.ARCHIVE, StageKind.OTHER))
