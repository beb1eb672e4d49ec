"""The report on what the store holds now."""

from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.reporting.criterion_scores import Grades
from judge_pipeline.reporting.report import Report
from judge_pipeline.store.outcomes import load_outcomes
from judge_pipeline.store.store import ProjectStore


def read_report(pipeline: PipelineResources, store: ProjectStore, grades: Grades | None = None) -> Report:
    """The report on all images; without `grades` it names the options of a criterion as the judgements do."""
    outcomes = load_outcomes(store, assume_random=pipeline.assume_random_choices)
    return Report(outcomes, grades or {}, pipeline.aligned(store).judged_with)
