"""Noting: before captions beside images change, what people have answered by then is kept with the captions they saw."""

from collections.abc import Sequence

from judge_pipeline.domain.final_choice import FinalChoice, settled
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.batch_context import BatchContext
from judge_pipeline.engine.final_choices import FINAL_CHOICES
from judge_pipeline.engine.leases import Leases
from judge_pipeline.engine.sightings import sightings_of


def note_answers(batch: BatchContext, leases: Leases, tags: Sequence[Tag]) -> None:
    """Keeps the answers on the rows of these images; one request for 500 of those that were labelled before, else none.

    Raises:
        LeaseLost: one of the tags is another run's.
    """
    rows = {tag: row for tag in tags if (row := batch.snapshot.images[tag]).label_hash is not None}
    if not rows:
        return
    found = batch.project.final_choices.answers(rows.values(), batch.judge_ontology)
    answers = {tag: found[row.data_hash] for tag, row in rows.items() if row.data_hash in found}
    known = batch.store.results(FINAL_CHOICES, FinalChoice, list(answers))
    seen = sightings_of(
        batch.project, batch.store, batch.snapshot, answers, known, read=answers.keys(), tags=answers.keys()
    )
    settling = {tag: settled(tag, known.get(tag), sighting) for tag, sighting in seen.items()}
    changed = {tag: choice for tag, choice in settling.items() if choice is not None and choice != known.get(tag)}
    batch.store.save_results(FINAL_CHOICES, {leases[tag]: choice for tag, choice in changed.items()})
