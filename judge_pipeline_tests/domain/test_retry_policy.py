"""A retry policy: growing waits, a last failure, Retry-After and a total time."""

from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.models.exchange import LARGEST_JITTER, MODEL_RETRIES

WAITS = (0.5, 2.0, 8.0)
POLICY = RetryPolicy(waits_seconds=WAITS, longest_retry_after_seconds=60.0, total_seconds=100.0)


def test_each_failure_has_its_wait_and_the_one_after_the_last_wait_is_final() -> None:
    assert [POLICY.next_wait(failures=failures) for failures in (1, 2, 3, 4)] == [0.5, 2.0, 8.0, None]


def test_a_refusal_before_the_first_failure_waits_like_it() -> None:
    assert POLICY.next_wait(failures=0) == 0.5


def test_no_waits_mean_one_attempt() -> None:
    assert RetryPolicy(waits_seconds=()).next_wait(failures=0) is None


def test_a_longer_retry_after_replaces_the_wait_and_too_long_a_one_ends_the_retries() -> None:
    assert POLICY.next_wait(failures=2, retry_after_seconds=1.0) == 2.0
    assert POLICY.next_wait(failures=2, retry_after_seconds=60.0) == 60.0
    assert POLICY.next_wait(failures=2, retry_after_seconds=60.1) is None


def test_no_attempt_starts_after_the_total_time() -> None:
    assert POLICY.next_wait(failures=2, elapsed_seconds=98.0) == 2.0
    assert POLICY.next_wait(failures=2, elapsed_seconds=98.1) is None
    assert POLICY.next_wait(failures=1, retry_after_seconds=50.0, elapsed_seconds=50.1) is None


@given(st.integers(1, 5), st.floats(0, 1, exclude_max=True))
def test_waits_for_models_double_and_differ_by_up_to_half(failures: int, drawn: float) -> None:
    wait = MODEL_RETRIES.next_wait(failures=failures, jitter=LARGEST_JITTER * drawn)
    whole = 0.5 * 2 ** (failures - 1)
    assert wait is not None
    assert whole / 2 <= wait <= whole


@given(st.integers(0, 5), st.floats(0, 30), st.floats(0, 1, exclude_max=True))
def test_jitter_never_shortens_a_retry_after(failures: int, retry_after: float, jitter: float) -> None:
    wait = MODEL_RETRIES.next_wait(failures=failures, retry_after_seconds=retry_after, jitter=jitter)
    assert wait is not None
    assert wait >= retry_after
