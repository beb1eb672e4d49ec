# ruff: noqa: E501 (messages as servers send them)
"""What servers say with a 429 or a 5xx: a minute's limit, a used-up quota, a model that loads, one that cannot be loaded."""

import pytest

from judge_pipeline.models.exchange import Failure
from judge_pipeline.models.overload import is_loading, is_quota_used_up, is_rate_limit, wait_in

USED_UP = [
    Failure(
        429,
        "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day",
        code="429",
    ),
    Failure(429, "Rate limit exceeded: free-models-per-day-high-balance. "),
    Failure(
        429,
        "Rate limit reached for gpt-4 in organization org-x on requests per day (RPD): Limit 200, Used 200, Requested 1. Please try again in 7m12s.",
        code="rate_limit_exceeded",
    ),
    Failure(
        429,
        "Rate limit reached for model `llama` in organization `org` on tokens per day (TPD): Limit 100000, Used 99958, Requested 1500. Please try again in 20m59.7s. Need more tokens? Upgrade",
        code="rate_limit_exceeded",
    ),
    Failure(429, "You exceeded your current quota, please check your plan and billing details."),
    Failure(
        429, "You exceeded your current quota, please check your plan and billing details.", code="insufficient_quota"
    ),
    Failure(429, "You exceeded your quota", code="insufficient_quota"),
    Failure(429, "You exceeded your quota"),
    Failure(429, "Quota exceeded."),
    Failure(429, "quota_exceeded"),
    Failure(429, "Your quota has been exhausted"),
    Failure(429, "Monthly quota exceeded"),
    Failure(429, "Number of request tokens has exceeded your daily rate limit (https://docs.claude.com)"),
    Failure(429, "Tokens per day limit exceeded - too many tokens processed.", code="token_quota_exceeded"),
    Failure(429, "Too many tokens per day, please wait before trying again."),
    Failure(429, "you have used up your daily free allocation of 10,000 neurons"),
    Failure(
        429,
        "Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 20\nquotaId: GenerateRequestsPerDayPerProjectPerModel-FreeTier. Please retry in 35.2s.",
    ),
    Failure(
        429, "Rate limit of 50 per 86400s exceeded for UserByModelByDay. Please wait 64123 seconds before retrying."
    ),
    Failure(429, "Your account org-x request reached organization TPD rate limit, current:1500500, limit:1500000"),
    Failure(
        429,
        "You exceeded your current token quota: 1, please check your account balance",
        code="exceeded_current_quota_error",
    ),
    Failure(429, "insufficient quota"),
    Failure(429, "The quota for this API key is used up"),
    Failure(429, "您已达到每日调用上限"),
    Failure(429, "limit: 50 requests/day"),
    Failure(429, "Requests per day quota exceeded"),
    Failure(429, "daily quota exceeded"),
    Failure(429, "RPD limit reached"),
    Failure(429, "API key quota limit reached"),
    Failure(429, "Your team has used all its quota"),
    Failure(429, "Free quota exceeded"),
    Failure(429, "Request quota exhausted for today"),
    Failure(429, "You have run out of quota"),
    Failure(429, "Daily limit reached"),
    Failure(429, "Rate limit reached on requests per day (RPD): Limit 10000. Please try again in 8.64s."),
    Failure(429, "Too Many Requests: weekly usage limit"),
]
"""For a day or longer, or until the account is paid for: OpenAI, OpenRouter, Groq, Google, Anthropic, GitHub, Moonshot and others."""

PASSING = [
    Failure(429, "slow down"),
    Failure(429, "Rate limit exceeded: free-models-per-min."),
    Failure(
        429,
        "Quota exceeded for quota metric 'Generate Content API requests per minute' and limit 'GenerateContent request limit per minute for a region' of service 'generativelanguage.googleapis.com'",
    ),
    Failure(
        429,
        "Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-02-01 have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 12 seconds. Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit.",
    ),
    Failure(
        429,
        "Your requests to gpt-4o have exceeded the call rate limit for your current AIServices S0 pricing tier. Please retry after 60 seconds. https://aka.ms/oai/quotaincrease. For Free Account customers, upgrade to Pay as you Go",
    ),
    Failure(
        429,
        "You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.\n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 15\nPlease retry in 32.5s.",
    ),
    Failure(429, "Resource has been exhausted (e.g. check quota).", code="RESOURCE_EXHAUSTED"),
    Failure(
        429,
        "Quota exceeded for aiplatform.googleapis.com/generate_content_requests_per_minute_per_project_per_base_model with base model: gemini. Please submit a quota increase request.",
    ),
    Failure(429, "Quota exceeded. quotaId GenerateRequestsPerMinutePerProjectPerModel-FreeTier"),
    Failure(429, "Allocated quota exceeded, please increase your quota limit.", code="insufficient_quota"),
    Failure(429, "Requests per minute limit exceeded - too many requests sent.", code="request_quota_exceeded"),
    Failure(429, "Tokens per minute limit exceeded", code="token_quota_exceeded"),
    Failure(429, "This request would exceed your organization's rate limit of 50 requests per minute"),
    Failure(429, "You exceeded your current quota", code="insufficient_quota", retry_after_seconds=20),
    Failure(429, "Rate limit of 15 per 60s exceeded for UserByModelByMinute. Please wait 42 seconds before retrying."),
    Failure(
        429,
        "Rate limit reached for gpt-4o in organization org on tokens per min (TPM): Limit 30000, Used 29000, Requested 1500. Please try again in 1s. Visit https://platform.openai.com/account/rate-limits",
    ),
    Failure(429, "Your account org-x request reached organization max RPM: 3, please try again after 1 seconds"),
    Failure(429, "token quota exceeded, limit 40000 tokens/min"),
    Failure(429, "Quota exceeded, retry in 20 seconds"),
    Failure(429, "quota exceeded; 60 requests per 1 minute"),
    Failure(429, "Service tier capacity exceeded for this model"),
    Failure(429, "Too many requests, try again tomorrow or buy quota"),
    Failure(429, "20 requests per minute or 200 requests per day"),
]
"""Minutes and seconds, and what does not say; "quota" may be in it."""

LOADING = [
    "Loading model",
    "Model google/gemma-3-4b-it is currently loading",
    '{"error":"Model x is currently loading","estimated_time":20.0}',
    "The model is being loaded, please retry",
    "model is not ready",
    "Model not loaded yet",
    "the server is warming up",
    "Engine is starting up",
    "Service is starting",
    "no healthy upstream",
    "endpoint scaled to zero; scaling up",
    "The model is initializing",
]

NOT_LOADING = [
    "failed to load model: not enough memory",
    "unable to load model: /root/.ollama/models/blobs/sha256-1",
    "error loading model: missing tensor",
    "the server is overloaded",
    "CUDA out of memory while loading weights",
    "Internal Server Error",
    "model could not be loaded",
]


@pytest.mark.parametrize("failure", USED_UP, ids=lambda failure: failure.message[:60])
def test_a_quota_that_is_used_up_for_a_day_is_recognised(failure: Failure) -> None:
    assert is_quota_used_up(failure)


@pytest.mark.parametrize("failure", PASSING, ids=lambda failure: failure.message[:60])
def test_a_limit_that_passes_within_minutes_is_waited_for(failure: Failure) -> None:
    assert is_rate_limit(failure)
    assert not is_quota_used_up(failure)


def test_payment_required_is_a_quota_that_is_used_up() -> None:
    assert is_quota_used_up(Failure(402, "Insufficient credits"))
    assert not is_quota_used_up(Failure(500, "quota service: daily job failed"))


@pytest.mark.parametrize("message", LOADING)
def test_a_server_that_says_it_is_loading_is_believed(message: str) -> None:
    assert is_loading(Failure(503, message))
    assert not is_loading(Failure(400, message))


@pytest.mark.parametrize("message", NOT_LOADING)
def test_a_model_that_cannot_be_loaded_is_not_loading(message: str) -> None:
    assert not is_loading(Failure(500, message))


@pytest.mark.parametrize(
    "message", ["server busy, please try again. maximum pending requests exceeded", "slot unavailable"]
)
def test_a_server_without_a_free_slot_asks_for_fewer_requests(message: str) -> None:
    assert is_rate_limit(Failure(503, message))
    assert not is_rate_limit(Failure(503, "overloaded"))


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("Please try again in 7m12s.", 432),
        ("Please try again in 20m59.7s. Need more tokens?", 1259.7),
        ("Please retry in 32.5s.", 32.5),
        ("Please retry after 12 seconds.", 12),
        ("please try again after 1 seconds", 1),
        ("Please wait 64123 seconds before retrying.", 64123),
        ("try again in 450ms", 0.45),
        ("try again in 2 hours", 7200),
        ("try again in 1h2m3s", 3723),
        ("please try again later", None),
        ("retry 3 times", None),
    ],
)
def test_a_wait_is_read_from_the_message(message: str, seconds: float | None) -> None:
    assert wait_in(message) == (None if seconds is None else pytest.approx(seconds))
