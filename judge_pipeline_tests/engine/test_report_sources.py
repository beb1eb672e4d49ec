"""A report is not written again when it would be the same, and its outcomes are not loaded again."""

from dataclasses import replace

from judge_pipeline.domain.drawing import Draw
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.read_report import read_report, report_kept
from judge_pipeline.engine.report_files import write_report
from judge_pipeline.engine.report_sources import unchanged_report
from judge_pipeline.store.store import ProjectStore
from judge_pipeline_tests.engine.trial import Trial


def test_it_would_differ_once_a_result_a_failure_a_draw_or_a_setting_has_changed(trial: Trial) -> None:
    trial.add_finished("red")
    (tag,) = map(Tag, trial.tags.values())
    version = trial.pipeline.titles.roles_in(trial.project.ontology).version

    def sentences() -> list[str] | None:
        return unchanged_report(trial.pipeline, ontology_version=version)

    assert sentences() is None

    def draw(store: ProjectStore) -> None:
        store.draws.save({tag: Draw(1.0, 0.5, 1)})

    def fail(store: ProjectStore) -> None:
        (lease,) = store.leases.acquire([tag], holder="test", seconds=60).values()
        store.save_failure("images", lease, title="red.png", kind="X", message="x", run_id=None)
        store.leases.release([lease])

    def forget(store: ProjectStore) -> None:
        store.delete_results("judgements", [tag])

    with trial.pipeline.open_store() as store:
        for change in (draw, fail, forget):
            write_report(trial.pipeline, trial.pipeline.report_file)
            assert sentences()
            change(store)
            assert sentences() is None, change
    write_report(trial.pipeline, trial.pipeline.report_file)
    assert sentences()
    for other in ({"min_kappa": 0.5}, {"cluster_key": "scene"}, {"caption_max_words": 7}):
        assert unchanged_report(replace(trial.pipeline, **other), ontology_version=version) is None, other
    assert unchanged_report(trial.pipeline, ontology_version="another") is None
    trial.pipeline.report_file.unlink()
    assert sentences() is None


def test_in_a_block_a_report_is_computed_once_as_long_as_nothing_changes(trial: Trial) -> None:
    trial.add_finished("red", "green")
    with trial.pipeline.open_store() as store:
        with report_kept():
            first = read_report(trial.pipeline, store).outcomes
            with report_kept():
                assert read_report(trial.pipeline, store).outcomes is first
            store.delete_results("judgements", [first[0].tag])
            changed = read_report(trial.pipeline, store).outcomes
            assert [outcome.judgement is None for outcome in changed] == [True, False]
            random = read_report(replace(trial.pipeline, assume_random_choices=True), store).outcomes
            assert random is not changed
            with_grades = write_report(trial.pipeline, trial.pipeline.report_file)
            assert read_report(trial.pipeline, store) is with_grades
            assert read_report(replace(trial.pipeline, min_kappa=0.5), store) is not with_grades
        assert read_report(trial.pipeline, store).outcomes is not random
