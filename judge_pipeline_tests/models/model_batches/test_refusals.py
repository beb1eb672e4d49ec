"""What servers say of a file: that it is too large, or that others must be answered first."""

import pytest

from judge_pipeline.models.model_batches.refusals import is_about_queue, says_too_large


@pytest.mark.parametrize(
    "words",
    [
        "File is too large.",
        "Payload Too Large",
        "Request Entity Too Large",
        "413: request entity too large",
        "Maximum content size limit (26214400) exceeded.",
        "The file size exceeds the limit of 100 MB.",
        "File size 201.3MB exceeds maximum allowed size of 200MB",
        "The batch input file contains 3 requests, which exceeds the limit of 2.",
        "The number of lines in the file exceeds 50000",
        "too_many_tasks",
        "Too many requests in the input file: 50001",
        "The input file has more than the maximum number of requests (50,000).",
    ],
)
def test_a_file_is_too_large(words: str) -> None:
    assert says_too_large(words)
    assert not is_about_queue([words])


@pytest.mark.parametrize(
    "words",
    [
        "Enqueued token limit reached for gpt-4o in organization org-1. Limit: 90,000 enqueued tokens.",
        "The number of enqueued tokens has surpassed the configured limit of 30K for the deployment 'gpt-4.1-batch'.",
        "token_limit_exceeded",
    ],
)
def test_others_must_be_answered_first(words: str) -> None:
    assert is_about_queue(["invalid_request_error", words])
    assert not says_too_large(words)


@pytest.mark.parametrize(
    "words",
    [
        "This model's maximum context length is 128000 tokens.",
        "Rate limit reached: too many requests per minute.",
        "Line 3: 'max_tokens' is too large: 1000000.",
        "Billing hard limit has been reached",
        "No such File object: file-1",
    ],
)
def test_a_smaller_file_would_not_help(words: str) -> None:
    assert not says_too_large(words)
    assert not is_about_queue([words])
