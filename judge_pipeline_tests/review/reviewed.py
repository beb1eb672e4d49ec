"""Sessions on a trial's project, opened as the command opens them but without the browser."""

from datetime import UTC, datetime
from typing import Any

from encord.objects.attributes import RadioAttribute

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.drawing import Order
from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.tag import Tag
from judge_pipeline.review.choice_writer import ChoiceWriter
from judge_pipeline.review.comparison import Comparison, Side
from judge_pipeline.review.opening import open_session
from judge_pipeline.review.session import Session
from judge_pipeline.store.store import Store
from judge_pipeline_tests.engine.encord_state import encord_state
from judge_pipeline_tests.engine.trial import Trial

REVIEWER = "ada@example.com"
NOW = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)


class Reviewed:
    """A trial whose pictures people compare; its store stays open until `close`."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.store = Store.open(trial.pipeline.database_url)
        self.records = self.store.project(trial.pipeline.project_hash)
        self.logged: list[str] = []

    def close(self) -> None:
        self.store.close()

    def writer(self, *, reviewer: str | None = REVIEWER, approves: bool = False, holder: str = "page") -> ChoiceWriter:
        project = self.trial.pipeline.open_project()
        roles = self.trial.pipeline.titles.roles_in(project.ontology)
        return ChoiceWriter(project, self.records, roles, reviewer, approves, holder, lambda: NOW)

    def session(
        self,
        *,
        order: Order = Order.RANDOM,
        limit: int | None = None,
        overlap: float = 0.0,
        adjudicates: bool = False,
        **options: Any,
    ) -> Session:
        return open_session(
            self.writer(**options),
            order=order,
            limit=limit,
            log=self.logged.append,
            overlap=overlap,
            adjudicates=adjudicates,
        )

    def tag(self, colour: str) -> Tag:
        return Tag(self.trial.tags[colour])

    def colour(self, tag: Tag) -> str:
        return next(colour for colour, each in self.trial.tags.items() if each == tag)

    def known(self) -> dict[str, FinalChoice]:
        """What the store has, by colour."""
        found = self.records.results("final_choices", FinalChoice)
        return {self.colour(tag): choice for tag, choice in found.items()}

    def record(self, asset: str, value: Judgement | FinalChoice) -> None:
        """Puts a result into the store."""
        leases = self.records.leases.acquire([value.tag], holder="test", seconds=60)
        self.records.save_result(asset, leases[value.tag], value)
        self.records.leases.release(list(leases.values()))

    def in_encord(self, colour: str) -> Any:
        """What Final Choice holds."""
        labels = encord_state(self.trial.seed)[colour]["labels"]
        return labels.get("Final Choice", {}).get("Final Choice")

    def stages(self, colour: str) -> set[str]:
        """The stages of the picture and its two texts."""
        state = encord_state(self.trial.seed)[colour]
        return {state["stage"], *(text["stage"] for text in state["texts"].values())}

    def add_option(self, label: str) -> None:
        """Adds an option to Final Choice, as a person does in Encord."""
        ontology = self.trial.seed.client().get_ontology(self.trial.seed.ontology_hash)
        ontology.structure.get_child_by_title("Final Choice", type_=RadioAttribute).add_option(label)
        ontology.save()


def side_of(comparison: Comparison, captioner: Captioner) -> Side:
    """The side a captioner's caption is on."""
    return Side.LEFT if comparison.left is captioner else Side.RIGHT
