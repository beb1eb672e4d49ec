"""The workflow's stages and pathways by their titles, and the way that a row takes through them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgentStage:
    """A stage that a program moves rows out of, by one pathway."""

    title: str
    pathway: str


FIRST = AgentStage("LLM1", "First caption")
SECOND = AgentStage("LLM2", "Second caption")
JUDGE = AgentStage("LLM as Judge", "LLM Ruling")

AGENT_STAGES = (FIRST, SECOND, JUDGE)
"""In the order of the path, as the seed notebook's workflow has them."""

CAPTIONING_STAGES = (FIRST, SECOND)
"""What a row leaves once both captions lie beside their image."""

REVIEW = "Human Review"
"""Where people decide."""

COMPLETE = "Complete"
ARCHIVE = "Archive"

FINISHED_STAGES = frozenset({COMPLETE, ARCHIVE})
"""Where a person has put what is not to be touched again."""


def has_left(stage_title: str, stage: AgentStage) -> bool:
    """Whether a row that stands in `stage_title` is beyond `stage`; every stage that is not an agent's lies behind them all."""
    titles = [agent_stage.title for agent_stage in AGENT_STAGES]
    return stage_title not in titles or titles.index(stage_title) > titles.index(stage.title)
