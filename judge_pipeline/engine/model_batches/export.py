"""A closed file of questions is kept for `judge-pipeline batches export`: no server is asked."""

import socket
from pathlib import Path

from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.model_batches.spool import SpoolPart
from judge_pipeline.store.model_batches import ModelBatchState, NewModelBatch
from judge_pipeline.store.store import ProjectStore

EXPORTS = "export"
"""The folder of the files, in the pipeline's `batch_folder`."""


def keep_for_export(part: SpoolPart, endpoint: Endpoint, store: ProjectStore, *, run: str, folder: Path) -> None:
    """Moves the file into a folder that no one else may read, and saves that its questions will be answered by other means.

    Raises:
        RunEnded: the run was ended as lost. OSError: the file cannot be moved.
    """
    (folder / EXPORTS).mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = part.path.rename(folder / EXPORTS / part.path.name)
    batch = NewModelBatch(
        uuid=part.uuid,
        endpoint=endpoint.name,
        base_url=endpoint.base_url,
        model=endpoint.model,
        run=run,
        host=socket.gethostname(),
        spool=str(kept),
        requests=len(part.ids),
        bytes=part.bytes,
        price_factor=endpoint.batch_price_factor,
    )
    store.model_batches.intend(batch, part.ids, state=ModelBatchState.EXPORTED)
