"""Sends digests to Slack and to any webhook: a few attempts, never failing a run, never logging an address."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from pydantic import SecretStr

from judge_pipeline.domain.retry_policy import RetryPolicy
from judge_pipeline.reporting.digest import Digest, slack_message

TIMEOUT_SECONDS = 5.0
RETRY_POLICY = RetryPolicy(waits_seconds=(1.0, 3.0))
"""Three attempts: two receivers that do not answer take 38 s, and Dagster gives a sensor 60."""

RETRIED_STATUSES = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Notifier:
    """The receivers of digests; an address may be a secret in itself."""

    slack_webhook: SecretStr | None = None
    webhook: SecretStr | None = None
    timeout_seconds: float = TIMEOUT_SECONDS
    retry_policy: RetryPolicy = RETRY_POLICY

    def send(self, digest: Digest, *, log: Callable[[str], None]) -> None:
        """Sends the digest to each receiver and logs those that could not be reached."""
        for receiver, address, body in self._messages(digest):
            problem = self._post(address, body)
            if problem:
                log(f"could not send the digest of {digest.title} to {receiver}: {problem}")

    def _messages(self, digest: Digest) -> Iterator[tuple[str, SecretStr, dict[str, Any]]]:
        if self.slack_webhook:
            yield "SLACK_WEBHOOK_URL", self.slack_webhook, slack_message(digest)
        if self.webhook:
            yield "JUDGE_PIPELINE_WEBHOOK_URL", self.webhook, digest.to_json()

    def _post(self, address: SecretStr, body: dict[str, Any]) -> str | None:
        """Why it could not be sent, without any part of the address; None if it was sent."""
        import requests  # opens sockets while it is imported, and the code location loads without any

        for failures in count(1):
            try:
                answer = requests.post(
                    address.get_secret_value(),
                    json=body,
                    timeout=self.timeout_seconds,
                    allow_redirects=False,
                    stream=True,
                )
                answer.close()
            except requests.exceptions.RequestException as error:  # its text contains the address
                problem, is_final = type(error).__name__, isinstance(error, ValueError)
            else:
                if answer.ok and not answer.is_redirect:
                    return None
                problem, is_final = f"status {answer.status_code}", answer.status_code not in RETRIED_STATUSES
            wait = self.retry_policy.next_wait(failures=failures)
            if is_final or wait is None:
                break
            time.sleep(wait)
        return problem


NO_RECEIVERS = Notifier()
