"""A refresh: makes the values of the selected assets again on purpose, and pays for them again."""

from collections.abc import Collection, Iterable

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.tag import Tag
from judge_pipeline.encord_project.errors import RowRefused
from judge_pipeline.engine.batch_context import BatchContext, Slot
from judge_pipeline.engine.leases import RunLeases
from judge_pipeline.engine.steps.linked_text_items import REPLACE, UPLOAD

CAPTIONS = frozenset(captioner.asset_name for captioner in Captioner)

FOLLOWING = {
    "images": CAPTIONS | {"linked_text_items", "judgements"},
    **dict.fromkeys(CAPTIONS, frozenset({"linked_text_items", "judgements"})),
    "linked_text_items": frozenset({"judgements"}),
    "judgements": frozenset[str](),
}
"""The assets made again with each asset; a model is asked again only about the assets refreshed themselves."""


def assets_made_again(selected: Iterable[str]) -> frozenset[str]:
    """The assets whose values are made again when these are refreshed."""
    return frozenset(selected).union(*(FOLLOWING[asset] for asset in selected))


def refresh(
    batch: BatchContext, leases: RunLeases, tags: Collection[Tag], *, selected: frozenset[str], requested_by: str
) -> dict[Tag, str]:
    """Marks the selected assets of these tags as to be made again, and captions in Encord as to be replaced, once per `requested_by`.

    The old values stay until the new ones are saved. Returns the reason for each tag that is left alone because its image
    is gone, ambiguous or finished by a person.
    """
    kept: dict[Tag, str] = {}
    for tag in tags:
        try:
            batch.image_row(tag)
        except RowRefused as refusal:
            kept[tag] = str(refusal)
    held = [leases[tag] for tag in tags if tag not in kept]
    captioners = [captioner for captioner in Captioner if captioner.asset_name in selected]
    existing = _existing_items(batch, [lease.tag for lease in held], captioners)
    batch.store.refreshes.begin(
        held,
        assets=selected,
        made_again=assets_made_again(selected),
        intended={
            REPLACE[captioner]: {
                lease: {"item_uuids": existing[lease.tag, captioner]}
                for lease in held
                if (lease.tag, captioner) in existing
            }
            for captioner in captioners
        },
        given_up=[UPLOAD[captioner] for captioner in captioners],
        asked_by=requested_by,
    )
    return kept


def _existing_items(
    batch: BatchContext, tags: Collection[Tag], captioners: Iterable[Captioner]
) -> dict[Slot, list[str]]:
    """The storage items of earlier captions: linked, uploaded by an interrupted attempt, or still to be removed."""
    found: dict[Slot, list[str]] = {}
    for captioner in captioners:
        uploaded = batch.store.intents(UPLOAD[captioner], list(tags))
        replaced = batch.store.intents(REPLACE[captioner], list(tags))
        for tag in tags:
            row = batch.snapshot.texts.get((tag, captioner))
            items = [row.item_uuid] if row else []
            items += [uploaded[tag]["item_uuid"]] if tag in uploaded else []
            items += replaced[tag]["item_uuids"] if tag in replaced else []
            if items:
                found[tag, captioner] = sorted(set(items))
    return found
