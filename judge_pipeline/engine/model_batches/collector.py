"""The lines of one batch, saved in chunks: any of them may be read again, by this process or another."""

from dataclasses import replace

from judge_pipeline.models.cost import tokens_cost_usd
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.exchange import MODEL_BATCH_ATTEMPTS, Failure, Outcome, Reply
from judge_pipeline.models.model_batches.answer_lines import read_line
from judge_pipeline.models.model_batches.stored_outcome import outcome_to_json
from judge_pipeline.store.model_batches import ModelBatch, ModelBatches, SettledQuestion

LINES_AT_ONCE = 500
"""Per transaction."""

NO_LINE = Failure(status=None, message="the files of its batch have no line about it")


class LineCollector:
    """Sorts the lines of a batch: answers and refusals are saved, other questions are asked again, at most three times.

    `add` only reads; `flush` and `finish` write. A line that was saved before an interruption changes nothing.
    """

    def __init__(self, batches: ModelBatches, batch: ModelBatch, endpoint: Endpoint) -> None:
        self._batches = batches
        self._batch = batch
        self._endpoint = endpoint
        self._attempts = batches.outstanding(batch.uuid)
        self._seen: set[str] = set()
        self._settled: list[SettledQuestion] = []
        self._again: list[str] = []
        self._others = 0
        self._unreadable = 0
        self._doubled = 0

    def add(self, line: bytes) -> bool:
        """Reads a line; returns whether there are enough for a transaction."""
        read = read_line(line)
        if read is None:
            self._unreadable += 1
            return False
        if read.id in self._seen:
            self._doubled += 1
            return False
        self._seen.add(read.id)
        if read.id not in self._attempts:
            self._others += 1
            return False
        self._sort(read.id, read.outcome)
        return len(self._settled) + len(self._again) >= LINES_AT_ONCE

    def flush(self) -> None:
        """Saves the lines read since the last time."""
        if self._settled or self._again:
            self._batches.settle(self._batch.uuid, self._settled, self._again)
        self._settled, self._again = [], []

    def finish(self) -> None:
        """Ends the batch after its last line: questions without a line are free, or have failed in too many batches.

        Lines of questions that were settled before this collector began are not unknown.
        """
        self.give_up(NO_LINE)
        settled_before = self._batch.answered + self._batch.failed
        unknown = self._unreadable + max(0, self._others - settled_before)
        self._batches.collected(self._batch.uuid, unknown=unknown, doubled=self._doubled)

    def give_up(self, failure: Failure) -> None:
        """Fails the questions without a line that have been in too many batches."""
        for id_ in [id_ for id_ in self._attempts if id_ not in self._seen and not self._is_asked_again(id_)]:
            self._sort(id_, failure)
            if len(self._settled) >= LINES_AT_ONCE:
                self.flush()
        self.flush()

    def _sort(self, id_: str, outcome: Outcome) -> None:
        if isinstance(outcome, Failure):
            if outcome.is_retryable and self._is_asked_again(id_):
                self._again.append(id_)
            else:
                self._settled.append(SettledQuestion(id_, outcome_to_json(outcome), is_failure=True))
            return
        cost = self._cost_usd(outcome)
        self._settled.append(SettledQuestion(id_, outcome_to_json(replace(outcome, cost_usd=cost)), cost_usd=cost))

    def _is_asked_again(self, id_: str) -> bool:
        """With `batch_then_live` the next run asks live what has been in too many batches."""
        return self._endpoint.batch_then_live or self._attempts[id_] + 1 < MODEL_BATCH_ATTEMPTS

    def _cost_usd(self, reply: Reply) -> float | None:
        """What the server reports is what it bills; a price per token is the live one."""
        if reply.cost_usd is not None:
            return reply.cost_usd
        live = tokens_cost_usd(reply.usage, self._endpoint)
        return None if live is None else live * self._batch.price_factor
