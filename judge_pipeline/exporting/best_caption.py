"""Best captions: the better caption of an image, for supervised fine-tuning."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.exporting.decision import LeftOut, Provenance, decision, has_marker
from judge_pipeline.exporting.preference import ANY_TRUSTED, Wanted, preference
from judge_pipeline.exporting.split import Split, split_of


@dataclass(frozen=True, slots=True)
class BestCaption:
    """One image and its better caption."""

    image: Image
    caption: Caption
    provenance: Provenance

    @property
    def split(self) -> Split:
        """The split that the image belongs to."""
        return split_of(self.image.sha256)


@dataclass(frozen=True, slots=True)
class BestCaptions:
    """The captions in the order of the outcomes, and the number of images left out, by reason."""

    captions: tuple[BestCaption, ...]
    left_out: Mapping[LeftOut, int]


def best_captions(outcomes: Iterable[Outcome], wanted: Wanted = ANY_TRUSTED) -> BestCaptions:
    """The better captions of these images: from every pair, and where a person chose over a caption that is not an answer."""
    captions = []
    left_out: Counter[LeftOut] = Counter()
    for outcome in outcomes:
        found = _best_caption(outcome, wanted)
        if isinstance(found, LeftOut):
            left_out[found] += 1
        else:
            captions.append(found)
    return BestCaptions(tuple(captions), left_out)


def _best_caption(outcome: Outcome, wanted: Wanted) -> BestCaption | LeftOut:
    pair = preference(outcome)
    if not isinstance(pair, LeftOut):
        if not wanted.takes(pair):
            return LeftOut.NOT_ASKED_FOR
        return BestCaption(pair.image, pair.chosen, pair.provenance)
    decided = decision(outcome)
    if isinstance(decided, LeftOut) or decided.provenance is not Provenance.HUMAN:
        return pair
    if Provenance.HUMAN not in wanted.provenances:
        return LeftOut.NOT_ASKED_FOR
    caption = outcome.caption_of(decided.winner)
    if outcome.image is None or caption is None:
        return LeftOut.NOT_JUDGED
    if outcome.judgement is not None and decided.winner in outcome.judgement.not_available:
        return LeftOut.NOT_AVAILABLE
    if not caption.text.strip():
        return LeftOut.EMPTY
    return LeftOut.MARKER if has_marker(caption) else BestCaption(outcome.image, caption, decided.provenance)
