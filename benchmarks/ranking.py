"""How often a ranking's intervals and ranks hold in simulated studies of known truth: `python -m benchmarks.ranking`."""

import argparse
import time
from dataclasses import replace

import numpy as np

from judge_pipeline.domain.statistics import ranking
from judge_pipeline_tests.domain.statistics.ranking_study import RankingStudy

STUDIES = {
    "three captioners, the judge favours the weaker on 25%": RankingStudy(),
    "the same, a judge without a favourite": RankingStudy(favour=0.0),
    "the same, a judge that guesses": RankingStudy(favour=0.0, accuracy=0.0),
    "three captioners in a chain, A–B and B–C": RankingStudy(is_chain=True),
    "five captioners, two of them alike": RankingStudy(np.array([0.6, 0.2, 0.2, -0.3, -0.7])),
    "three captioners, the best wins 9 of 10": RankingStudy(np.array([1.6, -0.6, -1.0])),
}

LABELLED = (15, 30, 100)
"""Of each pair's images; five times as many have the judge's verdict."""

IMAGES = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=200, help="per line")
    studies = parser.parse_args().studies
    print("| study | choices per pair | corrected | people | judge | ranks | width, corrected to people |")
    print(f"|{'---|' * 7}")
    for name, study in STUDIES.items():
        for labelled in LABELLED:
            sized = replace(study, labelled=labelled, images=5 * labelled)
            found = sized.coverage(studies=studies, resamples=200)
            figures = [f"{found[kind]:.1%}" for kind in ("corrected", "people", "judge", "ranks")]
            figures.append(f"{found['width of corrected'] / found['width of people']:.2f}")
            print(f"| {name} | {labelled} | {' | '.join(figures)} |", flush=True)
    study = RankingStudy(images=IMAGES // 3, labelled=300)
    first, second, people, judge, images = study.drawn(np.random.default_rng(0))
    start = time.perf_counter()
    ranking(first, second, people, judge, images=images, resamples=200)
    print(f"\n{len(first):,} images, 200 resamples: {time.perf_counter() - start:.2f} s")


if __name__ == "__main__":
    main()
