"""The report's files: the HTML page and the same numbers as JSON, written from everything the store knows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judge_ontology import OntologyMismatch
from judge_pipeline.domain.score import criteria
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.output_files import OutputPath, write_output_text
from judge_pipeline.engine.own_rows import indexed_rows
from judge_pipeline.engine.read_report import read_report
from judge_pipeline.engine.report_sources import remember_report, report_sources
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.reporting.criterion_scores import Grades
from judge_pipeline.reporting.headline import summary
from judge_pipeline.reporting.page import render_page
from judge_pipeline.reporting.report import Report
from judge_pipeline.reporting.table_rows import listed_outcomes
from judge_pipeline.reporting.thumbnails import shrink_to_fit
from judge_pipeline.store.store import ProjectStore

READ_AT_ONCE = 500


def write_report(pipeline: PipelineResources, file: OutputPath) -> Report:
    """Writes the page to `file` and the JSON next to it; each file is replaced as a whole.

    Raises:
        OutputUnwritable: the object store does not take one.
    """
    labels = _project_labels(pipeline)
    with pipeline.open_store() as store:
        sources = report_sources(pipeline, store, ontology_version=labels.ontology_version)
        report = read_report(pipeline, store, labels.grades, ontology_version=labels.ontology_version)
        hashes = _data_hashes_of_unread(pipeline, store, report)
        write_files(report, store, file, title=labels.title, editor_url=pipeline.item_url(""), data_hashes=hashes)
        if file == pipeline.report_file:
            remember_report(store, sources, summary(report))
    return report


def write_files(
    report: Report,
    store: ProjectStore,
    file: OutputPath,
    *,
    title: str,
    editor_url: str = "",
    data_hashes: Mapping[Tag, str] = MappingProxyType({}),
) -> None:
    """Writes the page and the JSON of a report; the store has the thumbnails of the images that the page shows."""
    listed = [outcome.tag for outcome in listed_outcomes(report.outcomes) if outcome.image]
    telling = [each.outcome.tag for each in report.telling]
    page = render_page(
        report,
        project_title=title,
        generated_at=datetime.now(UTC),
        thumbnails=shrink_to_fit(_thumbnails(store, listed)) | dict(_thumbnails(store, telling)),
        editor_url=editor_url,
        data_hashes=data_hashes,
    )
    write_output_text(file, page)
    write_output_text(file.with_suffix(".json"), report.json_text())


def _thumbnails(store: ProjectStore, tags: Sequence[Tag]) -> Iterator[tuple[Tag, str]]:
    for start in range(0, len(tags), READ_AT_ONCE):
        for tag, image in store.results("images", Image, tags[start : start + READ_AT_ONCE]).items():
            yield tag, image.thumbnail


def _data_hashes_of_unread(pipeline: PipelineResources, store: ProjectStore, report: Report) -> dict[Tag, str]:
    """Where the images that could not be read are in Encord; their rows are only read if there are any."""
    from judge_pipeline.encord_project.errors import EncordError

    unread = [outcome.tag for outcome in report.outcomes if outcome.failures and outcome.image is None]
    if not unread:
        return {}
    try:
        project = pipeline.open_project()
        images = project.snapshot_of(indexed_rows(project, store, unread)).images
    except EncordError:
        return {}
    return {tag: images[tag].data_hash for tag in unread if tag in images and not images[tag].is_waiting}


@dataclass(frozen=True, slots=True)
class _ProjectLabels:
    """The project's title, the options of each criterion from worst to best, and the version of what the judge is asked."""

    title: str
    grades: Grades = field(default_factory=dict)
    ontology_version: str | None = None


def _project_labels(pipeline: PipelineResources) -> _ProjectLabels:
    """As Encord has them now; a project that cannot be opened goes by its hash, because the report is worth more than names."""
    from judge_pipeline.encord_project.errors import EncordError

    try:
        project = pipeline.open_project()
    except EncordError:
        return _ProjectLabels(pipeline.project_hash)
    try:
        roles = pipeline.titles.roles_in(project.ontology)
    except OntologyMismatch:
        return _ProjectLabels(project.title)
    return _ProjectLabels(
        project.title,
        {each.title: tuple(option.label for option in each.for_8b.options) for each in criteria(roles)},
        roles.version,
    )
