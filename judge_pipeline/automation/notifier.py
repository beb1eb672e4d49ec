"""Digests sent to Slack and to any webhook: tried a few times, never worth failing a run for, and no address is ever told."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from judge_pipeline.reporting.digest import Digest, slack_message

TIMEOUT_SECONDS = 5.0
WAITS_SECONDS = (1.0, 3.0)
"""Before the second and the third attempt: two silent receivers take 38 s, and Dagster gives a sensor 60."""

WORTH_ANOTHER_TRY = frozenset({408, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Notifier:
    """Who wants digests; an address may be a secret in itself."""

    slack_webhook: SecretStr | None = None
    webhook: SecretStr | None = None
    timeout_seconds: float = TIMEOUT_SECONDS
    waits_seconds: tuple[float, ...] = WAITS_SECONDS

    def send(self, digest: Digest, *, log: Callable[[str], None]) -> None:
        """Sends it to everyone who wants it; `tell` hears of those who could not be reached."""
        for receiver, address, body in self._letters(digest):
            problem = self._post(address, body)
            if problem:
                log(f"the digest of {digest.title} could not be sent to {receiver}: {problem}")

    def _letters(self, digest: Digest) -> Iterator[tuple[str, SecretStr, dict[str, Any]]]:
        if self.slack_webhook:
            yield "SLACK_WEBHOOK_URL", self.slack_webhook, slack_message(digest)
        if self.webhook:
            yield "JUDGE_PIPELINE_WEBHOOK_URL", self.webhook, digest.to_json()

    def _post(self, address: SecretStr, body: dict[str, Any]) -> str | None:
        """Why it could not be sent, in words that hold nothing of the address."""
        import requests  # tries out sockets while it is imported, and the code location loads without any

        waits = iter(self.waits_seconds)
        while True:
            try:
                answer = requests.post(
                    address.get_secret_value(),
                    json=body,
                    timeout=self.timeout_seconds,
                    allow_redirects=False,
                    stream=True,
                )
                answer.close()
            except requests.exceptions.RequestException as error:  # its text holds the address
                problem, is_final = type(error).__name__, isinstance(error, ValueError)
            else:
                if answer.ok and not answer.is_redirect:
                    return None
                problem, is_final = f"it answers {answer.status_code}", answer.status_code not in WORTH_ANOTHER_TRY
            wait = next(waits, None)
            if is_final or wait is None:
                return problem
            time.sleep(wait)


NOBODY = Notifier()
