"""The report on what the store holds now."""

from judge_pipeline.domain.probes.trial import PROBES, ProbedImage
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.reporting.criterion_scores import Grades
from judge_pipeline.reporting.probes import Probes
from judge_pipeline.reporting.report import JUDGE, Report
from judge_pipeline.store.outcomes import load_outcomes
from judge_pipeline.store.store import ProjectStore


def read_report(
    pipeline: PipelineResources,
    store: ProjectStore,
    grades: Grades | None = None,
    *,
    ontology_version: str | None = None,
) -> Report:
    """The report on all images; without `grades` it names the options of a criterion as the judgements do.

    With a cluster key it lists the project's rows for the scenes of its images, as they are now: their client metadata may have
    been written long after an image was judged. Without `ontology_version` probes with any ontology are about the present judge.

    Raises:
        EncordError: there is a cluster key, and the project cannot be read.
    """
    clusters = pipeline.open_project().clusters(pipeline.cluster_key) if pipeline.cluster_key else {}
    judged_with = pipeline.aligned(store).judged_with
    probed = tuple(store.results(PROBES, ProbedImage).values())
    configured = {captioner.value: (endpoint.model,) for captioner, endpoint in pipeline.captioners.items()}
    return Report(
        load_outcomes(store, assume_random=pipeline.assume_random_choices, clusters=clusters),
        grades or {},
        judged_with,
        Probes(probed, judged_with, ontology_version),
        {**configured, JUDGE: tuple(judge.model for judge in pipeline.judges)},
        pipeline.min_kappa,
        saved_usd=store.model_batches.saved_usd(),
    )
