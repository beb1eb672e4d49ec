"""What a failure means: the end it stands for, in one sentence that says what to do."""

from collections.abc import Sequence

from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import (
    AuthenticationFailed,
    BadRequest,
    EndpointDown,
    EndpointUnreachable,
    Filtered,
    ModelError,
    ModelNotFound,
    ModelUnavailable,
    QuotaExhausted,
)
from judge_pipeline.models.exchange import Failure
from judge_pipeline.models.server_text import quotation

QUOTA_CODES = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_balance"}
FILTER_CODES = {"content_filter", "content_policy_violation", "responsibleaipolicyviolation"}


def lasting_end(failure: Failure, *, endpoint: Endpoint, hidden: Sequence[str]) -> ModelError | None:
    """The end of a failure that waiting will not mend; None for one that may pass. `hidden` is never quoted."""
    said = _said(failure, endpoint=endpoint, hidden=hidden)
    code = failure.code.lower()
    if failure.status == 402 or code in QUOTA_CODES:
        return QuotaExhausted(
            f"{endpoint} has no credit left{said}; add credit to the account of {endpoint.name}__API_KEY or choose another endpoint"
        )
    if failure.is_retryable:
        return None
    if failure.status in {401, 403} or (failure.status == 400 and "api key" in failure.complaint):
        return authentication_failed(endpoint, failure.status)
    if failure.status == 404 and "requested parameters" not in failure.complaint:
        return _not_found(failure, endpoint=endpoint, said=said)
    if code in FILTER_CODES:
        return Filtered(
            f"{endpoint}: the provider's content filter stopped the question{said}; look at the image, or leave this one out"
        )
    advice = f"compare the server's documentation with the settings {endpoint.name}__…"
    if "temperature" in failure.complaint and endpoint.temperature is not None:
        advice = f"unset {endpoint.name}__TEMPERATURE, this model has one of its own"
    return BadRequest(f"{endpoint} does not take this request (HTTP {failure.status}){said}; {advice}")


def seen(failure: Failure, *, endpoint: Endpoint, hidden: Sequence[str]) -> str:
    """What came instead of an answer, in a few words."""
    what = "no answer" if failure.was_sent else "no connection"
    return (f"HTTP {failure.status}" if failure.status else what) + _said(failure, endpoint=endpoint, hidden=hidden)


def unavailable(endpoint: Endpoint, last_seen: str, *, requests: int, seconds: float) -> ModelUnavailable:
    """The end of a question whose retries are used up."""
    times = "1 request" if requests == 1 else f"{requests} requests"
    return ModelUnavailable(
        f"{endpoint} gave no answer to {times} in {seconds:.0f} s, at last {last_seen}; retry this tag when the server is well"
    )


def endpoint_down(endpoint: Endpoint, last_seen: str, *, seconds: float) -> EndpointDown:
    """The end of all questions to a server that is down."""
    return EndpointDown(
        f"{endpoint} has answered nothing for {seconds:.0f} s, at last {last_seen}; launch the rest again when the server is well"
    )


def authentication_failed(endpoint: Endpoint, status: int | None) -> AuthenticationFailed:
    """The server's words are left out: they like to quote the key."""
    state = "is not accepted" if endpoint.api_key.get_secret_value() else "is not set, and one is asked for"
    return AuthenticationFailed(f"{endpoint}: the API key {state} (HTTP {status}); check {endpoint.name}__API_KEY")


def _not_found(failure: Failure, *, endpoint: Endpoint, said: str) -> ModelError:
    if failure.code == "model_not_found" or "model" in failure.complaint or endpoint.is_azure:
        return ModelNotFound(
            f"{endpoint} does not serve this model{said}; set {endpoint.name}__MODEL to one that it serves"
        )
    return EndpointUnreachable(
        f"{endpoint} has no chat completions there{said}; check {endpoint.name}__BASE_URL, it usually ends in /v1"
    )


def _said(failure: Failure, *, endpoint: Endpoint, hidden: Sequence[str]) -> str:
    text = quotation(failure.message, without=[endpoint.api_key.get_secret_value(), *hidden])
    return f": {text.rstrip('.')}" if text else ""
