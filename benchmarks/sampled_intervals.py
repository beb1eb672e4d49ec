"""How often intervals of people's choices contain the value of the whole project, by how the images were drawn."""

import argparse
from collections import Counter

import numpy as np

from judge_pipeline_tests.domain.statistics.sampled_study import (
    Drawing,
    at_random,
    disagreements_alone,
    disagreements_too,
    stratified,
    whole_scenes,
)
from judge_pipeline_tests.domain.statistics.simulated_study import World

IMAGES = 500

DECIDED = (20, 30, 50, 100, 200, 500)

WORLDS = {
    "even: first better on 50%, people right on 90%, judge on 80%, bias 10%": World(),
    "one-sided: first better on 85%, people right on 95%, judge on 90%, bias 10%": World(
        first=0.85, tie=0.05, people_accuracy=0.95, judge_accuracy=0.9
    ),
    "a bad judge: first better on 50%, people right on 90%, judge on 50%, bias 30%": World(
        judge_accuracy=0.5, bias=0.3
    ),
    "a good judge: first better on 85%, people right on 98%, judge on 97%, bias 2%": World(
        first=0.85, tie=0.05, people_accuracy=0.98, judge_accuracy=0.97, bias=0.02
    ),
}

DRAWINGS: dict[str, tuple[Drawing, bool]] = {
    "at random, unweighted": (at_random, False),
    "at random": (at_random, True),
    "stratified, unweighted": (stratified, False),
    "stratified": (stratified, True),
    "half disagreements, as drawn": (disagreements_too, True),
    "disagreements first, taken for random": (disagreements_alone, False),
    "whole scenes, correlation .2, unweighted": (whole_scenes(0.2), False),
    "whole scenes, correlation .2": (whole_scenes(0.2), True),
    "whole scenes, correlation .5, unweighted": (whole_scenes(0.5), False),
    "whole scenes, correlation .5": (whole_scenes(0.5), True),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000, help="per row and column")
    studies = parser.parse_args().studies
    for title, world in WORLDS.items():
        print(f"\n**{title}**\n")
        print(f"| drawing | interval of 95% | {' | '.join(f'{count} of {IMAGES}' for count in DECIDED)} |")
        print(f"|{'---|' * (len(DECIDED) + 2)}")
        for name, (drawing, weighted) in DRAWINGS.items():
            print_rows(name, [coverage(drawing, world, count, studies, weighted=weighted) for count in DECIDED])


def print_rows(name: str, shares: list[dict[str, float]]) -> None:
    for estimate in shares[0]:
        print(f"| {name} | {estimate} | {' | '.join(f'{share[estimate]:.1%}' for share in shares)} |", flush=True)


def coverage(drawing: Drawing, world: World, decided: int, studies: int, *, weighted: bool) -> dict[str, float]:
    """The shares of intervals that contain the truth; an undefined one does not."""
    generator, held = np.random.default_rng(decided), Counter[str]()
    for _ in range(studies):
        study = drawing(world, IMAGES, decided, generator)
        truths = study.truths
        for name, estimate in study.estimates(weighted=weighted).items():
            interval = estimate.interval
            held[name] += interval is not None and interval.low - 1e-9 <= truths[name] <= interval.high + 1e-9
    return {name: held[name] / studies for name in truths}


if __name__ == "__main__":
    main()
