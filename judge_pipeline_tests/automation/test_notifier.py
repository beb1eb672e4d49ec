"""Digests reach Slack and any webhook; a receiver that fails, hangs or is gone costs nobody a run and no address is told."""

import dataclasses
import time
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from judge_pipeline.automation.notifier import NOBODY, TIMEOUT_SECONDS, WAITS_SECONDS, Notifier
from judge_pipeline.reporting.digest import Digest, RunEnd
from judge_pipeline_tests.automation.webhook_receiver import WebhookReceiver
from judge_pipeline_tests.nowhere import NOWHERE
from judge_pipeline_tests.servers import serve

DIGEST = Digest("Run 1a2b3c4d", (RunEnd(is_counted=True, done=3, failed=1, errors=("images of 'a': no",)),))
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
    return Notifier(webhook=SecretStr(f"{served[1]}/{SECRET}"), waits_seconds=(0.01, 0.01), timeout_seconds=0.5)


def told_by(notifier: Notifier) -> list[str]:
    told: list[str] = []
    notifier.send(DIGEST, log=told.append)
    assert not any(SECRET in line or "127.0.0.1" in line for line in told)
    return told


def test_slack_gets_a_text_and_a_webhook_gets_json(webhook: Notifier, receiver: WebhookReceiver) -> None:
    assert webhook.webhook
    both = dataclasses.replace(webhook, slack_webhook=SecretStr(f"{webhook.webhook.get_secret_value()}/slack"))
    assert told_by(both) == []
    (slack_path, slack), (path, body) = receiver.got
    assert (slack_path, path) == (f"/{SECRET}/slack", f"/{SECRET}")
    assert set(slack) == {"text"}
    assert slack["text"].endswith(DIGEST.to_text())
    assert body == DIGEST.to_json()


def test_nobody_asked_for_means_nothing_sent(receiver: WebhookReceiver) -> None:
    assert told_by(NOBODY) == []
    assert receiver.got == []


def test_a_receiver_that_has_no_time_is_tried_again(webhook: Notifier, receiver: WebhookReceiver) -> None:
    receiver.answers.extend([503, 429])
    assert told_by(webhook) == []
    assert len(receiver.got) == 3


@pytest.mark.parametrize(("status", "tries"), [(500, 3), (404, 1), (302, 1)])
def test_a_receiver_that_fails_is_told_of_and_then_left_alone(
    webhook: Notifier, receiver: WebhookReceiver, status: int, tries: int
) -> None:
    """A redirect is not followed: it would carry the digest to whoever it names."""
    receiver.answers.extend([status] * tries)
    assert told_by(webhook) == [
        f"the digest of Run 1a2b3c4d could not be sent to JUDGE_PIPELINE_WEBHOOK_URL: it answers {status}"
    ]
    assert len(receiver.got) == tries


def test_a_receiver_that_hangs_is_given_up_in_bounded_time(webhook: Notifier, receiver: WebhookReceiver) -> None:
    receiver.answers.extend([None] * 3)
    began = time.monotonic()
    (told,) = told_by(webhook)
    assert told.endswith("ReadTimeout")
    assert time.monotonic() - began < 5


def test_a_receiver_that_is_gone_is_told_of_without_its_address(webhook: Notifier) -> None:
    gone = dataclasses.replace(webhook, webhook=SecretStr(f"{NOWHERE}/{SECRET}"))
    (told,) = told_by(gone)
    assert told.endswith("ConnectionError")


def test_two_silent_receivers_take_less_than_a_tick_of_dagsters(webhook: Notifier) -> None:
    tries = len(WAITS_SECONDS) + 1
    assert 2 * (tries * TIMEOUT_SECONDS + sum(WAITS_SECONDS)) + 15 < 60


def test_an_announcer_shows_no_address(webhook: Notifier) -> None:
    assert SECRET not in f"{webhook!r} {webhook}"
