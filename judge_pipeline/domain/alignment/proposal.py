"""A proposed judge: an alignment with what it was measured against, and which one a project has accepted."""

from dataclasses import dataclass

from judge_pipeline.domain.alignment.alignment import Alignment
from judge_pipeline.domain.alignment.comparison import Comparison

UNALIGNED = "unaligned"
"""The name of the judge without an alignment, among the versions."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """An alignment and its comparison with the judge `against`, the name of a version.

    `base` says which judges, orders and prompts both have, `ontology_version` by which form they judged. `proposed_at` is UTC in
    ISO 8601. `earlier_looks` counts the proposals that were compared on held-out images before.
    """

    alignment: Alignment
    comparison: Comparison
    against: str
    base: str
    ontology_version: str
    proposed_at: str
    earlier_looks: int = 0

    @property
    def version(self) -> str:
        """The name of the new judge."""
        return self.alignment.version


@dataclass(frozen=True, slots=True)
class Accepted:
    """Which judge a project uses: the version of an alignment, or `UNALIGNED`; `before` is the one that it replaced."""

    version: str
    before: str
    accepted_at: str
