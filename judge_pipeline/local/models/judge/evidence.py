"""The judge's own measurements of the picture, with a network that neither describer uses."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from judge_pipeline.local.models.networks.classifier import Classifier, Probabilities, ends, whole
from judge_pipeline.local.models.picture.colours import Colours, measure_colours
from judge_pipeline.local.models.picture.layout import Layout, measure_layout
from judge_pipeline.local.models.vocabulary.recognition import Recognition, Thresholds, recognise, support
from judge_pipeline.local.models.vocabulary.words import Word, words_by_name

SURE = Thresholds(certain=0.45, possible=0.22)
NO_SUPPORT, FULL_SUPPORT = 0.04, 0.70
KINSHIP, WIDEST_KIN = 0.5, 30
"""A wrong word of the right narrow kind ('a lynx' for a cat) counts half as much as the kind."""


@dataclass(frozen=True)
class Evidence:
    """Probabilities, the words that they support, colours and layout."""

    probabilities: Probabilities
    recognition: Recognition
    colours: Colours
    layout: Layout

    def support_of(self, word: Word) -> float:
        """How well `word` is supported, 0 (not at all) to 1."""
        kin = [words_by_name()[name] for name in word.parents]
        by_kinship = max((self._of(parent) for parent in kin if len(parent.classes) <= WIDEST_KIN), default=0.0)
        return max(self._of(word), KINSHIP * by_kinship)

    def _of(self, word: Word) -> float:
        value = (support(word, self.probabilities) - NO_SUPPORT) / (FULL_SUPPORT - NO_SUPPORT)
        return min(1.0, max(0.0, value))


def gather_evidence(picture: Image.Image, classifier: Classifier) -> Evidence:
    """Measure `picture` once, for both captions."""
    probabilities = classifier.classify(picture, [whole(picture), *ends(picture)])
    return Evidence(probabilities, recognise(probabilities, SURE), measure_colours(picture), measure_layout(picture))
