"""The report on what the store holds now."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.domain.probes.trial import PROBES, ProbedImage
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.reporting.criterion_scores import Grades
from judge_pipeline.reporting.probes import Probes
from judge_pipeline.reporting.report import JUDGE, Report
from judge_pipeline.store.outcomes import load_outcomes
from judge_pipeline.store.store import ProjectStore


@dataclass(slots=True)
class _Kept:
    """The outcomes of one state of the store, and the last report on them."""

    state: str = ""
    outcomes: tuple[Outcome, ...] = ()
    report: Report | None = None


_kept: ContextVar[_Kept | None] = ContextVar("kept", default=None)


@contextmanager
def report_kept() -> Iterator[None]:
    """In the block, outcomes are loaded and sections computed again only if something in the store has changed.

    The checks, the report and what a command prints of it are about the same. Of 10,000 images both take a second.
    """
    outer = _kept.get()
    _kept.set(outer or _Kept())
    try:
        yield
    finally:
        _kept.set(outer)


def read_report(
    pipeline: PipelineResources,
    store: ProjectStore,
    grades: Grades | None = None,
    *,
    ontology_version: str | None = None,
) -> Report:
    """The report on all images; without `grades` it names the options of a criterion as the judgements do, or as a kept one does.

    With a cluster key it lists the project's rows for the scenes of its images, as they are now: their client metadata may have
    been written long after an image was judged. Without `ontology_version` probes with any ontology are about the present judge.

    Raises:
        EncordError: there is a cluster key, and the project cannot be read.
    """
    clusters = pipeline.open_project().clusters(pipeline.cluster_key) if pipeline.cluster_key else {}
    judged_with = pipeline.aligned(store).judged_with
    probed = tuple(store.results(PROBES, ProbedImage).values())
    configured = {captioner.value: (endpoint.model,) for captioner, endpoint in pipeline.captioners.items()}
    report = Report(
        _outcomes(pipeline, store, clusters),
        grades or {},
        judged_with,
        Probes(probed, judged_with, ontology_version),
        {**configured, JUDGE: tuple(judge.model for judge in pipeline.judges)},
        pipeline.min_kappa,
        saved_usd=store.model_batches.saved_usd(),
    )
    if (kept := _kept.get()) is None:
        return report
    if grades is None and kept.report and _is_same(report, kept.report):
        return kept.report
    kept.report = report
    return report


def _is_same(report: Report, kept: Report) -> bool:
    """Whether the reports differ at most in what the kept one knows of the ontology."""
    if report.outcomes is not kept.outcomes:
        return False
    probes = replace(report.probes, ontology_version=kept.probes.ontology_version)
    return replace(report, grades=kept.grades, probes=probes) == kept


def _outcomes(pipeline: PipelineResources, store: ProjectStore, clusters: Mapping[Tag, str]) -> tuple[Outcome, ...]:
    def load() -> tuple[Outcome, ...]:
        return load_outcomes(store, assume_random=pipeline.assume_random_choices, clusters=clusters)

    kept = _kept.get()
    if kept is None:
        return load()
    settings = (pipeline.database_url, pipeline.project_hash, pipeline.assume_random_choices)
    state = repr((*settings, sorted(clusters.items()), store.changes.mark()))
    if state != kept.state:  # the mark came first: what is saved later is not missed
        kept.state, kept.outcomes, kept.report = "", (), None
        kept.outcomes, kept.state = load(), state
    return kept.outcomes
