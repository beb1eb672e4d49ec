"""Failures as errors: one sentence each, with what to do."""

from collections.abc import Sequence

from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.error_kinds import (
    ABOUT_FORMAT,
    BAD_KEY,
    CANNOT_FETCH,
    WANTS_URL,
    has_no_such_model,
    is_filtered,
    takes_no_images,
)
from judge_pipeline.models.errors import (
    AuthenticationFailed,
    BadRequest,
    EndpointDown,
    EndpointUnreachable,
    Filtered,
    ModelError,
    ModelNotFound,
    ModelSeesNoImages,
    ModelUnavailable,
    QuotaExhausted,
    quotation,
)
from judge_pipeline.models.exchange import ACCESS_STATUSES, Failure
from judge_pipeline.models.overload import LONGEST_SHORT_WAIT_SECONDS, QUOTA_CODES, is_quota_used_up

NO_SUCH_PATH = {404, 405}


def final_error(failure: Failure, *, endpoint: Endpoint, hidden: Sequence[str]) -> ModelError | None:
    """The error of a failure that a retry will not fix; None for one that may pass. `hidden` is never quoted."""
    quoted = _quoted(failure, endpoint=endpoint, hidden=hidden)
    code = failure.code.lower()
    if failure.status == 402 or (code in QUOTA_CODES and is_quota_used_up(failure)):
        return QuotaExhausted(
            f"{endpoint} has no credit left{quoted}; add credit to the account of {endpoint.name}__API_KEY "
            "or choose another endpoint"
        )
    if is_quota_used_up(failure):
        wait = failure.retry_after_seconds or 0.0
        asks = f" and asks to wait {wait:,.0f} s" if wait > LONGEST_SHORT_WAIT_SECONDS else ""
        return QuotaExhausted(
            f"{endpoint} has used up its quota{asks}{quoted}; launch the remaining tags again once the quota is renewed or raised, "
            "or choose another endpoint"
        )
    if is_filtered(failure):
        return Filtered(
            f"{endpoint}: the provider's content filter stopped the question{quoted}; look at the image, or leave it out"
        )
    if takes_no_images(failure):
        return ModelSeesNoImages(
            f"{endpoint}: this model takes no images{quoted}; choose another {endpoint.name}__MODEL, one that sees images"
        )
    if failure.is_retryable:
        return None
    if has_no_such_model(failure):
        return _no_such_model(endpoint, quoted=quoted)
    if failure.status in ACCESS_STATUSES or (failure.status == 400 and BAD_KEY.search(failure.error_text)):
        return authentication_failed(endpoint, failure.status, quoted="" if failure.status == 401 else quoted)
    if failure.status in NO_SUCH_PATH and "requested parameters" not in failure.error_text:
        return _not_found(failure, endpoint=endpoint, quoted=quoted)
    return BadRequest(
        f"{endpoint} rejects this request (HTTP {failure.status}){quoted}; {_advice(failure, endpoint=endpoint)}"
    )


def _advice(failure: Failure, *, endpoint: Endpoint) -> str:
    """What to do about a request that is rejected for no known reason."""
    if "temperature" in failure.error_text and endpoint.temperature is not None:
        return f"unset {endpoint.name}__TEMPERATURE, because this model does not let it be changed"
    if endpoint.images == "url" and CANNOT_FETCH.search(failure.error_text):
        return f"unset {endpoint.name}__IMAGES, unless the server can reach Encord's signed URLs"
    if endpoint.images != "url" and WANTS_URL.search(failure.error_text):
        return f"set {endpoint.name}__IMAGES=url if the server takes images by URL only"
    if endpoint.answer_format != "auto" and ABOUT_FORMAT.search(failure.error_text):
        return f"set {endpoint.name}__ANSWER_FORMAT to a simpler format, or to auto"
    return f"compare the server's documentation with the settings {endpoint.name}__…"


def describe(failure: Failure, *, endpoint: Endpoint, hidden: Sequence[str]) -> str:
    """A failure in a few words, for the middle of a sentence."""
    what = "no answer" if failure.was_sent else "no connection"
    if failure.status == 200:
        return _quoted(failure, endpoint=endpoint, hidden=hidden).removeprefix(": ")
    return (f"HTTP {failure.status}" if failure.status else what) + _quoted(failure, endpoint=endpoint, hidden=hidden)


def unavailable(
    endpoint: Endpoint, last_failure: str, *, requests: int, seconds: float, is_late: bool = False
) -> ModelUnavailable:
    """The error of a question whose retries are used up; `is_late` when the last request was given up as too slow."""
    times = "1 request" if requests == 1 else f"{requests} requests"
    return ModelUnavailable(
        f"{endpoint} did not answer {times} in {seconds:.0f} s, most recently: {last_failure}; "
        + (_advice_if_slow(endpoint) if is_late else "")
        + "retry this tag once the server works again"
    )


def unanswered_in_batches(endpoint: Endpoint, last_failure: str, *, batches: int) -> ModelUnavailable:
    """The error of a question that model batches did not answer."""
    return ModelUnavailable(
        f"{endpoint} gave no answer in {batches} model batches, most recently: {last_failure}; retry this tag once the server "
        f"works again, or set {endpoint.name}__BATCH_THEN_LIVE=true"
    )


def endpoint_down(endpoint: Endpoint, last_failure: str, *, seconds: float, is_late: bool = False) -> EndpointDown:
    """The error of all questions to a server that is down; `is_late` when its last request was given up as too slow."""
    return EndpointDown(
        f"{endpoint} has not answered for {seconds:.0f} s, most recently: {last_failure}; "
        + (_advice_if_slow(endpoint) if is_late else "")
        + "launch the remaining tags again once the server works again"
    )


def rate_limited(endpoint: Endpoint, last_failure: str, *, seconds: float) -> EndpointDown:
    """The error of all questions to a server that has answered nothing but rate limits for `seconds`."""
    return EndpointDown(
        f"{endpoint} has answered nothing but rate limits for {seconds:.0f} s, most recently: {last_failure}; "
        "launch the remaining tags again once it takes requests again, or choose another endpoint"
    )


def _advice_if_slow(endpoint: Endpoint) -> str:
    return f"if it is only slow, lower {endpoint.name}__CONCURRENCY or raise {endpoint.name}__TIMEOUT_SECONDS; "


def never_a_completion(endpoint: Endpoint, last_failure: str) -> EndpointUnreachable:
    """The error of an address whose answers stay pages, or anything else that no API sends."""
    return EndpointUnreachable(
        f"{endpoint} answers with something else than chat completions, most recently: {last_failure}; "
        f"check {endpoint.name}__BASE_URL, which usually ends in /v1, and any proxy in front of the server"
    )


def authentication_failed(endpoint: Endpoint, status: int | None, *, quoted: str = "") -> AuthenticationFailed:
    """Without the server's message to a 401, which often quotes the key."""
    state = "is not accepted" if endpoint.api_key.get_secret_value() else "is not set, but the server requires one"
    if quoted:
        return AuthenticationFailed(
            f"{endpoint} denies access (HTTP {status}){quoted}; check {endpoint.name}__API_KEY, what it may use, and "
            "whether the provider serves this network and region"
        )
    return AuthenticationFailed(f"{endpoint}: the API key {state} (HTTP {status}); check {endpoint.name}__API_KEY")


def _no_such_model(endpoint: Endpoint, *, quoted: str) -> ModelNotFound:
    return ModelNotFound(
        f"{endpoint} does not serve this model{quoted}; set {endpoint.name}__MODEL to one that it serves"
    )


def _not_found(failure: Failure, *, endpoint: Endpoint, quoted: str) -> ModelError:
    if failure.status == 404 and ("model" in failure.error_text or endpoint.is_azure):
        return _no_such_model(endpoint, quoted=quoted)
    return EndpointUnreachable(
        f"{endpoint} does not serve chat completions at this address{quoted}; "
        f"check {endpoint.name}__BASE_URL, which usually ends in /v1"
    )


def _quoted(failure: Failure, *, endpoint: Endpoint, hidden: Sequence[str]) -> str:
    text = quotation(failure.message, without=[endpoint.api_key.get_secret_value(), *hidden])
    return f": {text.rstrip('.')}" if text else ""
