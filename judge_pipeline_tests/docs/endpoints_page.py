"""Generates docs/endpoints.md from the tests: `python -m judge_pipeline_tests.docs.endpoints_page > docs/endpoints.md`."""

import json
import sys
from collections.abc import Iterator, Sequence

from judge_pipeline_tests.models.provider_errors import (
    BLIND_MODELS,
    FILTERS,
    MISSING_MODELS,
    OTHERS,
    PASSING,
    SCHEMA_REFUSALS,
    SYSTEM_REFUSALS,
    Case,
)

BEGINNING = """\
# What servers answer, and what becomes of it

Every row is a test (`models/test_provider_errors.py`). The bodies come from the servers' documentation, sources and their users'
reports; none has been compared with the real server. What is not listed is read by the same rules: codes and words, not only the
status. `judge-pipeline doctor` reads lists of models only and says what they do not prove; `doctor --paid` asks each model one
question as a run does.
"""

SECTIONS: dict[str, Sequence[Case]] = {
    "A content filter: that image fails as `Filtered`, the others go on": FILTERS,
    "The model sees no images: the run stops": BLIND_MODELS,
    "The model does not exist: the run stops": MISSING_MODELS,
    "The answer format is refused: the next simpler one is used from then on, unless `JUDGE__ANSWER_FORMAT` fixes it": SCHEMA_REFUSALS,
    "A system message is refused: it goes in front of the question from then on": SYSTEM_REFUSALS,
    "Passing failures: asked again": PASSING,
    "All others": OTHERS,
}

LONGEST = 110
"""Characters of a body in a cell."""


def endpoints_page() -> str:
    """The whole page."""
    return BEGINNING + "".join(line for title, cases in SECTIONS.items() for line in _section(title, cases))


def _section(title: str, cases: Sequence[Case]) -> Iterator[str]:
    yield f"\n## {title}\n\n| server | HTTP | body | outcome |\n|---|---|---|---|\n"
    for case in cases:
        body = case.body if isinstance(case.body, str) else json.dumps(case.body, ensure_ascii=False)
        shown = " ".join(body.replace("|", "\\|").replace("`", "'").split()) or "empty"
        shown = shown if len(shown) <= LONGEST else shown[:LONGEST] + "…"
        outcome = case.outcome if isinstance(case.outcome, str) else f"`{case.outcome.__name__}`"
        yield f"| {case.server} | {case.status} | `{shown}` | {outcome} |\n"


if __name__ == "__main__":
    sys.stdout.write(endpoints_page())
