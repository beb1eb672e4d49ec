"""What the judge itself measured on the picture, with a network that neither describer uses."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from judge_pipeline.local_models.networks.classifier import Classifier, Probabilities, centre, ends, whole
from judge_pipeline.local_models.picture.colours import Colours, measure_colours
from judge_pipeline.local_models.picture.layout import Layout, measure_layout
from judge_pipeline.local_models.vocabulary.recognition import Caution, Recognition, recognise, support
from judge_pipeline.local_models.vocabulary.words import Word

SURE = Caution(certain=0.45, possible=0.22)
NO_SUPPORT, FULL_SUPPORT = 0.04, 0.45


@dataclass(frozen=True)
class Evidence:
    """Probabilities, the words they allow, colours and layout."""

    probabilities: Probabilities
    recognition: Recognition
    colours: Colours
    layout: Layout

    def of_thing(self, word: Word) -> float:
        """How well `word` is supported, 0 (not at all) to 1."""
        value = (support(word, self.probabilities) - NO_SUPPORT) / (FULL_SUPPORT - NO_SUPPORT)
        return min(1.0, max(0.0, value))


def gather_evidence(picture: Image.Image, classifier: Classifier) -> Evidence:
    """Measure `picture` once, for both captions."""
    probabilities = classifier.classify(picture, [whole(picture), centre(picture), *ends(picture)])
    return Evidence(probabilities, recognise(probabilities, SURE), measure_colours(picture), measure_layout(picture))
