"""What a failure says about the server: that it loads its model, is busy, was too slow, or has a quota that is used up.

A quota is used up for a day or longer, or until the account is paid for. The word alone does not say so: Google and Azure write
of quotas when they mean a minute.
"""

import re

from judge_pipeline.models.exchange import Failure

LATE_STATUSES = {408, 499, 504, 522, 524}
"""How servers and gateways say that they gave a request up."""

LATE_SECONDS = 10.0
"""No gateway gives a request up earlier."""

LOADING_STATUSES = {409, 423, 424, 425}
"""Besides 5xx."""

LOADING = re.compile(
    r"\bloading\b|\bbeing loaded\b|\bnot (?:yet )?(?:ready|loaded)\b|\bwarm(?:ing|s)?[ -]?up\b|\bestimated_time\b"
    r"|\bcold[ -]?start|\bstarting\b|\bstart(?:s|ed)? up\b|\binitiali[sz]ing\b|\bspinning up\b|\bscaling (?:up|from)\b"
    r"|\bscaled to (?:zero|0)\b|\bprovisioning\b|\bbooting\b|\bwaking\b|\bno healthy upstream\b",
    re.IGNORECASE,
)
"""llama.cpp, Hugging Face, vLLM and Triton, and the gateways in front of them."""

NOT_LOADING = re.compile(
    r"\b(?:fail\w*|unable|cannot|can.?t|could ?n.?t|terminated|crashed|out of memory|error loading)\b", re.IGNORECASE
)
"""A model that could not be loaded is not loading."""

BUSY = re.compile(
    r"\bbusy\b|\bqueue (?:is )?full\b|\bmaximum pending\b|\btoo many\b.*\brequests\b|\bno (?:\w+ )?slots?\b"
    r"|\bslots? (?:is |are )?unavailable|\bconcurren\w+ (?:limit|requests?)\b",
    re.IGNORECASE,
)
"""Ollama with a full queue, KoboldCpp and others with one slot refuse with 503 what comes at the same time."""

LONG_PERIOD = re.compile(
    r"(?:per|by|each|/)[ _-]?(?:\d+ ?)?(?:days?|weeks?|months?)(?![a-z])|\bper 86400|\b(?:daily|weekly|monthly|[rt]pd)\b"
    r"|每日|每天|当日|今日|每月",
    re.IGNORECASE,
)
SHORT_PERIOD = re.compile(
    r"(?:per|by|each|/)[ _-]?(?:\d{1,3} ?)?(?:min(?:ute)?s?|s(?:ec(?:ond)?s?)?)(?![a-z])|\b[rt]p[ms]\b|每分钟",
    re.IGNORECASE,
)
CAMEL_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])")
"""Google's names of its quotas: GenerateRequestsPerDayPerProjectPerModel."""

QUOTA = re.compile(
    r"\bquota[ _](?:\w+[ _]){0,6}?(?:exceeded|exhausted|reached|used up|depleted)"
    r"|\b(?:exceed(?:ed|s)?|exhausted|insufficient|reached|used|no|out of)\b(?:[ _][\w']+){0,4}?[ _]quota\b"
    r"|\bquota\b[^.]{0,80}\b(?:plan|billing|balance)\b",
    re.IGNORECASE,
)
ALLOCATED_QUOTA = re.compile(r"\ballocated quota\b", re.IGNORECASE)
"""Alibaba's name for a limit per minute."""

QUOTA_CODES = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_balance"}

WAIT = re.compile(
    r"\b(?:retry|again|wait|reset\w*)\b\D{0,12}?"
    r"(?P<time>(?:\d+(?:\.\d+)? ?(?:ms|milliseconds?|h|hours?|m|min(?:ute)?s?|s|sec(?:ond)?s?)(?![a-z]) ?)+)",
    re.IGNORECASE,
)
WAIT_PART = re.compile(r"(\d+(?:\.\d+)?) ?(ms|milli|h|m|s)", re.IGNORECASE)
UNIT_SECONDS = {"ms": 0.001, "milli": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}

LONGEST_SHORT_WAIT_SECONDS = 600.0
"""A server that asks for a longer wait means no minute."""


def is_late(failure: Failure, *, seconds: float, deadline_seconds: float) -> bool:
    """Whether the request was given up after `seconds` as too slow, here or by a gateway."""
    is_given_up = failure.status in LATE_STATUSES or (failure.status is None and failure.was_sent)
    return is_given_up and seconds >= min(LATE_SECONDS, deadline_seconds)


def is_loading(failure: Failure) -> bool:
    """Whether the server says that its model is not loaded yet."""
    text = failure.error_text
    is_passing = failure.status is not None and (failure.status >= 500 or failure.status in LOADING_STATUSES)
    return is_passing and bool(LOADING.search(text)) and not NOT_LOADING.search(text)


def is_rate_limit(failure: Failure) -> bool:
    """Whether the server asks for fewer requests."""
    return failure.is_rate_limit or (failure.status == 503 and bool(BUSY.search(failure.error_text)))


def is_quota_used_up(failure: Failure) -> bool:
    """Whether the server will refuse everything for a day, say, or until the account is paid for."""
    if failure.status != 429:
        return failure.status == 402 or failure.code.lower() in QUOTA_CODES
    text = CAMEL_CASE.sub(" ", f"{failure.message} {failure.param} {failure.code}")
    wait = failure.retry_after_seconds or wait_in(text)
    is_short = bool(SHORT_PERIOD.search(text) or ALLOCATED_QUOTA.search(text))
    if LONG_PERIOD.search(text) or (wait is not None and wait > LONGEST_SHORT_WAIT_SECONDS):
        return not is_short
    if is_short or wait is not None:
        return False
    return failure.code.lower() in QUOTA_CODES or bool(QUOTA.search(text))


def wait_in(text: str) -> float | None:
    """The wait that a message asks for in words: "Please try again in 7m12.5s", "retry after 12 seconds"."""
    found = WAIT.search(text)
    if found is None:
        return None
    return sum(float(number) * UNIT_SECONDS[unit.lower()] for number, unit in WAIT_PART.findall(found["time"]))
