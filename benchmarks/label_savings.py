"""How many human labels the judge saves, and whether the intervals hold: simulated projects with a known truth."""

import argparse
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from judge_pipeline_tests.domain.statistics.drawn_study import (
    BAD_JUDGE,
    CLOSE,
    FLEUR_LIKE,
    ONE_SIDED,
    PILOT,
    Pairs,
    by_grades,
    by_verdict,
    corrected,
    drawn_at_random,
    drawn_by_doubt,
)

IMAGES = 2_000

PAIRS = {
    "like FLEUR": FLEUR_LIKE,
    "like FLEUR, judge failed on 30%": replace(FLEUR_LIKE, failed=0.3),
    "close pairs": CLOSE,
    "one-sided, 77%": ONE_SIDED,
    "bad judge": BAD_JUDGE,
}

LABELS = (30, 50, 100, 200, 400)

METHODS = ("verdict", "graded", "graded, drawn by doubt", "graded, half at random, half by doubt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=500, help="of each kind")
    studies = parser.parse_args().studies
    print(
        f"{IMAGES:,} images, {studies:,} studies of each kind. In each cell: the factor of labels saved, the coverage"
    )
    print("of the 95% interval, and how many times wider the interval of people alone is.\n")
    print(f"| pairs | labels | {' | '.join(METHODS)} |\n|{'---|' * (len(METHODS) + 2)}")
    for name, pairs in PAIRS.items():
        for labels in LABELS:
            print(f"| {name} | {labels} | {' | '.join(row(pairs, labels, studies))} |", flush=True)


def row(pairs: Pairs, labels: int, studies: int) -> Iterator[str]:
    """For each method the factor of labels it saves, its coverage and its mean width, relative to people alone."""
    generator = np.random.default_rng(labels)
    errors, held, widths = (np.zeros((len(METHODS), studies)) for _ in range(3))
    alone, people_widths = np.zeros(studies), np.zeros(studies)
    for study in range(studies):
        project = pairs.draw(IMAGES, generator)
        alone[study] = (1 / labels - 1 / IMAGES) * project.points.var(ddof=1)
        at_random = drawn_at_random(project, labels)
        by_doubt, mixed = (drawn_by_doubt(project, labels, pilot) for pilot in (PILOT, labels // 2))
        for place, (reached, predict) in enumerate(
            (
                (at_random, by_verdict),
                (at_random, by_grades),
                (by_doubt, by_grades),
                (mixed, by_grades),
            )
        ):
            found = corrected(project, reached, predict)
            value, interval, people = found.corrected.value, found.corrected.interval, found.people_alone.interval
            assert value is not None
            assert interval is not None
            errors[place, study] = value - project.truth
            held[place, study] = project.truth in interval
            widths[place, study] = interval.width
            if place == 0 and people is not None:
                people_widths[study] = people.width
    for place in range(len(METHODS)):
        saved = alone.mean() / (errors[place] ** 2).mean()
        yield f"{saved:.2f}; {held[place].mean():.1%}; {people_widths.mean() / widths[place].mean():.2f}"


if __name__ == "__main__":
    main()
