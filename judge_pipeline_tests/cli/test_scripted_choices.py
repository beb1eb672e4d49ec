"""The demo's script decides as blind as a person, and its choices are never counted as a person's."""

from judge_pipeline.cli.support.scripted_choices import make_scripted_choices
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.exporting.decision import Provenance
from judge_pipeline.exporting.preference import preferences
from judge_pipeline.reporting.headline import agreement_sentence, cautions
from judge_pipeline.reporting.report import Report
from judge_pipeline.store.outcomes import load_outcomes
from judge_pipeline_tests.engine.fixtures import (  # noqa: F401
    encord,
    models_server,
    quick_surroundings,
    trial,
    trial_instance,
)
from judge_pipeline_tests.engine.trial import Trial


def test_a_script_decides_two_thirds_of_the_images_and_the_report_says_so(trial: Trial) -> None:  # noqa: F811
    trial.add("red", "green", "blue")
    assert trial.materialize().success

    assert make_scripted_choices(trial.pipeline, Terminal()) == 2
    assert make_scripted_choices(trial.pipeline, Terminal()) == 0

    with trial.pipeline.open_store() as store:
        report = Report(load_outcomes(store))
        pairs = preferences(load_outcomes(store)).pairs
    choices = [outcome.final_choice for outcome in report.outcomes if outcome.final_choice]
    assert [choice.is_scripted for choice in choices] == [True, True]
    assert "No person made them" in " ".join(cautions(report))
    assert "agrees with the demo's script (standing in for people)" in agreement_sentence(report)
    assert all(section.notes for section in report.sections if section.name in {"better", "trust", "accepting"})
    assert Provenance.HUMAN not in {pair.provenance for pair in pairs}
