"""Aligning the judge: tries what it may learn from people, on images that it did not learn from, and proposes what helps.

Nothing is written to Encord and no judgement changes. The answers are saved like those of a run: repeating it, or judging the same
images by the accepted alignment, pays for none of them twice.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from judge_pipeline.domain.alignment.alignment import NOT_ALIGNED, Alignment, Example
from judge_pipeline.domain.alignment.comparison import comparison
from judge_pipeline.domain.alignment.labelled import Labelled
from judge_pipeline.domain.alignment.notes import read_notes
from judge_pipeline.domain.alignment.proposal import Proposal
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.model_answer import UnusableAnswer
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.project import EncordProject
from judge_pipeline.engine.align_plan import AlignPlan
from judge_pipeline.engine.alignments import accepted, proposals, save_proposal
from judge_pipeline.engine.batched_store import BatchedStore
from judge_pipeline.engine.judged_pictures import judged_pictures
from judge_pipeline.engine.judging import JudgeCase, Judging
from judge_pipeline.engine.run_identity import RunIdentity
from judge_pipeline.engine.shared_budget import shared_budget
from judge_pipeline.models.ask import ask
from judge_pipeline.models.errors import BadRequest, EndpointUnusable, ModelUnavailable, Unanswered
from judge_pipeline.models.images.preparation import NO_IMAGE, PreparedImage, small_data_uri
from judge_pipeline.models.model_client import ModelClient
from judge_pipeline.models.spending_limits import SpendingLimits
from judge_pipeline.store.store import ProjectStore

PURPOSE = "alignment"
EXAMPLE_SIDE = 512
"""Pixels of an example's image, a quarter of the tokens of the image that is judged."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What was tried, and on how many of the images to select by its judge says what people say; `unanswered` are left out."""

    kind: str
    alignment: Alignment
    agreed: int = 0
    unanswered: int = 0


@dataclass(slots=True)
class AlignEnd:
    """`now` is on how many of the images to select by the present judge agrees. Without a `proposal`, `reason` says why."""

    now: int
    candidates: list[Candidate] = field(default_factory=list)
    proposal: Proposal | None = None
    reason: str = ""


class Aligner:
    """Tries the candidates of a plan, with the judges of the settings."""

    def __init__(self, plan: AlignPlan, store: ProjectStore, project: EncordProject) -> None:
        self._plan = plan
        self._store = store
        self._cache = BatchedStore(store)
        self._project = project
        self._read: dict[Tag, PreparedImage | str] = {}
        self._clients: list[ModelClient] = []
        tags = [each.tag for each in plan.images]
        self._generations = store.refreshes.generations(["judgements"], tags)

    async def align(self, limits: SpendingLimits, *, with_images: bool) -> AlignEnd:
        """Selects the best candidate, compares it with the present judge on the held-out images, and saves the proposal.

        Raises:
            EndpointUnusable: a judge cannot be used, or a spending limit is reached; answers until then are kept.
        """
        plan, pipeline = self._plan, self._plan.pipeline
        async with AsyncExitStack() as stack:
            client = partial(
                ModelClient,
                spending_limits=limits,
                retry_policy=pipeline.retry_policy,
                outage_seconds=pipeline.outage_seconds,
            )
            self._clients = [await stack.enter_async_context(client(judge)) for judge in pipeline.judges]
            if plan.judge_calls:
                run = RunIdentity.of_command("align")
                budget = shared_budget(self._store, run, limits, self._clients, pipeline.budget)
                await stack.enter_async_context(budget)
                await asyncio.gather(*(each.check(waits=True) for each in self._clients))
            end = AlignEnd(sum(each.is_agreed for each in plan.selecting))
            for kind, alignment in (await self._alignments(with_images=with_images)).items():
                judged = await self._judgements(plan.selecting, alignment)
                agreed = sum(each.tag in judged and each.is_agreement(judged[each.tag]) for each in plan.selecting)
                end.candidates.append(Candidate(kind, alignment, agreed, len(plan.selecting) - len(judged)))
            best = max(end.candidates, key=lambda each: each.agreed, default=None)
            if best is None or best.agreed <= end.now:
                end.reason = "no candidate agrees with people on more of the images to select by than the present judge"
                return end
            judged = await self._judgements(plan.held_out, best.alignment)
        if not judged:
            end.reason = "the new judge has not answered on any held-out image"
            return end
        end.proposal = Proposal(
            alignment=best.alignment,
            comparison=comparison(plan.held_out, judged, is_sampled=plan.is_sampled),
            against=accepted(self._store).version,
            base=replace(pipeline, alignment=NOT_ALIGNED).judged_with,
            ontology_version=plan.judge_ontology.version,
            proposed_at=datetime.now(UTC).isoformat(timespec="seconds"),
            earlier_looks=sum(each.version != best.alignment.version for each in proposals(self._store)),
        )
        save_proposal(self._store, end.proposal)
        return end

    async def _alignments(self, *, with_images: bool) -> dict[str, Alignment]:
        """The candidates by kind, the cheapest first: of equally good ones it is chosen."""
        plan = self._plan
        found = {"a calibration": plan.calibrated, "notes": await self._notes(), "examples": plan.with_examples}
        if with_images and plan.with_examples:
            found["examples"] = replace(
                plan.with_examples, examples=await self._illustrated(plan.with_examples.examples)
            )
        return {
            kind: alignment for kind, alignment in found.items() if alignment and alignment != plan.pipeline.alignment
        }

    async def _notes(self) -> Alignment | None:
        if self._plan.notes is None:
            return None
        try:
            asked = await ask(
                self._clients[0],
                self._cache,
                purpose=PURPOSE,
                question=self._plan.notes,
                image=NO_IMAGE,
                read=partial(read_notes, judge_ontology=self._plan.judge_ontology),
                occasion={},
            )
        except (UnusableAnswer, Unanswered, ModelUnavailable, BadRequest):
            return None
        return Alignment(notes=asked.value) if asked.value else None

    async def _illustrated(self, examples: Sequence[Example]) -> tuple[Example, ...]:
        pictures = await self._pictures([each.tag for each in examples])
        return tuple(
            replace(each, picture=small_data_uri(pictures[each.tag], EXAMPLE_SIDE)) if each.tag in pictures else each
            for each in examples
        )

    async def _judgements(self, images: Sequence[Labelled], alignment: Alignment) -> Mapping[Tag, Judgement]:
        """What the judge says with this alignment; images without a usable answer or without a picture are left out."""
        if replace(alignment, calibration=None) == replace(self._plan.pipeline.alignment, calibration=None):
            return {each.tag: self._calibrated(each, alignment) for each in images}
        judging = Judging(
            self._clients,
            self._plan.judge_ontology,
            self._plan.pipeline.orders,
            self._cache,
            purpose="judgements",
            alignment=alignment,
        )
        pictures = await self._pictures([each.tag for each in images])
        answers = await asyncio.gather(
            *(self._judged(judging, each, pictures.get(each.tag)) for each in images), return_exceptions=True
        )
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return {answer.tag: answer for answer in answers if isinstance(answer, Judgement)}

    def _calibrated(self, image: Labelled, alignment: Alignment) -> Judgement:
        """Without a call: the present judge's answer is known."""
        if alignment.calibration is None:
            return image.judgement
        return alignment.calibration.applied(
            image.judgement, self._plan.judge_ontology, caption_8b=image.caption_8b, caption_16b=image.caption_16b
        )

    async def _pictures(self, tags: Sequence[Tag]) -> dict[Tag, PreparedImage]:
        """The pictures of these images as far as there are any; each is read once."""
        new = self._store.results("images", Image, [tag for tag in tags if tag not in self._read])
        if new:
            self._read |= await asyncio.to_thread(
                judged_pictures, self._plan.pipeline, self._project, list(new.values())
            )
        found = ((tag, self._read.get(tag)) for tag in tags)
        return {tag: picture for tag, picture in found if isinstance(picture, PreparedImage)}

    async def _judged(self, judging: Judging, image: Labelled, picture: PreparedImage | None) -> Judgement | None:
        if picture is None:
            return None
        case = JudgeCase(image.tag, picture, image.caption_8b, image.caption_16b)
        generation = self._generations.get(("judgements", image.tag), 0)
        try:
            opinions = await judging.opinions(case, occasion={"generation": generation} if generation else {})
        except (UnusableAnswer, Unanswered, ModelUnavailable, BadRequest):
            return None
        except EndpointUnusable as error:
            for client in self._clients:
                client.stop(error)
            raise
        return judging.calibrated(judging.merged(opinions), case)
