"""Preferences: a better and a worse caption of one image, who decided, and how clearly."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.final_choice import FinalChoice
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judgement import Judgement, alike
from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.exporting.decision import TRUSTED, LeftOut, Provenance, decision, has_marker
from judge_pipeline.exporting.split import Split, split_of


@dataclass(frozen=True, slots=True)
class Preference:
    """One image with its better and worse caption, and the judgement and Final Choice if there are any.

    `probability` is the inclusion probability of the Final Choice, None if it is unknown.
    """

    image: Image
    chosen: Caption
    rejected: Caption
    provenance: Provenance
    judgement: Judgement | None
    final_choice: FinalChoice | None
    probability: float | None = None

    @property
    def split(self) -> Split:
        """The split that the image belongs to."""
        return split_of(self.image.sha256)

    @property
    def score_gap(self) -> float | None:
        """How far the judge's scores put `chosen` above `rejected`, from -1 to 1; below 0 they favour `rejected`."""
        return self.judgement.score_gap_for(self.chosen.captioner) if self.judgement else None

    @property
    def unanimity(self) -> float | None:
        """The share of votes for `chosen`, from 0 to 1: of the panel's judges, or of a single judge's orders."""
        if self.judgement is None:
            return None
        panel = [vote.choice for vote in self.judgement.panel if not vote.abstained]
        votes = panel or [ruling.choice for ruling in self.judgement.rulings]
        return votes.count(self.chosen.captioner) / len(votes) if votes else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which decisions to export.

    `min_score_gap` and `unanimous` apply to the judge's decisions only; a person's choice needs no scores.
    """

    provenances: tuple[Provenance, ...] = TRUSTED
    min_score_gap: float | None = None
    unanimous: bool = False

    def takes(self, preference: Preference) -> bool:
        """Whether this preference is exported."""
        if preference.provenance not in self.provenances:
            return False
        if preference.provenance is Provenance.HUMAN:
            return True
        gap = preference.score_gap
        if self.min_score_gap is not None and (gap is None or gap < self.min_score_gap):
            return False
        return not self.unanimous or preference.unanimity == 1.0


ANY_TRUSTED = Wanted()


@dataclass(frozen=True, slots=True)
class Preferences:
    """The pairs in the order of the outcomes, and the number of images left out, by reason."""

    pairs: tuple[Preference, ...]
    left_out: Mapping[LeftOut, int]


def preferences(outcomes: Iterable[Outcome], wanted: Wanted = ANY_TRUSTED) -> Preferences:
    """The pairs of these images.

    Ties, undecided images, and captions that are empty, alike or not an answer never make a pair, no matter who chose.
    """
    pairs = []
    left_out: Counter[LeftOut] = Counter()
    for outcome in outcomes:
        found = preference(outcome)
        if isinstance(found, LeftOut):
            left_out[found] += 1
        elif wanted.takes(found):
            pairs.append(found)
        else:
            left_out[LeftOut.NOT_ASKED_FOR] += 1
    return Preferences(tuple(pairs), left_out)


def preference(outcome: Outcome) -> Preference | LeftOut:
    """The pair of an image, or why it has none."""
    decided = decision(outcome)
    if isinstance(decided, LeftOut):
        return decided
    chosen, rejected = outcome.caption_of(decided.winner), outcome.caption_of(decided.winner.other)
    if outcome.image is None or chosen is None or rejected is None:
        return LeftOut.NOT_JUDGED
    if outcome.judgement is not None and outcome.judgement.not_available:
        return LeftOut.NOT_AVAILABLE
    if not chosen.text.strip() or not rejected.text.strip():
        return LeftOut.EMPTY
    if alike(chosen.text, rejected.text):
        return LeftOut.ALIKE
    if has_marker(chosen, rejected):
        return LeftOut.MARKER
    return Preference(
        outcome.image,
        chosen,
        rejected,
        decided.provenance,
        outcome.judgement,
        final_choice=outcome.final_choice,
        probability=outcome.probability,
    )
