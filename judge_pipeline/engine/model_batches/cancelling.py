"""A batch that a person does not want any more: the server is asked to end it, and what it has answered is collected."""

from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.exchange import Failure
from judge_pipeline.models.failures import describe
from judge_pipeline.store.model_batches import ModelBatch


async def cancel(batch: ModelBatch, endpoint: Endpoint) -> str:
    """Asks the server to cancel a submitted batch; returns why it does not, or an empty text. It ends within some minutes."""
    from judge_pipeline.models.model_batches.batch_connection import BatchConnection

    async with BatchConnection(endpoint) as connection:
        cancelled = await connection.cancel(batch.server_id or "")
    if isinstance(cancelled, Failure):
        return f"{endpoint} does not cancel the batch: {describe(cancelled, endpoint=endpoint, hidden=())}"
    return ""
