"""A workflow: the stages of a task, and where each stage leads. Pure."""

from collections import Counter
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import BaseModel, ConfigDict

from judge_pipeline.local.encord.errors import InvalidArguments, NotAuthorised

COMPLETE_STAGE = "7e7598de-612c-40c4-ba08-5dfec8c3ae8f"
"""The uuid of the Complete stage, the same in every project of every organisation."""


class StageKind(StrEnum):
    """What a stage does with its tasks."""

    AGENT = "agent"
    ANNOTATION = "annotation"
    REVIEW = "review"
    COMPLETE = "complete"
    ARCHIVE = "archive"


_STAGE_TYPES = {
    StageKind.AGENT: "AGENT",
    StageKind.ANNOTATION: "ANNOTATION",
    StageKind.REVIEW: "REVIEW",
    StageKind.COMPLETE: "DONE",
    StageKind.ARCHIVE: "DONE",
}


class Pathway(BaseModel):
    """A named exit of an agent stage, or the single exit of an annotation stage; `to` is a stage's uuid."""

    model_config = ConfigDict(frozen=True)

    uuid: str
    name: str
    to: str


class Stage(BaseModel):
    """A stage; `approve` and `reject` are the uuids of the stages that a review leads to."""

    model_config = ConfigDict(frozen=True)

    uuid: str
    title: str
    kind: StageKind
    pathways: tuple[Pathway, ...] = ()
    approve: str | None = None
    reject: str | None = None

    @property
    def is_final(self) -> bool:
        """Whether tasks end here."""
        return self.kind in (StageKind.COMPLETE, StageKind.ARCHIVE)


class Workflow(BaseModel):
    """All stages, in the order they were defined, and the uuid of the stage where new tasks start."""

    model_config = ConfigDict(frozen=True)

    start: str
    stages: tuple[Stage, ...]

    def stage(self, uuid: str) -> Stage:
        """The stage with this uuid; NotAuthorised if there is none."""
        for stage in self.stages:
            if stage.uuid == uuid:
                return stage
        raise NotAuthorised(f"the workflow has no stage {uuid}; it has {[(s.title, s.uuid) for s in self.stages]}")

    def wire(self) -> dict[str, Any]:
        """The form that the SDK parses; only agent stages list their pathways."""
        return {
            "stages": [
                {"stageType": _STAGE_TYPES[stage.kind], "uuid": stage.uuid, "title": stage.title}
                | (
                    {
                        "pathways": [
                            {"uuid": pathway.uuid, "title": pathway.name, "destinationUuid": pathway.to}
                            for pathway in stage.pathways
                        ]
                    }
                    if stage.kind is StageKind.AGENT
                    else {}
                )
                for stage in self.stages
            ]
        }


class PathwayDraft(BaseModel):
    """A pathway as people write it: `to` is a stage's title."""

    model_config = ConfigDict(extra="forbid")

    name: str
    to: str
    uuid: UUID | None = None


class StageDraft(BaseModel):
    """A stage as people write it: `approve` and `reject` are stages' titles."""

    model_config = ConfigDict(extra="forbid")

    title: str
    kind: StageKind
    uuid: UUID | None = None
    pathways: list[PathwayDraft] = []
    approve: str | None = None
    reject: str | None = None


def build_workflow(template_uuid: str, *, start: str, drafts: list[StageDraft]) -> Workflow:
    """Build a workflow from its description; missing uuids are derived from the template's uuid and the titles.

    Raises InvalidArguments for repeated titles, pathways to unknown stages, and stages without an exit.
    """
    repeated = [title for title, n in Counter(draft.title.casefold() for draft in drafts).items() if n > 1]
    if repeated:
        raise InvalidArguments(f"each stage needs its own title; repeated: {repeated}")
    uuids = _uuids(template_uuid, drafts)

    def uuid_of(title: str | None, referrer: str) -> str:
        if title not in uuids:
            raise InvalidArguments(f"{referrer}: there is no stage {title!r}; the stages are {list(uuids)}")
        return uuids[title]

    stages = []
    for draft in drafts:
        _check_exits(draft)
        is_review = draft.kind is StageKind.REVIEW
        stages.append(
            Stage(
                uuid=uuids[draft.title],
                title=draft.title,
                kind=draft.kind,
                pathways=tuple(
                    Pathway(
                        uuid=str(pathway.uuid or _derived(template_uuid, f"{draft.title}/{pathway.name}")),
                        name=pathway.name,
                        to=uuid_of(pathway.to, f"pathway {pathway.name!r} of stage {draft.title!r}"),
                    )
                    for pathway in draft.pathways
                ),
                approve=uuid_of(draft.approve, f"approve of stage {draft.title!r}") if is_review else None,
                reject=uuid_of(draft.reject, f"reject of stage {draft.title!r}") if is_review else None,
            )
        )
    return Workflow(start=uuid_of(start, "start"), stages=tuple(stages))


def same_title(title: str, other: str) -> bool:
    """Whether two titles of stages or pathways are the same to Encord, which ignores case."""
    return title.casefold() == other.casefold()


def default_workflow() -> Workflow:
    """The workflow of a project without a template: annotate, review, complete; rejected labels are annotated again."""
    return build_workflow(
        "default",
        start="Annotate 1",
        drafts=[
            StageDraft(
                title="Annotate 1", kind=StageKind.ANNOTATION, pathways=[PathwayDraft(name="Submit", to="Review 1")]
            ),
            StageDraft(title="Review 1", kind=StageKind.REVIEW, approve="Complete", reject="Annotate 1"),
            StageDraft(title="Complete", kind=StageKind.COMPLETE),
        ],
    )


def _uuids(template_uuid: str, drafts: list[StageDraft]) -> dict[str, str]:
    uuids = {draft.title: str(draft.uuid or _derived(template_uuid, draft.title)) for draft in drafts}
    complete = [draft for draft in drafts if draft.kind is StageKind.COMPLETE]
    if complete and complete[0].uuid is None:
        uuids[complete[0].title] = COMPLETE_STAGE
    return uuids


def _derived(template_uuid: str, name: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"workflow-template:{template_uuid}/{name}")


def _check_exits(draft: StageDraft) -> None:
    wanted = {StageKind.AGENT: "at least one pathway", StageKind.ANNOTATION: "exactly one pathway"}
    is_right = {
        StageKind.AGENT: len(draft.pathways) >= 1,
        StageKind.ANNOTATION: len(draft.pathways) == 1,
    }.get(draft.kind, not draft.pathways)
    if not is_right:
        raise InvalidArguments(
            f"stage {draft.title!r} of kind {draft.kind} needs {wanted.get(draft.kind, 'no pathway')}, "
            f"found {[pathway.name for pathway in draft.pathways]}"
        )
