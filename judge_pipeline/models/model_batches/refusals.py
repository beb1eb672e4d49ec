"""A batch that a server does not take, as one sentence with what to do."""

import re
from collections.abc import Iterable

from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import BadRequest, EndpointUnreachable, ModelBatchRefused, ModelError, quotation
from judge_pipeline.models.exchange import Failure
from judge_pipeline.models.failures import describe, final_error

NO_BATCHES = {404, 405, 501}

TOO_LARGE = re.compile(
    r"\b(?:file|payload|entity|content|body)\b[^:;]{0,60}\b(?:too (?:large|big)|exceed\w*|larger than|more than)\b"
    r"|\btoo large for the server\b|\b(?:file|content|payload|body) size limit\b"
    r"|\bnumber of (?:requests|lines|tasks)\b[^;]{0,40}\bexceed|\btoo many (?:requests|lines|tasks) in\b|\btoo_many_tasks\b",
    re.IGNORECASE,
)
ENQUEUED = re.compile(r"token_limit_exceeded|\benqueued\b|\bqueue[ds]? (?:token|limit)", re.IGNORECASE)
"""Azure's code, and the words of OpenAI for its limit on the tokens of all batches under way."""


def is_too_large(failure: Failure) -> bool:
    """Whether a smaller file may be taken."""
    return failure.status == 413 or (failure.status in {400, 422} and says_too_large(failure.error_text))


def says_too_large(text: str) -> bool:
    """Whether the words are about the size of a file."""
    return bool(TOO_LARGE.search(text)) and not ENQUEUED.search(text)


def is_about_queue(texts: Iterable[str]) -> bool:
    """Whether a server takes no more tokens until batches under way are done."""
    return any(ENQUEUED.search(text) for text in texts)


def refusal(failure: Failure, *, endpoint: Endpoint) -> ModelError:
    """The error of a batch that cannot be submitted. It ends the run, and nothing has been paid."""
    name, words = endpoint.name, describe(failure, endpoint=endpoint, hidden=())
    if is_about_queue([failure.error_text]):
        return ModelBatchRefused(
            f"{endpoint} takes no more questions in batches for now: {words}; run again once its batches are "
            "done, or raise the limit of enqueued tokens at the provider"
        )
    if failure.status in NO_BATCHES:
        return ModelBatchRefused(
            f"{endpoint} has no files and batches at this address: {words}; set {name}__MODE=live, or {name}__MODE=offline "
            "for a server that reads files, such as vLLM's run-batch"
        )
    if is_too_large(failure):
        return ModelBatchRefused(f"{endpoint} takes no file with this question: {words}; set {name}__MODE=live")
    error = final_error(failure, endpoint=endpoint, hidden=())
    if error is None:
        return ModelBatchRefused(
            f"{endpoint} did not take the file of a batch, most recently: {words}; run again once the server works again"
        )
    if isinstance(error, BadRequest | EndpointUnreachable):
        return ModelBatchRefused(
            f"{endpoint} refuses the batch: {words}; compare the server's documentation of batches with the settings {name}__…"
        )
    return error


def failed_at_server(problems: str, codes: Iterable[str], *, endpoint: Endpoint) -> str:
    """The sentence about a batch that the server took and then rejected as a whole."""
    quoted = quotation(problems, without=[endpoint.api_key.get_secret_value()]).rstrip(".") or "no reason given"
    if is_about_queue([problems, *codes]):
        return (
            f"{endpoint} takes no more questions in batches for now: {quoted}; they go into the next one, or raise the limit "
            "of enqueued tokens at the provider"
        )
    return f"{endpoint} rejected the file of this batch: {quoted}; its questions are asked again, at most three times"
