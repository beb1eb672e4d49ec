"""A progress bar over what the store has recorded, so that it shows the work of whichever process does it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from judge_pipeline.assets.tag_path import STEPS
from judge_pipeline.assets.workbench import Workbench
from judge_pipeline.store.store import Store

SECONDS_BETWEEN_LOOKS = 0.2


@contextmanager
def progress_of(workbench: Workbench, console: Console, *, tags: int) -> Iterator[None]:
    """Shows one bar a step while the block runs; where nobody watches, only how it ended."""
    store = Store.open(workbench.database_url)
    records = store.project(workbench.project_hash)
    columns = (TextColumn("{task.description:>18}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    done = threading.Event()
    with Progress(*columns, console=console) as progress:
        bars = {asset: progress.add_task(asset, total=tags) for asset in STEPS}

        def look() -> None:
            counts = records.counts()
            for asset, bar in bars.items():
                progress.update(bar, completed=counts.get(asset, 0))

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
