"""Noting: before captions beside images change, what people have answered by then is kept with the captions they saw."""

from collections.abc import Sequence

from judge_pipeline.assets.bench import Bench
from judge_pipeline.assets.leasing import Leases
from judge_pipeline.assets.looking import FINAL_CHOICES
from judge_pipeline.assets.sightings import sightings_of
from judge_pipeline.domain.final_choice import FinalChoice, settled
from judge_pipeline.domain.tag import Tag


def note_answers(bench: Bench, leases: Leases, tags: Sequence[Tag]) -> None:
    """Keeps the answers on the rows of these images; one request for 500 of those that were labelled before, else none.

    Raises:
        LeaseLost: one of the tags is another run's.
    """
    rows = {tag: row for tag in tags if (row := bench.board.images[tag]).label_hash is not None}
    if not rows:
        return
    found = bench.project.final_answers(rows.values(), bench.judge_ontology)
    answers = {tag: found[row.data_hash] for tag, row in rows.items() if row.data_hash in found}
    known = bench.store.results(FINAL_CHOICES, FinalChoice, list(answers))
    seen = sightings_of(
        bench.project, bench.store, bench.board, answers, known, read=answers.keys(), tags=answers.keys()
    )
    settling = {tag: settled(tag, known.get(tag), sighting) for tag, sighting in seen.items()}
    changed = {tag: choice for tag, choice in settling.items() if choice is not None and choice != known.get(tag)}
    bench.store.record_all(FINAL_CHOICES, {leases[tag]: choice for tag, choice in changed.items()})
