"""A progress bar over what the store has recorded, so that it shows the work of whichever process does it."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from judge_pipeline.domain.asset_values import ASSET_TYPES
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.store.store import ProjectStore, Store

SECONDS_BETWEEN_LOOKS = 0.2


@contextmanager
def progress_of(pipeline: PipelineResources, console: Console, *, tags: Sequence[Tag]) -> Iterator[None]:
    """Shows one bar a step over these tags while the block runs; where nobody watches, only how it ended."""
    store = Store.open(pipeline.database_url)
    records = store.project(pipeline.project_hash)
    columns = (TextColumn("{task.description:>18}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    done = threading.Event()
    others = _others(records, tags)
    with Progress(*columns, console=console) as progress:
        bars = {asset: progress.add_task(asset, total=len(tags)) for asset in ASSET_TYPES}

        def look() -> None:
            counts = records.result_counts()
            for asset, bar in bars.items():
                progress.update(bar, completed=min(counts.get(asset, 0) - others[asset], len(tags)))

        def watch() -> None:
            while not done.wait(SECONDS_BETWEEN_LOOKS):
                look()

        watching = threading.Thread(target=watch, daemon=True)
        watching.start()
        try:
            yield
        finally:
            done.set()
            watching.join()
            look()
            store.close()


def _others(records: ProjectStore, tags: Sequence[Tag]) -> dict[str, int]:
    """How many other tags have each asset: counting all is one query, however many tags there are."""
    counts = records.result_counts()
    return {
        asset: counts.get(asset, 0) - len(records.results(asset, type_, tags)) for asset, type_ in ASSET_TYPES.items()
    }
