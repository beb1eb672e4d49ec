"""Corrections: what people have answered in the place of the judge's labels, found wherever rows are read anyway, and stored."""

from collections.abc import Mapping, Sequence

from judge_pipeline.domain.correction import Corrections, FoundLabel, KnownLabels
from judge_pipeline.domain.final_choice import Observation
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.text_item import LinkedTextItems
from judge_pipeline.engine.leases import RunLeases
from judge_pipeline.store.store import ProjectStore

CORRECTIONS = "corrections"


def known_labels(store: ProjectStore, tags: Sequence[Tag]) -> dict[Tag, KnownLabels]:
    """What the store knows about the judge's labels of these images."""
    judgements = store.results("judgements", Judgement, tags)
    linked = store.results("linked_text_items", LinkedTextItems, tags)
    known = store.results(CORRECTIONS, Corrections, tags)
    return {tag: KnownLabels(judgements.get(tag), linked.get(tag), known.get(tag)) for tag in tags}


def observed_corrections(
    labels: Mapping[Tag, Sequence[FoundLabel]],
    known: Mapping[Tag, KnownLabels],
    observations: Mapping[Tag, Observation],
    roles: JudgeOntology,
) -> dict[Tag, Corrections | None]:
    """The corrections on these images as they are now, where they differ from those known; None where there are none any more."""
    found = {
        tag: known[tag].updated(
            labels[tag], tag, roles, texts=observations[tag].texts, texts_since=observations[tag].texts_since
        )
        for tag in labels
    }
    return {tag: corrections for tag, corrections in found.items() if corrections != known[tag].corrections}


def save_corrections(store: ProjectStore, leases: RunLeases, changed: Mapping[Tag, Corrections | None]) -> None:
    """Stores the corrections of images that the run holds; None forgets them.

    Raises:
        LeaseLost: another run has one of the tags.
    """
    store.save_results(CORRECTIONS, {leases[tag]: each for tag, each in changed.items() if each is not None})
    store.delete_results(CORRECTIONS, [tag for tag, each in changed.items() if each is None])
