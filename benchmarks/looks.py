"""How often a claim is ever false if people look again and again: `python -m benchmarks.looks`.

Each row compares intervals for one look with those that hold at every look.
"""

import argparse

import numpy as np
from numpy.typing import NDArray

from judge_pipeline_tests.domain.statistics.looks_study import (
    GOOD,
    JUST_TOO_LITTLE,
    SLOWLY_WORSE,
    Gaps,
    corrected_rates,
    count_rules,
    judged_shares,
)
from judge_pipeline_tests.domain.statistics.simulated_study import GAP_AGREEMENT, World

JUDGED = range(25, 1001, 25)
"""40 looks."""

LABELLED = range(25, 501, 25)
"""20 looks."""

PROJECT = 2_000

RULES = {
    "89.7% at every gap": JUST_TOO_LITTLE,
    "95% to 50% at five gaps": Gaps((0.2,) * 5, tuple(GAP_AGREEMENT[::-1].tolist())),
    "99% to 60% at sixteen gaps": SLOWLY_WORSE,
    "99% to 80%, a good judge": GOOD,
}

WORLDS = {
    "even, a judge right on 80%": World(first=0.425, tie=0.15),
    "first better on 50%, a judge right on 80%": World(),
    "first better on 85%, a judge right on 90%": World(first=0.85, tie=0.05, people_accuracy=0.95, judge_accuracy=0.9),
    "first better on 50%, a judge right on 50%": World(judge_accuracy=0.5, bias=0.3),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=1000)
    studies = parser.parse_args().studies
    print_header("claim", "looks", "one look, false at the last", "one look, ever false", "every look, ever false")
    print_headlines(studies)
    for name, world in WORLDS.items():
        print_corrected(name, world, studies)
    print()
    print_header("agreement", "bounds", "false at 500 labels", "ever false", "rules at 500", "share they accept")
    for name, gaps in RULES.items():
        print_rules(name, gaps, studies)


def print_headlines(studies: int) -> None:
    """A judge without a preference, after every 25 images up to 1,000."""
    generator = np.random.default_rng(1)
    found = [list(judged_shares(JUDGED, generator)) for _ in range(studies)]
    false = np.array([[[0.5 not in each for each in look] for look in study] for study in found])
    print_row("the judge prefers one, and does not", false)


def print_corrected(name: str, world: World, studies: int) -> None:
    """The corrected win rate, after every 25 choices up to 500 in a project of 2,000."""
    generator = np.random.default_rng(2)
    found = [list(corrected_rates(world, PROJECT, LABELLED, generator)) for _ in range(studies)]
    false = np.array([[[truth not in each for each in both] for truth, *both in study] for study in found])
    print_row(f"the corrected win rate: {name}", false)


def print_rules(name: str, gaps: Gaps, studies: int) -> None:
    """The rule for an agreement of 90%, after every 25 labels up to 500."""
    for bounds in ("one look", "every look"):
        found = count_rules(gaps, studies, LABELLED, seed=1, one_look_bounds=bounds == "one look")
        accepted = f"{found.accepted / found.given:.0%}" if found.given else ""
        shares = f"{found.one_look / studies:.1%} | {found.any_look / studies:.1%} | {found.given / studies:.0%}"
        print(f"| {name} | {bounds} | {shares} | {accepted} |", flush=True)


def print_row(name: str, false: NDArray[np.bool_]) -> None:
    last, ever, every = false[:, -1, 0].mean(), false[:, :, 0].any(axis=1).mean(), false[:, :, 1].any(axis=1).mean()
    print(f"| {name} | {false.shape[1]} | {last:.1%} | {ever:.1%} | {every:.1%} |", flush=True)


def print_header(*columns: str) -> None:
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")


if __name__ == "__main__":
    main()
