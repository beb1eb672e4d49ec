"""Whether a server has batches at all, found out at no cost."""

from datetime import UTC, datetime

from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.exchange import Failure
from judge_pipeline.models.model_batches.refusals import refusal

NO_BATCH = "no batch has this uuid"


async def check_batches(endpoint: Endpoint) -> None:
    """Lists the latest batches.

    Raises:
        ModelError: the server does not list any, or cannot be reached.
    """
    from judge_pipeline.models.model_batches.batch_connection import BatchConnection

    async with BatchConnection(endpoint) as connection:
        found = await connection.find(NO_BATCH, file_id=None, since=datetime.now(UTC))
    if isinstance(found, Failure):
        raise refusal(found, endpoint=endpoint)
