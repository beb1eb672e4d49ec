"""Asset checks: good data passes, so does no data, and each problem is reported with its size."""

from collections.abc import Mapping
from dataclasses import replace
from io import StringIO

import dagster as dg
import pytest

from judge_pipeline.assets.checks import check_specs, judged_share, linked_once, order_flips, within_limits
from judge_pipeline.assets.partitions import add_tags
from judge_pipeline.cli.support.pending_work import check_places
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.pipeline_names import UNPREFIXED
from judge_pipeline.domain.project_snapshot import ProjectRow, ProjectSnapshot
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.workflow import StageKind
from judge_pipeline.engine.recent_project import RecentProject
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.reporting.report import Report
from judge_pipeline_tests.engine.trial import QUIET, Trial, definitions
from judge_pipeline_tests.model_stub import SMALL
from judge_pipeline_tests.models.stub_server import failure
from judge_pipeline_tests.reporting.values import A, B, caption, failed, image, judgement, report_on

TAGS = [Tag(f"tag{number}") for number in range(100)]


def report(*, judged: int = 0, flipped: int = 0, failed_tags: int = 0, text: str = "A cat.") -> Report:
    """A report on `judged` images; for the first `flipped` of them, the choice changes with the order."""
    done, bad = TAGS[:judged], TAGS[judged : judged + failed_tags]
    return report_on(
        images={tag: image(tag) for tag in done},
        captions_8b={tag: caption(tag, A, text) for tag in done},
        captions_16b={tag: caption(tag, B, text) for tag in done},
        judgements={tag: judgement(tag, A, orders_agree=number >= flipped) for number, tag in enumerate(done)},
        failures=[failed("images", tag, "UnreadableImage", "it ends early") for tag in bad],
    )


def row(tag: Tag, name: str) -> ProjectRow:
    return ProjectRow(
        name,
        "d",
        name,
        f"{name}.jpg",
        is_image=name == tag,
        stage="Human Review",
        kind=StageKind.REVIEW,
        tag=tag,
        data_type=None,
    )


def snapshot(
    *tags: Tag, without: tuple[Tag, Captioner] | None = None, conflicts: Mapping[Tag, str] | None = None
) -> ProjectSnapshot:
    texts = {(tag, captioner): row(tag, f"{tag}-{captioner}") for tag in tags for captioner in Captioner}
    if without:
        del texts[without]
    return ProjectSnapshot(images={tag: row(tag, tag) for tag in tags}, texts=texts, conflicts=conflicts or {})


def test_captions_within_the_limit_pass_and_the_longest_is_reported() -> None:
    result = within_limits(report(judged=3, text="one two three"), A, max_words=3)
    assert result.passed
    assert result.metadata["longest"].value == 3


def test_captions_over_the_limit_are_a_warning_with_examples() -> None:
    result = within_limits(report(judged=30, text="one two three"), B, max_words=2)
    assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert result.description == "30 of 30 captions have more than 2 words"
    assert str(result.metadata["examples"].value).count("\n") == 9


def test_images_with_both_texts_pass() -> None:
    assert linked_once(snapshot(*TAGS[:3]), TAGS[:3]).passed


def test_a_removed_image_needs_no_texts() -> None:
    assert linked_once(snapshot(TAGS[0]), TAGS[:2]).passed


@pytest.mark.parametrize(
    "broken",
    [
        snapshot(*TAGS[:2], without=(TAGS[1], A)),
        snapshot(*TAGS[:2], conflicts={TAGS[0]: "2 text items share Text_8B where one is expected: a, b"}),
    ],
)
def test_a_missing_or_duplicate_text_is_an_error(broken: ProjectSnapshot) -> None:
    result = linked_once(broken, TAGS[:2])
    assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert result.description == "1 problems among 2 images"


@pytest.mark.parametrize(("judged", "failed_tags", "passed"), [(99, 1, True), (95, 5, True), (94, 6, False)])
def test_a_few_failed_images_pass_and_many_are_a_warning(judged: int, failed_tags: int, passed: bool) -> None:
    result = judged_share(report(judged=judged, failed_tags=failed_tags))
    assert (result.passed, result.severity) == (passed, dg.AssetCheckSeverity.WARN)
    assert f"{judged} of 100 images are judged" in str(result.description)


@pytest.mark.parametrize(("judged", "flipped", "passed"), [(100, 30, True), (100, 50, False), (4, 2, True)])
def test_a_significant_position_bias_is_a_warning(judged: int, flipped: int, passed: bool) -> None:
    """Half of four images says nothing yet; half of a hundred does."""
    assert order_flips(report(judged=judged, flipped=flipped)).passed is passed


def test_without_data_every_check_passes_and_says_so() -> None:
    empty = report()
    results = [
        within_limits(empty, A, max_words=20),
        linked_once(ProjectSnapshot(), []),
        judged_share(empty),
        order_flips(empty),
    ]
    assert all(result.passed for result in results)
    assert {result.description for result in results} == {"nothing to check yet"}


def evaluations(trial: Trial, pipeline: PipelineResources | None = None) -> dict[str, dg.AssetCheckEvaluation]:
    """The results of one run of the report's job, by asset and check name."""
    ended = (
        definitions(pipeline or trial.pipeline)
        .resolve_job_def("write_report")
        .execute_in_process(instance=trial.instance, run_config=QUIET)
    )
    return {
        f"{each.asset_key.to_user_string()}:{each.check_name}": each for each in ended.get_asset_check_evaluations()
    }


def test_the_run_that_writes_the_report_checks_everything(trial: Trial) -> None:
    trial.add("red", "green")
    trial.models.reply_always(SMALL, "green", failure(400))
    trial.materialize()
    found = evaluations(trial)
    assert set(found) == {f"{spec.asset_key.to_user_string()}:{spec.name}" for spec in check_specs(UNPREFIXED)}
    assert [name for name, each in found.items() if not each.passed] == ["judgements:judged_share"]
    assert "1 of 2 images are judged: 50.0%" in str(found["judgements:judged_share"].description)


def test_the_rows_and_the_project_that_a_command_has_just_read_are_not_read_again(trial: Trial) -> None:
    trial.add_finished("red", "green")
    command = replace(trial.pipeline, recent=RecentProject())
    assert check_places(
        command, command.open_project(), [Tag(tag) for tag in trial.tags.values()], Terminal(StringIO())
    )
    trial.reset_request_counts()
    assert evaluations(trial, command)["linked_text_items:linked_once"].description == "0 problems among 2 images"
    assert trial.requests() == {}
    assert evaluations(trial)["linked_text_items:linked_once"].passed
    assert trial.requests()["GET projects/{project}"] > 0


def test_a_report_is_written_even_if_encord_refuses_every_call(trial: Trial) -> None:
    trial.add_finished("red")
    trial.inject_fault(match=".*", status=403, times=50)
    checked = evaluations(trial)["linked_text_items:linked_once"]
    assert (checked.passed, checked.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert str(checked.description).startswith("could not be checked: ")
    assert trial.pipeline.report_file.exists()


def test_the_runs_of_sensors_schedules_and_commands_evaluate_no_check_and_have_no_outputs(trial: Trial) -> None:
    """The report that follows them does. For each output Dagster would list all partitions, and nothing would read it."""
    trial.add("red")
    (tag,) = trial.tags.values()
    add_tags(trial.instance, [tag])
    job = definitions(trial.pipeline).resolve_job_def("materialize_missing")
    result = job.execute_in_process(instance=trial.instance, partition_key=tag, run_config=QUIET)
    assert result.success
    assert result.get_asset_check_evaluations() == []
    assert trial.instance.all_logs(result.run_id, of_type=dg.DagsterEventType.STEP_OUTPUT) == []


def test_a_run_of_some_assets_evaluates_only_their_checks(trial: Trial) -> None:
    trial.add("red")
    (tag,) = trial.tags.values()
    add_tags(trial.instance, [tag])
    job = definitions(trial.pipeline).resolve_implicit_global_asset_job_def()
    assets = [dg.AssetKey("images"), dg.AssetKey("captions_8b")]
    result = job.execute_in_process(
        instance=trial.instance, partition_key=tag, asset_selection=assets, run_config=QUIET
    )
    assert [each.asset_check_key.to_user_string() for each in result.get_asset_check_evaluations()] == [
        "captions_8b:within_limits"
    ]


def test_one_check_can_be_run_alone(trial: Trial) -> None:
    """As the button on the check's page does."""
    share = dg.AssetCheckKey(dg.AssetKey("judgements"), "judged_share")
    job = dg.define_asset_job("one_check", selection=dg.AssetSelection.checks(share))
    with_it = dg.Definitions.merge(definitions(trial.pipeline), dg.Definitions(jobs=[job]))
    ended = with_it.resolve_job_def("one_check").execute_in_process(instance=trial.instance, run_config=QUIET)
    assert [each.asset_check_key for each in ended.get_asset_check_evaluations()] == [share]


def test_the_checks_of_other_assets_do_not_block_a_run_of_one_asset(trial: Trial) -> None:
    trial.add_finished("red")
    job = definitions(trial.pipeline).resolve_implicit_global_asset_job_def()
    assert job.execute_in_process(
        instance=trial.instance,
        partition_key=trial.tags["red"],
        asset_selection=[dg.AssetKey("judgements")],
        run_config=QUIET,
    ).success
