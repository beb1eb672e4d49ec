"""Workflows that differ from the seed's, and projects made from them."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from judge_pipeline.domain.workflow import SEED_TITLES, WorkflowTitles
from judge_pipeline_tests.engine.trial import Trial
from judge_pipeline_tests.seed_project import WORKFLOW_TEMPLATE, create_seed_project

Stages = list[dict[str, Any]]


def agent(title: str, *pathways: tuple[str, str]) -> dict[str, Any]:
    """An agent stage with pathways, each a name and the title of the stage that it leads to."""
    return {"title": title, "kind": "agent", "pathways": [{"name": name, "to": to} for name, to in pathways]}


def seed_stages(**others: dict[str, Any]) -> Stages:
    """The seed's stages, those in `others` in the place of the ones whose titles these are, with `_` for a space."""
    return [others.get(stage["title"].replace(" ", "_"), stage) for stage in WORKFLOW_TEMPLATE["stages"]]


GERMAN: Stages = [
    agent("Kurz", ("weiter", "Lang")),
    agent("Lang", ("Weiter", "Vergleich"), ("verwerfen", "Verworfen")),
    agent("Vergleich", ("nochmals", "Kurz"), ("Geprüft", "Entscheidung")),
    {"title": "Entscheidung", "kind": "review", "approve": "Fertig", "reject": "Verworfen"},
    {"title": "Fertig", "kind": "complete"},
    {"title": "Verworfen", "kind": "archive"},
]
"""Other titles; two stages have a second pathway."""

DONE_OR_REJECTED = seed_stages(
    Human_Review={"title": "Human Review", "kind": "review", "approve": "Done", "reject": "Rejected"},
    Complete={"title": "Done", "kind": "complete"},
    Archive={"title": "Rejected", "kind": "archive"},
)
"""The seed's, with other titles of the final stages."""


def template(stages: Stages) -> dict[str, Any]:
    """A new workflow template; tasks start in the first stage."""
    return {"uuid": str(uuid4()), "title": "Another workflow", "start": stages[0]["title"], "stages": stages}


def trial_with(trial: Trial, stages: Stages, titles: WorkflowTitles = SEED_TITLES) -> Trial:
    """The trial on a new project with this workflow."""
    seed = create_seed_project(trial.seed.server, template=template(stages))
    pipeline = replace(trial.pipeline, project_hash=seed.project_hash, workflow_titles=titles)
    return Trial(seed, trial.models, pipeline, trial.instance, trial.folder)
