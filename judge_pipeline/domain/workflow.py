"""The workflow's stages and pathways by title, and their order."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgentStage:
    """An agent stage, and the pathway by which the pipeline moves rows out of it."""

    title: str
    pathway: str


FIRST = AgentStage("LLM1", "First caption")
SECOND = AgentStage("LLM2", "Second caption")
JUDGE = AgentStage("LLM as Judge", "LLM Ruling")

AGENT_STAGES = (FIRST, SECOND, JUDGE)
"""In workflow order, as in the seed notebook."""

CAPTIONING_STAGES = (FIRST, SECOND)
"""The stages that a row leaves once both captions are linked."""

REVIEW = "Human Review"
"""The stage in which people decide."""

COMPLETE = "Complete"
ARCHIVE = "Archive"

FINISHED_STAGES = frozenset({COMPLETE, ARCHIVE})
"""Rows that a person has finished; the pipeline does not touch them."""


def has_left(stage_title: str, stage: AgentStage) -> bool:
    """Whether a row in `stage_title` is past `stage`; every stage that is not an agent stage counts as past all of them."""
    titles = [agent_stage.title for agent_stage in AGENT_STAGES]
    return stage_title not in titles or titles.index(stage_title) > titles.index(stage.title)
