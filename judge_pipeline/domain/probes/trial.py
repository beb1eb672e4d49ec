"""Trials: what the judge chose in a probe, and how often it was fooled."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from judge_pipeline.domain.statistics import Share
from judge_pipeline.domain.tag import Tag

PROBES = "probes"
"""The asset of the trials in the store, and the purpose of the answers."""


class Probe(StrEnum):
    """The kinds of probe, in the order of the report."""

    FALSE_DETAIL = "false detail"
    LONGER_WITH_ERROR = "longer with an error"
    OTHER_CAPTION = "another image's caption"
    SWAPPED_IMAGE = "swapped image"
    BLANK_IMAGE = "blank image"
    REORDERED = "reordered"
    SAME_CAPTION = "same caption twice"


class Chosen(StrEnum):
    """Which text of a pair the judge prefers."""

    FIRST = "first"
    SECOND = "second"
    NEITHER = "neither"


FOOLED: Mapping[Probe, frozenset[Chosen]] = MappingProxyType(
    {
        Probe.FALSE_DETAIL: frozenset({Chosen.SECOND}),
        Probe.LONGER_WITH_ERROR: frozenset({Chosen.SECOND}),
        Probe.OTHER_CAPTION: frozenset({Chosen.SECOND}),
        Probe.SWAPPED_IMAGE: frozenset({Chosen.SECOND}),
        Probe.BLANK_IMAGE: frozenset({Chosen.FIRST}),
        Probe.REORDERED: frozenset({Chosen.FIRST, Chosen.SECOND}),
        Probe.SAME_CAPTION: frozenset({Chosen.FIRST, Chosen.SECOND}),
    }
)
"""What a judge that is fooled chooses. The first text is the right one; on a blank image, the one chosen with the image."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One probe of one image. Without a usable answer `chosen` is None, and `failure` says why.

    `first_place` is set if two texts are the same: whether the judge chose the one that it was shown first.
    """

    probe: Probe
    chosen: Chosen | None
    failure: str = ""
    first_place: bool | None = None

    @property
    def is_fooled(self) -> bool:
        """Whether the judge chose what it should not."""
        return self.chosen in FOOLED[self.probe]


@dataclass(frozen=True, slots=True)
class JudgeVersion:
    """Which judge was probed: models, orders and prompts in one text, and the version of the ontology."""

    judged_with: str
    ontology_version: str

    def is_current(self, *, judged_with: str, ontology_version: str | None) -> bool:
        """Whether it is the present judge; an unknown ontology counts as the same."""
        return self.judged_with == judged_with and ontology_version in (None, self.ontology_version)


@dataclass(frozen=True, slots=True)
class Probing:
    """The trials of one image by one version of the judge; `asked_at` is the time of the last one in ISO 8601, UTC."""

    version: JudgeVersion
    asked_at: str
    trials: tuple[Trial, ...]


@dataclass(frozen=True, slots=True)
class ProbedImage:
    """Everything that the judges were asked about one image to probe them, by version, the latest last."""

    tag: Tag
    probings: tuple[Probing, ...] = ()

    def with_trials(self, version: JudgeVersion, trials: Sequence[Trial], *, asked_at: str) -> "ProbedImage":
        """Also with these trials; a probe that was not repeated keeps its earlier trial by the same version."""
        found = {
            trial.probe: trial for probing in self.probings if probing.version == version for trial in probing.trials
        }
        found |= {trial.probe: trial for trial in trials}
        others = tuple(probing for probing in self.probings if probing.version != version)
        ordered = tuple(found[probe] for probe in Probe if probe in found)
        return replace(self, probings=(*others, Probing(version, asked_at, ordered)))


@dataclass(frozen=True, slots=True)
class ProbeRate:
    """How one probe went: `fooled` among the answered trials; `neither` of them preferred nothing, `failed` are not among them."""

    probe: Probe
    fooled: Share
    neither: int
    failed: int


def probe_rates(trials: Iterable[Trial]) -> tuple[ProbeRate, ...]:
    """One rate for each probe that was tried."""
    by_probe: dict[Probe, list[Trial]] = {probe: [] for probe in Probe}
    for trial in trials:
        by_probe[trial.probe].append(trial)
    return tuple(_rate(probe, found) for probe, found in by_probe.items() if found)


def _rate(probe: Probe, trials: Sequence[Trial]) -> ProbeRate:
    answered = [trial for trial in trials if trial.chosen is not None]
    return ProbeRate(
        probe,
        Share(sum(trial.is_fooled for trial in answered), len(answered)),
        neither=sum(trial.chosen is Chosen.NEITHER for trial in answered),
        failed=len(trials) - len(answered),
    )


def first_place_share(trials: Iterable[Trial]) -> Share:
    """How often the judge chose the first of two equal texts; one half is right."""
    places = [trial.first_place for trial in trials if trial.first_place is not None]
    return Share(sum(places), len(places))
