"""Digests reach Slack and any webhook. A receiver that fails, hangs or is gone fails no run, and no address is logged."""

import dataclasses
import time
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from judge_pipeline.automation.support.notifier import NO_RECEIVERS, RETRY_POLICY, TIMEOUT_SECONDS, Notifier
from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.reporting.digest import Digest, RunResult
from judge_pipeline_tests.automation.webhook_receiver import WebhookReceiver
from judge_pipeline_tests.servers import UNREACHABLE_URL, serve

DIGEST = Digest("Run 1a2b3c4d", (RunResult(is_counted=True, done=3, failed=1, errors=("images of 'a': no",)),))
SECRET = "T000-canary"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[WebhookReceiver, str]]:
    receiver = WebhookReceiver()
    with serve(receiver) as url:
        yield receiver, url


@pytest.fixture
def receiver(served: tuple[WebhookReceiver, str]) -> WebhookReceiver:
    served[0].forget()
    return served[0]


@pytest.fixture
def webhook(served: tuple[WebhookReceiver, str]) -> Notifier:
    quick = RetryPolicy(waits_seconds=(0.01, 0.01))
    return Notifier(webhook=SecretStr(f"{served[1]}/{SECRET}"), retry_policy=quick, timeout_seconds=0.5)


def problems_logged_by(notifier: Notifier) -> list[str]:
    lines: list[str] = []
    notifier.send(DIGEST, log=lines.append)
    assert not any(SECRET in line or "127.0.0.1" in line for line in lines)
    return lines


def test_slack_gets_a_text_and_a_webhook_gets_json(webhook: Notifier, receiver: WebhookReceiver) -> None:
    assert webhook.webhook
    both = dataclasses.replace(webhook, slack_webhook=SecretStr(f"{webhook.webhook.get_secret_value()}/slack"))
    assert problems_logged_by(both) == []
    (slack_path, slack), (path, body) = receiver.got
    assert (slack_path, path) == (f"/{SECRET}/slack", f"/{SECRET}")
    assert set(slack) == {"text"}
    assert slack["text"].endswith(DIGEST.to_text())
    assert body == DIGEST.to_json()


def test_without_receivers_nothing_is_sent(receiver: WebhookReceiver) -> None:
    assert problems_logged_by(NO_RECEIVERS) == []
    assert receiver.got == []


def test_an_overloaded_receiver_is_retried(webhook: Notifier, receiver: WebhookReceiver) -> None:
    receiver.answers.extend([503, 429])
    assert problems_logged_by(webhook) == []
    assert len(receiver.got) == 3


@pytest.mark.parametrize(("status", "tries"), [(500, 3), (404, 1), (302, 1)])
def test_a_failing_receiver_is_logged_and_then_left_alone(
    webhook: Notifier, receiver: WebhookReceiver, status: int, tries: int
) -> None:
    """A redirect is not followed: it would send the digest to an address that was not configured."""
    receiver.answers.extend([status] * tries)
    assert problems_logged_by(webhook) == [
        f"could not send the digest of Run 1a2b3c4d to JUDGE_PIPELINE_WEBHOOK_URL: status {status}"
    ]
    assert len(receiver.got) == tries


def test_a_receiver_that_hangs_is_abandoned_in_bounded_time(webhook: Notifier, receiver: WebhookReceiver) -> None:
    receiver.answers.extend([None] * 3)
    began = time.monotonic()
    (line,) = problems_logged_by(webhook)
    assert line.endswith("ReadTimeout")
    assert time.monotonic() - began < 5


def test_a_receiver_that_is_gone_is_logged_without_its_address(webhook: Notifier) -> None:
    gone = dataclasses.replace(webhook, webhook=SecretStr(f"{UNREACHABLE_URL}/{SECRET}"))
    (line,) = problems_logged_by(gone)
    assert line.endswith("ConnectionError")


def test_two_receivers_that_hang_fit_into_one_tick(webhook: Notifier) -> None:
    waits = RETRY_POLICY.waits_seconds
    assert 2 * ((len(waits) + 1) * TIMEOUT_SECONDS + sum(waits)) + 15 < 60


def test_the_notifier_shows_no_address(webhook: Notifier) -> None:
    assert SECRET not in f"{webhook!r} {webhook}"
