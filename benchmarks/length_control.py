"""Do the figures of length control and of several reviewers hold? Simulated studies: `python -m benchmarks.length_control`.

Length: captioners whose captions are equally good or not at equal length, a judge that likes the longer one, and a first
captioner that is longer by some standard deviations on average. Reviewers: each is right with the same probability. The
alternative annotator test at the edge of its null hypothesis: each reviewer is closer to the others by exactly epsilon.
"""

import numpy as np
from scipy.special import expit

from judge_pipeline.domain.statistics import (
    alt_test_of_counts,
    controlled_win_rate,
    human_agreement,
    length_differences,
)

STUDIES = 2_000
ODDS = 0.4
"""Log-odds of the first captioner at equal length: a win rate of 59.9%."""


def controlled(seed: int, images: int, *, lead: float, effect: float) -> tuple[bool | None, float | None]:
    """Whether the interval contains the win rate at equal length, and the win rate as it is; None if undefined."""
    draw = np.random.default_rng([seed, images])
    first = 200 + 60 * (draw.normal(lead / 2, 1, images) if lead < 2 else draw.uniform(3, 4, images))
    second = 200 + 60 * draw.normal(-lead / 2, 1, images)
    differences = length_differences(first, second)
    wins = draw.random(images) < expit(ODDS + effect * np.array(differences, dtype=float))
    found = controlled_win_rate(np.where(wins, "first", "second").tolist(), {"length": differences})
    interval = found.controlled.interval
    return (None if interval is None else float(expit(ODDS)) in interval), found.as_they_are


def agreement(seed: int, images: int, reviewers: int, right: float) -> bool:
    """Whether the interval contains the agreement of two reviewers."""
    draw = np.random.default_rng([seed, images, reviewers])
    truth = draw.integers(0, 3, (images, 1))
    labels = np.where(draw.random((images, reviewers)) < right, truth, draw.integers(0, 3, (images, reviewers)))
    interval = human_agreement(labels).interval
    same = right**2 + 2 * right * (1 - right) / 3 + (1 - right) ** 2 / 3
    return interval is not None and same in interval


def wins_at_the_edge(seed: int, images: int, epsilon: float) -> float:
    """The share of three reviewers that the test takes for beaten, though each is closer by epsilon."""
    draw = np.random.default_rng([seed, images])
    counts = draw.multinomial(images, [0.2, 0.6 - epsilon, 0.2 + epsilon], 3)
    return alt_test_of_counts([(int(a), int(b), int(c)) for a, b, c in counts], epsilon=epsilon).winning_rate or 0.0


def main() -> None:
    """Prints the tables of docs/statistics.md."""
    print("| first captions longer by | effect of length | images | as they are | interval holds | undefined |")
    print("|---|---|---|---|---|---|")
    for lead, effect in ((0.0, 1.0), (0.5, 1.0), (1.0, 2.0), (2.0, 1.0)):
        for images in (50, 100, 400):
            found = [controlled(seed, images, lead=lead, effect=effect) for seed in range(STUDIES)]
            held = [each for each, _ in found if each is not None]
            raw = float(np.mean([rate for _, rate in found]))
            shown = f"{np.mean(held):.1%}" if held else ""
            by = f"{lead:g} sd" if lead < 2 else "always"
            print(f"| {by} | {effect:g} | {images} | {raw:.1%} | {shown} | {1 - len(held) / STUDIES:.1%} |", flush=True)
    print("\n| agreement of reviewers | 30 images | 100 images |\n|---|---|---|")
    for reviewers in (2, 3, 5):
        rates = [np.mean([agreement(seed, images, reviewers, 0.85) for seed in range(STUDIES)]) for images in (30, 100)]
        print(f"| {reviewers} reviewers | {rates[0]:.1%} | {rates[1]:.1%} |", flush=True)
    print("\n| alt-test: reviewers taken for beaten at the edge | 30 images | 100 images |\n|---|---|---|")
    rates = [np.mean([wins_at_the_edge(seed, images, 0.15) for seed in range(STUDIES)]) for images in (30, 100)]
    print(f"| epsilon 0.15 | {rates[0]:.1%} | {rates[1]:.1%} |")


if __name__ == "__main__":
    main()
