"""All outcomes of a project at once: what a report over 250,000 images has in memory."""

import tracemalloc
from pathlib import Path

from benchmarks.archive import PROJECT, make_rows
from judge_pipeline.store.outcomes import load_outcomes
from judge_pipeline.store.store import Store

IMAGES = 300


def test_an_outcome_takes_less_than_three_kilobytes(tmp_path: Path) -> None:
    """In the store it takes 13: a thumbnail, two raw answers of the judge, and the same names and scores again and again."""
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}")
    make_rows(store.project(PROJECT), IMAGES)
    load_outcomes(store.project(PROJECT))  # what is made once
    tracemalloc.start()
    try:
        outcomes = load_outcomes(store.project(PROJECT))
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        store.close()
    assert len(outcomes) == IMAGES
    assert size / IMAGES < 3_000
