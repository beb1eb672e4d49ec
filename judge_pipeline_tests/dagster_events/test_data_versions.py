"""Judge, prompt and ontology are versions: changing one makes judgements stale in Dagster, and judging again pays for no more."""

from dataclasses import replace

import dagster as dg
import pytest
from dagster._core.definitions.data_version import CachingStaleStatusResolver, StaleStatus
from dagster._core.definitions.observe import observe as observe_assets
from dagster._core.loader import LoadingContextForTest
from encord.objects import OntologyStructure
from encord.objects.attributes import TextAttribute

from judge_pipeline.assets.ontology import ontology_asset
from judge_pipeline.automation.code_location import code_location
from judge_pipeline.dagster_events.data_versions import last_ontology_version
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.pipeline_names import UNPREFIXED
from judge_pipeline_tests.engine.encord_state import encord_state, finished, image_row, labels
from judge_pipeline_tests.engine.people import approve
from judge_pipeline_tests.engine.test_changed_ontology import add_criterion, change_ontology
from judge_pipeline_tests.engine.trial import BATCH_SIZE, Trial, every
from judge_pipeline_tests.model_stub import JUDGE, LARGE, PANEL, SMALL

COLOURS = ("red", "green")


@pytest.fixture
def judged(trial: Trial) -> Trial:
    trial.add_finished(*COLOURS)
    return trial


def resolver(trial: Trial) -> CachingStaleStatusResolver:
    """What Dagster's pages ask, with the definitions that the pipeline's settings would make."""
    location = code_location(trial.pipeline, batch_size=BATCH_SIZE, judged_with=trial.pipeline.judged_with)
    loading = LoadingContextForTest(trial.instance)
    return CachingStaleStatusResolver(trial.instance, location.resolve_asset_graph(), loading)


def stale(trial: Trial) -> dict[str, str]:
    """Why the judgement of each colour is stale; fresh ones are left out."""
    asking, key = resolver(trial), dg.AssetKey("judgements")
    return {
        colour: ", ".join(cause.reason for cause in asking.get_stale_causes(key, tag))
        for colour, tag in trial.tags.items()
        if asking.get_status(key, tag) is StaleStatus.STALE
    }


def observe(trial: Trial) -> None:
    """Observe, on the ontology's page."""
    assert observe_assets(
        [ontology_asset(UNPREFIXED)], instance=trial.instance, resources={"pipeline": trial.pipeline}
    ).success


def with_another_model(trial: Trial) -> None:
    trial.pipeline = replace(trial.pipeline, judge=replace(trial.pipeline.judge, model=PANEL[0]))


def test_what_was_just_judged_is_fresh_also_after_it_was_logged_again(judged: Trial) -> None:
    assert stale(judged) == {}
    judged.materialize()
    assert stale(judged) == {}


def test_another_judge_makes_judgements_stale_and_judging_again_asks_the_judge_alone(judged: Trial) -> None:
    with_another_model(judged)
    assert stale(judged) == dict.fromkeys(COLOURS, "has a new code version")
    captioned, asked = judged.models.count(SMALL) + judged.models.count(LARGE), judged.models.count(JUDGE)
    assert judged.materialize(assets=["judgements"]).success
    assert stale(judged) == {}
    assert judged.models.count(SMALL) + judged.models.count(LARGE) == captioned
    assert (judged.models.count(JUDGE), judged.models.count(PANEL[0])) == (asked, 2 * len(COLOURS))
    assert encord_state(judged.seed) == finished(*COLOURS)


def test_a_judge_that_comes_back_is_not_paid_again(judged: Trial) -> None:
    before = judged.pipeline
    with_another_model(judged)
    judged.materialize()
    judged.pipeline = before
    asked = len(judged.models.calls)
    assert judged.materialize().success
    assert stale(judged) == {}
    assert len(judged.models.calls) == asked


def test_a_changed_ontology_makes_judgements_stale_as_soon_as_it_is_observed(judged: Trial) -> None:
    change_ontology(judged, lambda structure: add_criterion(structure, "Humour"))
    assert stale(judged) == {}
    observe(judged)
    assert stale(judged) == dict.fromkeys(COLOURS, "has a new dependency data version")
    asked = len(judged.models.calls)
    assert judged.materialize("red").success
    assert set(stale(judged)) == {"green"}
    assert len(judged.models.calls) == asked + 2
    assert "Humour" in (labels(image_row(judged.seed, "red")) or {})["LLM 8B"]


def test_a_run_that_judges_logs_the_ontology_version_that_it_finds(judged: Trial) -> None:
    change_ontology(judged, lambda structure: add_criterion(structure, "Humour"))
    judged.add("blue")
    assert judged.materialize("blue").success
    assert set(stale(judged)) == set(COLOURS)
    with judged.pipeline.open_store() as store:
        versions = {value.ontology_version for value in store.results("judgements", Judgement).values()}
    assert len(versions) == 2
    assert last_ontology_version(judged.instance) in versions


def test_what_people_alone_are_asked_makes_nothing_stale(judged: Trial) -> None:
    def add_remarks(structure: OntologyStructure) -> None:
        structure.add_classification().add_attribute(TextAttribute, "Remarks")

    change_ontology(judged, add_remarks)
    observe(judged)
    assert stale(judged) == {}


def test_an_image_that_a_person_has_finished_keeps_its_judgement_and_does_not_fail(judged: Trial) -> None:
    approve(judged, "red")
    with_another_model(judged)
    run = judged.materialize()
    assert run.success
    assert judged.models.count(PANEL[0], "red") == 0
    assert judged.materialized() == every(*COLOURS)
    assert set(stale(judged)) == {"red"}
    messages = [entry.user_message for entry in judged.instance.all_logs(run.run_id)]
    assert any(message.startswith("1 outdated judgements stay as they are") for message in messages)
