"""What the tags of a batch share while they run, and what stops them all."""

from collections.abc import Collection, Mapping

from judge_pipeline.dagster_events.event_log import EventLog
from judge_pipeline.domain.asset_values import ASSET_TYPES, AssetValue
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import EncordUnusable
from judge_pipeline.engine.asset_times import AssetTimes
from judge_pipeline.engine.batch_context import BatchContext
from judge_pipeline.engine.leases import RunLeases
from judge_pipeline.engine.steps.images import ImageReader
from judge_pipeline.engine.steps.judgements import JudgementWriter
from judge_pipeline.engine.steps.linked_text_items import TextLinker
from judge_pipeline.engine.steps.task_moves import PlaceReader, TaskMover
from judge_pipeline.models.errors import EndpointUnusable
from judge_pipeline.store.errors import StoreError

STOPS_THE_RUN = (EncordUnusable, EndpointUnusable, StoreError)
"""Errors that every other tag would meet too."""


class BatchState:
    """What the tags of a batch share.

    `known` holds the values of tags that the run holds or has held. `left` are the tags that another run has taken over,
    `waiting` those whose image stands with a person, by the stage's title, `pending` those that wait for a
    model batch. `on_purpose` are the tags that somebody has asked for wherever they stand. `stop_reason` says why the run begins
    nothing more; None while it goes on.
    """

    def __init__(
        self, context: BatchContext, *, selected: Collection[str], leases: RunLeases, log: EventLog, run_id: str
    ) -> None:
        self.context = context
        self.selected = [asset for asset in ASSET_TYPES if asset in selected]
        self.leases = leases
        self.log = log
        self.run_id = run_id
        self.images = ImageReader(context, leases)
        self.mover = TaskMover(context, leases)
        self.linker = TextLinker(context, leases, self.mover)
        self.writer = JudgementWriter(context, leases)
        self.places = PlaceReader(context)
        self.known: Mapping[str, dict[Tag, AssetValue]] = {asset: {} for asset in ASSET_TYPES}
        self.left: set[Tag] = set()
        self.waiting: dict[Tag, str] = {}
        self.pending: set[Tag] = set()
        self.on_purpose: set[Tag] = set()
        self.stop_reason: Exception | None = None
        self.times = AssetTimes()

    def stop(self, error: Exception) -> None:
        """Stops asking models. The first reason counts; answers under way still arrive and are kept."""
        if self.stop_reason is None:
            self.stop_reason = error
            self.context.stop_asking(error)
