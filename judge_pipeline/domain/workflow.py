"""A project's workflow: what each stage is to the pipeline, known by kind and pathways; only the agent stages have titles."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

COMPLETE_UUID = "7e7598de-612c-40c4-ba08-5dfec8c3ae8f"
"""Encord's Complete stage has this uuid in every project."""


class WorkflowMismatch(ValueError):
    """The workflow lacks stages or pathways; the message says for each what was expected and what was found."""


class StageType(StrEnum):
    """The types of stages as Encord's API tells them apart: Complete and Archive are both final."""

    AGENT = "agent"
    REVIEW = "review"
    FINAL = "final"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Pathway:
    """A way out of an agent stage. `leads_to` is the uuid of a stage, or of a router, which the API does not list."""

    uuid: str
    name: str
    leads_to: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage as Encord describes it; only agent stages tell their pathways."""

    uuid: str
    title: str
    type: StageType
    pathways: tuple[Pathway, ...] = ()


class StageKind(StrEnum):
    """What a stage is to the pipeline; `OTHER` are people's annotation stages and the agents of others."""

    LLM1 = "llm1"
    LLM2 = "llm2"
    JUDGE = "judge"
    REVIEW = "review"
    COMPLETE = "complete"
    ARCHIVE = "archive"
    OTHER = "other"

    @property
    def is_agent_stage(self) -> bool:
        """Whether rows here are the pipeline's work."""
        return self in AGENT_STAGES

    @property
    def is_captioning_stage(self) -> bool:
        """Whether rows here have no captions to judge yet."""
        return self in CAPTIONING_STAGES

    @property
    def is_finished(self) -> bool:
        """Whether a person has finished the rows here; the pipeline does not touch them."""
        return self in (StageKind.COMPLETE, StageKind.ARCHIVE)

    @property
    def waits_for_person(self) -> bool:
        """Whether rows here must be moved on by somebody else before they are the pipeline's work, again or at all."""
        return self is StageKind.OTHER

    def has_left(self, stage: "StageKind") -> bool:
        """Whether rows here are past that agent stage; every stage that is not an agent stage counts as past all of them."""
        return not self.is_agent_stage or AGENT_STAGES.index(self) > AGENT_STAGES.index(stage)


AGENT_STAGES = (StageKind.LLM1, StageKind.LLM2, StageKind.JUDGE)
"""In workflow order, as in the seed notebook."""

CAPTIONING_STAGES = (StageKind.LLM1, StageKind.LLM2)
"""The stages that a row leaves once both captions are linked."""


def stages_before(stage: StageKind) -> tuple[StageKind, ...]:
    """The agent stages before that one."""
    return AGENT_STAGES[: AGENT_STAGES.index(stage)]


@dataclass(frozen=True, slots=True)
class AgentTitles:
    """The title of an agent stage, and the pathway by which the pipeline moves rows out of it; None if it need not be named."""

    title: str
    pathway: str | None
    usual_pathway: str


@dataclass(frozen=True, slots=True)
class WorkflowTitles:
    """The titles by which the pipeline finds its stages, in any case. Without a pathway's title see `Workflow.of`.

    `complete` is the final stage that counts as approved; None for Encord's Complete stage.
    """

    llm1: str = "LLM1"
    llm2: str = "LLM2"
    judge: str = "LLM as Judge"
    llm1_pathway: str | None = None
    llm2_pathway: str | None = None
    judge_pathway: str | None = None
    complete: str | None = None

    @property
    def agents(self) -> Mapping[StageKind, AgentTitles]:
        """The three agent stages in workflow order."""
        return {
            StageKind.LLM1: AgentTitles(self.llm1, self.llm1_pathway, "First caption"),
            StageKind.LLM2: AgentTitles(self.llm2, self.llm2_pathway, "Second caption"),
            StageKind.JUDGE: AgentTitles(self.judge, self.judge_pathway, "LLM Ruling"),
        }


SEED_TITLES = WorkflowTitles()
"""The titles of the seed notebook."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """The stages of one project's workflow, their kinds by uuid, and the pathway by which rows leave each agent stage."""

    stages: tuple[Stage, ...]
    kinds: Mapping[str, StageKind]
    pathways: Mapping[StageKind, Pathway]

    @classmethod
    def of(cls, stages: Sequence[Stage], titles: WorkflowTitles) -> "Workflow":
        """Finds the agent stages by title; review and final stages by type.

        The pathway out of an agent stage is the one with the name in `titles`; without a name the seed's, else the only
        one, else the only one that leads to the next stage.

        Rows are in review where the judge's pathway leads to; if that is not a review stage, in every one to which neither
        LLM1 nor LLM2 leads. Complete is the final stage with the title in `titles`; without a title the one with Encord's
        uuid, else the one called Complete, else the only one.

        Raises:
            WorkflowMismatch: an agent stage, its pathway or the Complete stage is not found.
        """
        wanted = titles.agents
        found = {kind: _agent_stage(stages, agent.title) for kind, agent in wanted.items()}
        agents = {kind: stage for kind, stage in found.items() if stage}
        problems = _missing_agents(stages, {kind: wanted[kind].title for kind in found if kind not in agents})
        if len({stage.uuid for stage in agents.values()}) < len(agents):
            problems.append(
                f"the three agent stages are not different ones: {_quoted(stage.title for stage in agents.values())}; "
                "correct WORKFLOW_LLM1, WORKFLOW_LLM2 and WORKFLOW_JUDGE"
            )
        reviews = [stage for stage in stages if stage.type is StageType.REVIEW]
        following = {kind: {agents[after].uuid} for kind, after in pairwise(AGENT_STAGES) if after in agents}
        following[StageKind.JUDGE] = {stage.uuid for stage in reviews}
        pathways: dict[StageKind, Pathway] = {}
        final = [stage for stage in stages if stage.type is StageType.FINAL]
        complete = None
        for kind, stage in agents.items():
            if kind not in following and wanted[kind].pathway is None:
                continue  # the missing stage may be what tells its pathways apart
            try:
                pathways[kind] = _pathway(stage, kind, wanted[kind], following.get(kind, set()))
            except WorkflowMismatch as mismatch:
                problems.append(str(mismatch))
        try:
            complete = _complete(final, titles.complete)
        except WorkflowMismatch as mismatch:
            problems.append(str(mismatch))
        if problems:
            raise WorkflowMismatch("; ".join(problems))
        led_to = [stage for stage in reviews if stage.uuid == pathways[StageKind.JUDGE].leads_to]
        kinds = {stage.uuid: StageKind.ARCHIVE for stage in final}
        before_judge = {pathways[kind].leads_to for kind in CAPTIONING_STAGES}
        after_judge = [stage for stage in reviews if stage.uuid not in before_judge]
        kinds |= {stage.uuid: StageKind.REVIEW for stage in led_to or after_judge}
        kinds |= {stage.uuid: kind for kind, stage in agents.items()}
        kinds |= {complete.uuid: StageKind.COMPLETE} if complete else {}
        return cls(tuple(stages), kinds, pathways)

    @property
    def leads_straight_to_judge(self) -> bool:
        """Whether LLM1 leads to LLM2 and that one to the judge, with no stage of a person's between them."""
        return all(
            self.kind_of(self.pathways[stage].leads_to) is following for stage, following in pairwise(AGENT_STAGES)
        )

    def kind_of(self, stage_uuid: str) -> StageKind:
        """What the stage with this uuid is."""
        return self.kinds.get(stage_uuid, StageKind.OTHER)

    def of_kind(self, *kinds: StageKind) -> tuple[Stage, ...]:
        """The stages of these kinds, in the workflow's order; exactly one for each agent stage."""
        return tuple(stage for stage in self.stages if self.kind_of(stage.uuid) in kinds)

    def titles_of(self, *kinds: StageKind) -> str:
        """The titles of these stages for a message, in quotation marks."""
        return _quoted(stage.title for stage in self.of_kind(*kinds)) or "none"

    @property
    def differences(self) -> list[str]:
        """How the workflow differs from the documented one, a sentence each; the pipeline works in it all the same."""
        found = []
        for kind, after in zip(AGENT_STAGES, (StageKind.LLM2, StageKind.JUDGE, StageKind.REVIEW), strict=True):
            pathway, next_stages = self.pathways[kind], self.of_kind(after)
            if next_stages and pathway.leads_to not in {stage.uuid for stage in next_stages}:
                there = next((repr(stage.title) for stage in self.stages if stage.uuid == pathway.leads_to), "a router")
                found.append(
                    f"the pathway {pathway.name!r} of {self.titles_of(kind)} leads to {there} instead of "
                    f"{self.titles_of(after)}; images that wait there are not processed until they are moved on"
                )
        if not self.of_kind(StageKind.REVIEW):
            found.append("there is no review stage, so `judge-pipeline review` cannot be used; add one in Encord")
        others = [s for s in self.stages if s.type is StageType.REVIEW and self.kind_of(s.uuid) is StageKind.OTHER]
        if others:
            found.append(
                f"`judge-pipeline review` shows the images in {self.titles_of(StageKind.REVIEW)} and not those in "
                f"{_quoted(stage.title for stage in others)}"
            )
        return found


def _agent_stage(stages: Sequence[Stage], title: str) -> Stage | None:
    agents = (stage for stage in stages if stage.type is StageType.AGENT and _is_same(stage.title, title))
    return next(agents, None)


def _missing_agents(stages: Sequence[Stage], missing: Mapping[StageKind, str]) -> list[str]:
    if not missing:
        return []
    agents = [stage for stage in stages if stage.type is StageType.AGENT]
    (first, title), *more = missing.items()
    others = " and ".join(f"{title!r} (WORKFLOW_{kind.name})" for kind, title in more)
    same = f"; the same for {others}" if others else ""
    problem = (
        f"there is no agent stage {title!r} (agent stages: {_listed(agents)}; other stages: "
        f"{_quoted(stage.title for stage in stages if stage not in agents) or 'none'}); set WORKFLOW_{first.name} to the "
        f"title of yours, or add the stage in Encord{same}"
    )
    return [problem]


def _pathway(stage: Stage, kind: StageKind, wanted: AgentTitles, following: set[str]) -> Pathway:
    named = [each for each in stage.pathways if _is_same(each.name, wanted.pathway or wanted.usual_pathway)]
    if named:
        return named[0]
    if wanted.pathway is None:
        for candidates in (stage.pathways, [each for each in stage.pathways if each.leads_to in following]):
            if len(candidates) == 1:
                return candidates[0]
    raise WorkflowMismatch(
        f"the agent stage {stage.title!r} has no pathway {wanted.pathway or wanted.usual_pathway!r} (its pathways: "
        f"{_quoted(each.name for each in stage.pathways) or 'none'}); set WORKFLOW_{kind.name}_PATHWAY to the title of yours"
    )


def _complete(final: Sequence[Stage], title: str | None) -> Stage | None:
    if title is not None:
        candidates = [[stage for stage in final if _is_same(stage.title, title)]]
    else:
        candidates = [
            [stage for stage in final if stage.uuid == COMPLETE_UUID],
            [stage for stage in final if _is_same(stage.title, "Complete")],
            list(final),
        ]
    for found in candidates:
        if len(found) == 1:
            return found[0]
    if not final and title is None:
        return None
    raise WorkflowMismatch(
        f"there is no final stage {title or 'Complete'!r} (final stages: {_quoted(stage.title for stage in final) or 'none'}); "
        "set WORKFLOW_COMPLETE to the title of the one in which approved images end"
    )


def _is_same(title: str, wanted: str) -> bool:
    return title.casefold() == wanted.casefold()


def _listed(stages: Iterable[Stage]) -> str:
    return (
        "; ".join(
            f"{stage.title}, pathways {', '.join(each.name for each in stage.pathways) or 'none'}" for stage in stages
        )
        or "none"
    )


def _quoted(titles: Iterable[str]) -> str:
    return ", ".join(map(repr, titles))
