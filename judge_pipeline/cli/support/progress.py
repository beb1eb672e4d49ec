"""Progress bars over what the store has recorded, whichever process does the work."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from judge_pipeline.domain.asset_values import ASSET_TYPES
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.store.store import ProjectStore

SECONDS_BETWEEN_UPDATES = 0.2


@contextmanager
def progress_bars(pipeline: PipelineResources, console: Console, *, tags: Sequence[Tag]) -> Iterator[None]:
    """Shows one bar per asset over these tags while the block runs; outside a terminal, only the final state."""
    columns = (TextColumn("{task.description:>18}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    done = threading.Event()
    with pipeline.open_store() as store, Progress(*columns, console=console) as progress:
        others = _counts_of_other_tags(store, tags)
        bars = {asset: progress.add_task(asset, total=len(tags)) for asset in ASSET_TYPES}

        def update() -> None:
            counts = store.result_counts()
            for asset, bar in bars.items():
                refreshing = len(store.refreshes.unfinished(asset).intersection(tags))
                progress.update(bar, completed=min(counts.get(asset, 0) - others[asset] - refreshing, len(tags)))

        def watch() -> None:
            while not done.wait(SECONDS_BETWEEN_UPDATES):
                update()

        watching = threading.Thread(target=watch, daemon=True)
        watching.start()
        try:
            yield
        finally:
            done.set()
            watching.join()
            update()


def _counts_of_other_tags(store: ProjectStore, tags: Sequence[Tag]) -> dict[str, int]:
    """How many other tags have each asset, so that an update needs one query however many tags there are."""
    counts = store.result_counts()
    return {
        asset: counts.get(asset, 0) - len(store.results(asset, type_, tags)) for asset, type_ in ASSET_TYPES.items()
    }
