"""The batch runner: many tags along their paths at once, those that another run holds last."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack

from judge_pipeline.domain.asset_values import ASSET_TYPES, AssetValue
from judge_pipeline.domain.blinding import Orders
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.correction import Corrections
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.encord_project.errors import EncordDown, EncordUnavailable
from judge_pipeline.engine.batch_state import STOPS_THE_RUN, BatchState
from judge_pipeline.engine.corrections import CORRECTIONS
from judge_pipeline.engine.refresh import refresh
from judge_pipeline.engine.same_answers import AnswerWatch, earlier_answers
from judge_pipeline.engine.steps.linked_text_items import REPLACE
from judge_pipeline.engine.tag_run import TagRun
from judge_pipeline.models.errors import SpendingLimitReached
from judge_pipeline.store.store import ProjectStore

TAGS_BETWEEN_CALLS = 64
"""Tags in flight in addition to those whose captions or judgement a model is working on.

A tag is in flight until its judge has answered: it holds one prepared image, some hundred kilobytes. What is left to be
written then holds no image, and may take as long as Encord does.
"""

ASKED_FOR = frozenset({*(captioner.asset_name for captioner in Captioner), "judgements"})
"""The assets whose values are models' answers."""

KnownValues = Mapping[str, dict[Tag, AssetValue]]


def known_values(store: ProjectStore, tags: Sequence[Tag], *, untouchable: Collection[Tag] = ()) -> KnownValues:
    """The store's values of each asset for these tags, without those that a refresh has still to replace.

    What cannot be replaced, because a person has finished the image or it is gone, is among them: `untouchable`.
    """
    found: dict[str, dict[Tag, AssetValue]] = {}
    for asset, type_ in ASSET_TYPES.items():
        refreshing = store.refreshes.unfinished(asset).difference(untouchable)
        values = store.results(asset, type_, tags)
        found[asset] = {tag: value for tag, value in values.items() if tag not in refreshing}
    return found


def outdated_tags(
    known: KnownValues, tags: Sequence[Tag], *, judged_with: str, ontology_version: str | None
) -> list[Tag]:
    """The tags whose judgement was made with other judges, orders or prompts, or with another ontology."""
    found = [(tag, known["judgements"].get(tag)) for tag in tags]
    return [
        tag
        for tag, value in found
        if isinstance(value, Judgement)
        and value.is_outdated(judged_with=judged_with, ontology_version=ontology_version)
    ]


class BatchRunner:
    """Runs one batch. With `refresh_for`, the id of the run that asked, the selected assets are made again once."""

    def __init__(self, state: BatchState, *, refresh_for: str | None) -> None:
        self._state = state
        self._context = state.context
        self._refresh_for = refresh_for
        self._listed = (self._context.snapshot, self._context.own_rows.indexed_until)
        self._prepared = asyncio.Event()

    async def run(self, tags: Sequence[Tag]) -> None:
        """Takes every tag as far as it goes; the store has those that failed.

        When nothing more can be done for any tag, the runner waits for the model calls under way, keeps their answers
        and starts nothing else.
        """
        leases = self._state.leases
        most_in_flight = 2 * max(each.concurrency for each in self._context.pipeline.endpoints) + TAGS_BETWEEN_CALLS
        in_flight = asyncio.Semaphore(most_in_flight)
        held = [tag for tag in tags if tag in leases]
        try:
            await self._prepare(held)
            self._prepared.set()
            await asyncio.to_thread(self._watch_answers)
            async with asyncio.TaskGroup() as group:
                ontology_version = self._context.judge_ontology.version
                group.create_task(asyncio.to_thread(self._state.log.ontology_seen, ontology_version))
                for tag in held:
                    group.create_task(self._run_tag(tag, in_flight))
                async for freed in leases.acquire_as_released(tags, log=self._state.log.info):
                    if self._state.stop_reason:
                        break
                    await self._context.refresh_snapshot()  # the other run has changed rows in Encord
                    await self._prepare(list(freed))
                    for tag in freed:
                        group.create_task(self._run_tag(tag, in_flight))
        except* STOPS_THE_RUN as errors:
            self._state.stop(errors.exceptions[0])
        await asyncio.to_thread(self._discard_same_answers)
        await self._submit_questions()

    async def look_again(self) -> None:
        """Reads again the rows that another store's run has changed since they were listed: it may have ended before the claim.

        Since they were first listed: a retry has read them again, but not what the other run has left on them.
        """
        await self._prepared.wait()
        context = self._context
        if changed := await context.encord(self._changed_by_others):
            await context.refresh_snapshot()
            await context.encord(self._find_left_behind, sorted(changed))

    def _changed_by_others(self) -> set[Tag]:
        """The tags with new captions, or with a new judgement of captions that were linked before."""
        (snapshot, since), known, leases = self._listed, self._state.known["judgements"], self._state.leases
        to_judge = [
            row
            for tag, row in snapshot.images.items()
            if tag in leases and tag not in known and all((tag, captioner) in snapshot.texts for captioner in Captioner)
        ]
        return {tag for tag in self._context.own_rows.changed(snapshot, since, to_judge) if tag in leases}

    async def _submit_questions(self) -> None:
        """Submits the questions for model batches, unless the run has stopped for another reason than its own limits."""
        state, notes = self._state, self._context.notes
        if notes is None or not (state.stop_reason is None or isinstance(state.stop_reason, SpendingLimitReached)):
            return
        try:
            await notes.submit(state.pending, ASKED_FOR.intersection(state.selected))
        except STOPS_THE_RUN as error:
            state.stop(error)

    def _watch_answers(self) -> None:
        context, limit = self._context, self._context.pipeline.same_answers
        context.answer_watches = {
            captioner: AnswerWatch(
                context.pipeline.captioners[captioner],
                limit=limit,
                earlier=earlier_answers(context.store, captioner) if limit else (),
            )
            for captioner in Captioner
        }

    def _discard_same_answers(self) -> None:
        """Forgets the captions of a captioner that may see no images, except for those that are linked."""
        known = self._state.known
        for captioner, watch in self._context.answer_watches.items():
            asset = captioner.asset_name
            tags = [
                tag
                for tag in watch.tags
                if watch.error and tag in known[asset] and tag not in known["linked_text_items"]
            ]
            if tags:
                self._context.store.delete_results(asset, tags)
            for tag in tags:
                del known[asset][tag]
                row = self._context.snapshot.images.get(tag)
                reason = f"discarded, because {watch.error}"
                self._state.log.failed(
                    asset, tag, title=row.title if row else str(tag), kind="SameAnswers", reason=reason
                )

    async def _run_tag(self, tag: Tag, in_flight: asyncio.Semaphore) -> None:
        async with AsyncExitStack() as slot:
            await slot.enter_async_context(in_flight)
            self._context.under_way.add(tag)
            if not self._state.stop_reason:
                with self._context.spending_limits.within(self._calls_ahead(tag)):
                    await TagRun(self._state, tag, slot).run()
        self._context.under_way.discard(tag)

    def _calls_ahead(self, tag: Tag) -> Counter[str]:
        """The calls that finish this tag, by endpoint, without repairs: a capped run reserves them before the first one.

        While captions wait for a model batch the judge is not asked. What was asked in earlier runs is not asked again.
        """
        context, known, selected = self._context, self._state.known, self._state.selected
        ahead: Counter[str] = Counter()
        is_asked, waits = context.notes is not None and tag in context.notes.tags_before, False
        for captioner, endpoint in context.pipeline.captioners.items():
            is_there = tag in known[captioner.asset_name] or context.text_row(tag, captioner)
            if captioner.asset_name in selected and not is_there and not context.unlinked_text(tag, captioner):
                ahead[endpoint.name] += not is_asked
                waits = waits or (endpoint.mode != "live" and not is_asked)
        if "judgements" in selected and tag not in known["judgements"] and not waits:
            for judge in context.pipeline.judges:
                ahead[judge.name] += 2 if context.pipeline.orders is Orders.BOTH else 1
        return ahead

    async def _prepare(self, tags: Sequence[Tag]) -> None:
        await asyncio.to_thread(self._load, tags)
        answered = ASKED_FOR.intersection(self._state.selected)
        if any(tag not in self._state.known[asset] for asset in answered for tag in tags):
            await self._context.open_models(self._context)
        remarks, self._context.model_remarks = self._context.model_remarks, ()
        for remark in remarks:
            self._state.log.warn(remark)
        try:
            await self._context.encord(self._find_left_behind, tags)
        except EncordUnavailable as error:
            raise EncordDown(str(error)) from None

    def _find_left_behind(self, tags: Sequence[Tag]) -> None:
        """Looks in Encord for what a store that is lost has left behind: texts without a link, and the judge's labels."""
        context, known, selected = self._context, self._state.known, self._state.selected
        images = {tag: row for tag in tags if (row := context.snapshot.images.get(tag)) and row.label_hash is not None}
        if "judgements" in selected:
            refreshed = {tag for asset, tag in context.generations if asset != "images"}
            rows = {tag: row for tag, row in images.items() if tag not in known["judgements"] and tag not in refreshed}
            found = context.project.judge_labels(rows.values(), context.judge_ontology) if rows else {}
            context.judge_labels |= {tag: found[row.data_hash] for tag, row in rows.items() if row.data_hash in found}
        if "linked_text_items" in selected:
            slots = [(tag, captioner) for tag in tags for captioner in Captioner]
            empty = [
                slot for slot in slots if slot not in context.snapshot.texts and slot[0] in context.snapshot.images
            ]
            for folder in set(
                context.project.parent_folders(context.snapshot.images[tag] for tag, _ in empty).values()
            ):
                unlinked = context.project.unlinked_texts(folder)
                context.unlinked |= {
                    slot: unlinked[slot[0], slot[1].data_type.value]
                    for slot in empty
                    if (slot[0], slot[1].data_type.value) in unlinked
                }

    def _load(self, tags: Sequence[Tag]) -> None:
        """Loads the values and intents of tags that this run has just leased, after a refresh has marked its part."""
        context, selected = self._context, self._state.selected
        if self._refresh_for:
            self._state.on_purpose |= set(tags)
            kept = refresh(
                context, self._state.leases, tags, selected=frozenset(selected), requested_by=self._refresh_for
            )
            for reason in kept.values():
                self._state.log.warn(f"not refreshed: {reason}")
        untouchable = [tag for tag in tags if not context.is_open_to_changes(tag)]
        for asset, values in known_values(context.store, tags, untouchable=untouchable).items():
            self._state.known[asset].update(values)
        if "judgements" in selected:
            self._forget_outdated(tags)
            context.corrections |= context.store.results(CORRECTIONS, Corrections, tags)
        self._state.on_purpose |= {tag for asset in selected for tag in context.store.refreshes.unfinished(asset)}
        context.generations |= context.store.refreshes.generations(list(ASSET_TYPES), tags)
        for captioner in Captioner:
            for tag, detail in context.store.intents(REPLACE[captioner], tags).items():
                context.replaced[tag, captioner] = detail["item_uuids"]
        self._forget_changed_texts(tags)

    def _forget_changed_texts(self, tags: Collection[Tag]) -> None:
        """Links a missing text again, and adopts a text that a person has put there instead, for images sent back to the agents.

        The judge's labels of an image that has none any more are written again; its answers are in the store.
        """
        known = self._state.known
        for tag in tags:
            linked, row = known["linked_text_items"].get(tag), self._context.snapshot.images.get(tag)
            if row is None or not row.kind.is_agent_stage or not isinstance(linked, LinkedTextItems):
                continue
            if row.label_hash is None:
                known["judgements"].pop(tag, None)
            for captioner, text in self._context.snapshot.changed_texts(tag, linked).items():
                known["linked_text_items"].pop(tag, None)
                if text is not None:
                    known[captioner.asset_name].pop(tag, None)
                if text is not None:
                    known["judgements"].pop(tag, None)

    def _forget_outdated(self, tags: Collection[Tag]) -> None:
        """Outdated judgements are made again, except for images that a person has finished."""
        context, judgements, kept = self._context, self._state.known["judgements"], 0
        for tag in outdated_tags(
            self._state.known,
            list(tags),
            judged_with=context.pipeline.judged_with,
            ontology_version=context.judge_ontology.version,
        ):
            if context.is_open_to_changes(tag):
                del judgements[tag]
                self._state.on_purpose.add(tag)
            else:
                kept += 1
        if kept:
            self._state.log.warn(
                f"{kept} outdated judgements stay as they are: a person has finished their image, or it no longer exists"
            )
