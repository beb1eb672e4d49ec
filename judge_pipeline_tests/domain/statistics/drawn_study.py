"""A study whose truth is known: pairs of captions, a judge with scores, and people who decide the images that are drawn."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from judge_pipeline.domain.statistics import PredictionPowered, drawing_weights, graded_predictions, ppi_win_rate

Reals = NDArray[np.float64]

PILOT, BATCH = 30, 25
"""Images drawn with equal weights first, and in each batch after that."""


@dataclass(frozen=True)
class Pairs:
    """How different the two captions of an image are, and how well the judge sees it.

    A share `clear` of the pairs differs by about `clear_by`, the others by `close_by` (Student's t with `tails` degrees of
    freedom). People see the difference with an error of 1, the judge's scores with `judge_error`, in whole `steps`.
    """

    clear: float = 0.6
    clear_by: float = 4.0
    close_by: float = 0.5
    tails: float = 1000.0
    lean: float = 0.2
    judge_error: float = 1.0
    step: float = 1.5
    steps: int = 4
    failed: float = 0.0

    def draw(self, images: int, generator: np.random.Generator) -> "Project":
        """All images of a project: what people would say of each, and what the judge says."""
        clear = generator.random(images) < self.clear
        by = self.clear_by * generator.choice([-1, 1], images) * (0.5 + generator.random(images))
        difference = np.where(clear, by, self.close_by * generator.standard_t(self.tails, images)) + self.lean
        seen = difference + generator.normal(size=images)
        points = np.where(np.abs(seen) < 0.05, 0.5, (seen > 0) * 1.0)
        scores = difference + self.judge_error * generator.normal(size=images)
        gaps = np.clip(np.round(scores / self.step), -self.steps, self.steps) / self.steps
        return Project(points, np.where(generator.random(images) < self.failed, np.nan, gaps), generator.random(images))


FLEUR_LIKE = Pairs()
"""A verdict has the gain of the public FLEUR pairs, 1.8 to 2.1; an endless number of labels would make it 2.3 for the
graded prediction and 3.7 for drawing by it."""

CLOSE = Pairs(clear=0.0, close_by=0.7, tails=2.0, step=0.4, steps=8)
"""Close pairs: 1.13 for a verdict, 1.21 and 1.25."""

ONE_SIDED = Pairs(clear=0.4, close_by=1.0, lean=2.0)
"""People prefer the first contestant on 77%."""

BAD_JUDGE = Pairs(judge_error=8.0)


@dataclass(frozen=True)
class Project:
    """What people would say of each image, the judge's gap (NaN where it failed), the permanent random numbers."""

    points: Reals
    gaps: Reals
    numbers: Reals

    @property
    def truth(self) -> float:
        return float(self.points.mean())

    @property
    def verdicts(self) -> list[str]:
        return [_verdict(gap) for gap in self.gaps.tolist()]

    def people(self, drawn: NDArray[np.bool_]) -> list[str | None]:
        return [
            _verdict(2 * points - 1) if known else None
            for points, known in zip(self.points, drawn.tolist(), strict=True)
        ]

    def graded(self, drawn: NDArray[np.bool_]) -> list[float]:
        return graded_predictions(self.people(drawn), self.verdicts, self.gaps)


Predicted = list[str] | list[float]
Predict = Callable[[Project, NDArray[np.bool_]], Predicted]


def by_verdict(project: Project, drawn: NDArray[np.bool_]) -> Predicted:
    return project.verdicts


def by_grades(project: Project, drawn: NDArray[np.bool_]) -> Predicted:
    return project.graded(drawn)


def drawn_at_random(project: Project, labels: int) -> Reals:
    """The inclusion probabilities of a simple random sample, see `next_probabilities`."""
    nothing = np.zeros(len(project.numbers))
    return next_probabilities(project.numbers, nothing, np.ones(len(nothing)), labels)


def drawn_by_doubt(project: Project, labels: int, pilot: int = PILOT) -> Reals:
    """The inclusion probabilities after a pilot and batches, whose weights follow from the labels before them."""
    reached = drawn_at_random(project, min(pilot, labels))
    for done in range(pilot, labels, BATCH):
        drawn = project.numbers < reached
        known = np.where(drawn, reached, np.nan)
        weights = np.array(drawing_weights(project.graded(drawn), project.people(drawn), known))
        reached = next_probabilities(project.numbers, reached, weights, min(BATCH, labels - done))
    return reached


def next_probabilities(numbers: Reals, reached: Reals, weights: Reals, more: int) -> Reals:
    """As `judge_pipeline.domain.drawing`: `more` images in the order of number / weight, up to the first that was not reached."""
    ranks = np.where(numbers < reached, np.inf, numbers / weights)
    waiting = np.sort(ranks[np.isfinite(ranks)])
    threshold = waiting[more] if more < len(waiting) else np.inf
    return np.maximum(reached, np.minimum(1.0, weights * threshold))


def corrected(project: Project, reached: Reals, predict: Predict) -> PredictionPowered:
    """The judge-corrected win rate from the images that were drawn."""
    drawn = project.numbers < reached
    return ppi_win_rate(project.people(drawn), predict(project, drawn), probabilities=np.where(drawn, reached, np.nan))


def _verdict(lead: float) -> str:
    if np.isnan(lead):
        return "failed"
    return "first" if lead > 0 else "second" if lead < 0 else "tie"
