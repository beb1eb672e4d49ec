"""What a server takes in one file of questions, known by its host."""

from dataclasses import dataclass

from judge_pipeline.models.endpoint import Endpoint

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class FileRules:
    """The most requests and bytes of a file, the path in each of its lines, and the purpose that is given with it."""

    requests: int
    bytes: int
    path: str = "/v1/chat/completions"
    purpose: str = "batch"


OPENAI = FileRules(50_000, 200 * MEGABYTE)
AZURE = FileRules(100_000, 200 * MEGABYTE, path="/chat/completions")
TOGETHER = FileRules(50_000, 100 * MEGABYTE, purpose="batch-api")
OTHERS = FileRules(50_000, 100 * MEGABYTE)
"""The smallest limits that any of the known servers has."""

BY_DOMAIN = {
    "api.openai.com": OPENAI,
    "azure.com": AZURE,
    "api.groq.com": FileRules(50_000, 200 * MEGABYTE),
    "api.together.xyz": TOGETHER,
    "api.together.ai": TOGETHER,
}


def rules_of(endpoint: Endpoint) -> FileRules:
    """The limits as documented in 2026; a server that refuses a file as too large gets it in two parts."""
    host = endpoint.host
    return next((rules for domain, rules in BY_DOMAIN.items() if f".{host}".endswith(f".{domain}")), OTHERS)
