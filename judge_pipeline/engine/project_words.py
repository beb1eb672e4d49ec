"""What people call the project and its grades in Encord, for pages that people read."""

from dataclasses import dataclass, field

from judge_pipeline.domain.judge_ontology import OntologyMismatch
from judge_pipeline.domain.score import criteria
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.reporting.criterion_scores import Grades


@dataclass(frozen=True, slots=True)
class ProjectWords:
    """The project's title, and the options of each criterion from worst to best; `trouble` is why they are not known."""

    title: str
    grades: Grades = field(default_factory=dict)
    trouble: str | None = None


def project_words(pipeline: PipelineResources) -> ProjectWords:
    """As Encord has them now. Where it cannot be asked, the project goes by its hash: a page is worth more than its names."""
    from judge_pipeline.encord_project.errors import EncordError
    from judge_pipeline.encord_project.project import EncordProject

    try:
        project = EncordProject.open(pipeline.connection, pipeline.project_hash)
    except EncordError as error:
        return ProjectWords(pipeline.project_hash, trouble=str(error))
    try:
        roles = pipeline.titles.roles_in(project.ontology)
    except OntologyMismatch as error:
        return ProjectWords(project.title, trouble=str(error))
    found = {each.title: tuple(option.label for option in each.for_8b.options) for each in criteria(roles)}
    return ProjectWords(project.title, found)
