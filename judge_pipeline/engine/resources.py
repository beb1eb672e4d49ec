"""Pipeline resources: the Encord project, the models and the store that a run works with; nothing is opened until it is needed."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from judge_pipeline.domain.alignment.alignment import NOT_ALIGNED, Alignment
from judge_pipeline.domain.blinding import Orders
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.judged_with import asked_model, judged_with
from judge_pipeline.domain.ontology import Ontology
from judge_pipeline.domain.pipeline_names import UNPREFIXED, PipelineNames
from judge_pipeline.domain.project_budget import BUDGET_SETTING, ProjectBudget
from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.domain.workflow import SEED_TITLES, WorkflowTitles
from judge_pipeline.encord_project.connection import Connection
from judge_pipeline.engine.alignments import accepted_alignment
from judge_pipeline.engine.output_files import OutputPath
from judge_pipeline.engine.recent_project import RecentProject
from judge_pipeline.models.circuit_breaker import OUTAGE_SECONDS
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.exchange import MODEL_RETRIES
from judge_pipeline.models.spending_limits import SpendingLimits
from judge_pipeline.store.store import ProjectStore, Store

if TYPE_CHECKING:
    from judge_pipeline.encord_project.project import EncordProject


@dataclass(frozen=True, slots=True)
class OntologyTitles:
    """The titles of the classifications that have a role in the project's ontology."""

    llm_8b: str
    llm_16b: str
    judge_choice: str
    final_choice: str

    def roles_in(self, ontology: Ontology) -> JudgeOntology:
        """The classifications of an ontology by their roles.

        Raises:
            OntologyMismatch: a title is missing, or its classification does not fit the role.
        """
        return JudgeOntology.of(
            ontology,
            title_8b=self.llm_8b,
            title_16b=self.llm_16b,
            choice_title=self.judge_choice,
            final_choice_title=self.final_choice,
        )


@dataclass(frozen=True, slots=True)
class PipelineResources:
    """Plain values, made by `composition` from the settings in every process of a run.

    The caps apply to the runs that set none of their own, together; the `budget` to all runs of the project.
    `panel` are the judges in addition to the first. `min_kappa` is the
    agreement with people below which the judge's decisions are not exported. With `assume_random_choices`, final choices that
    were not drawn are assumed to be a random sample. `cluster_key` is the key of client metadata that groups images of one scene.
    A run stops when a captioner's first answers to `same_answers` different images are the same; 0 never stops it. `alignment` is
    what the judges have learned from people, see `aligned`. `output_browser_address` is where a browser shows the object store of
    the report, if it is in one. `batch_folder` is where this machine has the files of model batches. `recent` is what a command
    shares with its runs.
    """

    connection: Connection
    project_hash: str
    captioners: Mapping[Captioner, Endpoint]
    judge: Endpoint
    database_url: str = field(repr=False)
    report_file: OutputPath
    caption_max_words: int
    orders: Orders
    titles: OntologyTitles
    workflow_titles: WorkflowTitles = SEED_TITLES
    retry_policy: RetryPolicy = MODEL_RETRIES
    outage_seconds: float = OUTAGE_SECONDS
    max_model_calls: int | None = None
    max_cost_usd: float | None = None
    panel: tuple[Endpoint, ...] = ()
    min_kappa: float | None = None
    assume_random_choices: bool = False
    cluster_key: str | None = None
    same_answers: int = 8
    names: PipelineNames = UNPREFIXED
    output_browser_address: str | None = None
    alignment: Alignment = NOT_ALIGNED
    budget: ProjectBudget | None = None
    batch_folder: Path = Path(gettempdir()) / "judge_pipeline_model_batches"
    recent: RecentProject | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, context: Any, names: PipelineNames) -> "PipelineResources":
        """The resource of the pipeline with these names; `context` is that of a run, a check, a sensor or a schedule."""
        return cast("PipelineResources", getattr(context.resources, names.resource))

    def __str__(self) -> str:
        """One line for the log: which Encord and which models are in use."""
        endpoints = ", ".join(str(endpoint) for endpoint in self.endpoints)
        return f"Encord at {self.connection.domain}, project {self.project_hash}; models {endpoints}"

    def open_project(self) -> "EncordProject":
        """Opens the Encord project and checks it, unless the command of this run has just done so. There is nothing to close.

        Raises:
            EncordError: it cannot be reached, or is not a project that the pipeline can work on.
        """
        from judge_pipeline.encord_project.project import EncordProject  # the code location loads without the SDK

        open_project = partial(EncordProject.open, self.connection, self.project_hash, self.workflow_titles)
        return self.recent.opened(open_project) if self.recent else open_project()

    @contextmanager
    def open_store(self) -> Iterator[ProjectStore]:
        """The project's part of the store, closed at the end of the block.

        Raises:
            StoreError: it cannot be opened.
        """
        store = Store.open(self.database_url)
        try:
            yield store.project(self.project_hash)
        finally:
            store.close()

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Every endpoint that a run calls."""
        return (*self.captioners.values(), *self.judges)

    @property
    def min_side(self) -> int:
        """The least side of a picture that all of these models take; each is prepared once for all of them."""
        return max(endpoint.min_side for endpoint in self.endpoints)

    @property
    def judges(self) -> tuple[Endpoint, ...]:
        """The judge, and those of its panel."""
        return (self.judge, *self.panel)

    @property
    def judged_with(self) -> str:
        """The version of the judgements that this pipeline makes, apart from the ontology."""
        judges = [
            asked_model(
                judge.model, temperature=judge.temperature, extra_body=judge.extra_body, logprobs=judge.logprobs
            )
            for judge in self.judges
        ]
        return judged_with(judges, self.orders, self.alignment)

    def aligned(self, store: ProjectStore) -> "PipelineResources":
        """The same with the alignment of the judge that the project has accepted, read from its store."""
        return replace(self, alignment=accepted_alignment(store))

    @property
    def exports_folder(self) -> OutputPath:
        """The folder of the export assets, next to the report."""
        return self.report_file.parent / "exports"

    def browser_url(self, name: str) -> str | None:
        """The page of a file next to the report in its object store's console; None if there is none."""
        return f"{self.output_browser_address}{quote(name)}" if self.output_browser_address else None

    def spending_limits(
        self,
        endpoints: Iterable[Endpoint] | None = None,
        *,
        max_model_calls: int | None = None,
        max_cost_usd: float | None = None,
    ) -> SpendingLimits:
        """The limits of one run, of all endpoints or of these: its own caps, or else those of the settings.

        Raises:
            SpendingLimitUnusable: a cap is not above 0, or in dollars while a price is not known.
        """
        spending_limits = SpendingLimits(
            max_model_calls=self.max_model_calls if max_model_calls is None else max_model_calls,
            max_cost_usd=self.max_cost_usd if max_cost_usd is None else max_cost_usd,
        )
        if self.budget:
            spending_limits.need_prices(BUDGET_SETTING)
        spending_limits.check(self.endpoints if endpoints is None else endpoints)
        return spending_limits

    def budget_sentence(self, store: ProjectStore) -> str:
        """How much of the project's budget is spent, by the answers in the store; empty without a budget."""
        if self.budget is None:
            return ""
        spending = store.spent_since(self.budget.period.start(store.budget_leases.now()))
        return self.budget.sentence(spending.cost_usd, spending.unpriced)

    def saved_sentence(self, store: ProjectStore) -> str:
        """What model batches have cost less than live calls; empty if there were none."""
        saved_usd = store.model_batches.saved_usd()
        return f"Model batches have saved ${saved_usd:,.2f} so far" if saved_usd else ""

    def item_url(self, data_hash: str) -> str:
        """The page of this data unit in Encord's label editor."""
        return self.connection.item_url(self.project_hash, data_hash)
