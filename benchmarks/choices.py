"""How often the report's intervals contain the truth, by how the images came to people, and how often exports are let through."""

import argparse
from collections.abc import Callable

import numpy as np

from judge_pipeline_tests.reporting.choice_study import (
    CHOICES,
    IMAGES,
    METRICS,
    WAYS,
    Study,
    covers,
    drawn_choices,
    editor_choices,
    gate_world,
    passes_the_gate,
    world,
)


def _in_the_editor(follow: float) -> Callable[[np.random.Generator], Study]:
    return lambda generator: editor_choices(gate_world(generator, kappa=0.34), generator, follow=follow)


def _drawn(kappa: float, count: int, *, scripted: bool = False) -> Callable[[np.random.Generator], Study]:
    return lambda generator: drawn_choices(gate_world(generator, kappa=kappa), count, scripted=scripted)


GATES = {
    **{
        f"kappa 0.34, 200 in the editor, {follow:.0%} of the people follow the judge": _in_the_editor(follow)
        for follow in (0.0, 0.2, 0.3, 0.5)
    },
    "kappa 0.34, 200 by a script that follows the judge": _drawn(0.34, 200, scripted=True),
    **{
        f"kappa {kappa:.2f}, {count} drawn": _drawn(kappa, count)
        for kappa, count in ((0.34, 30), (0.34, 200), (0.4, 200), (0.6, 29), (0.6, 100), (0.6, 200))
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=500)
    studies = parser.parse_args().studies
    print(f"{studies} projects of {IMAGES} images, {CHOICES} of them decided.\n")
    print(f"| how the images came to people | {' | '.join(METRICS)} |\n|{'---|' * (len(METRICS) + 1)}")
    for name in WAYS:
        print(f"| {name} | {' | '.join(coverage(name, studies))} |", flush=True)
    print("\n| choices | exported with JUDGE_PIPELINE_MIN_KAPPA=0.4 |\n|---|---|")
    for name, study in GATES.items():
        generator = np.random.default_rng(1)
        passed = sum(passes_the_gate(study(generator)) for _ in range(studies))
        print(f"| {name} | {passed / studies:.1%} |", flush=True)


def coverage(way: str, studies: int) -> list[str]:
    """Of each metric: how often its interval contains the truth, or that the report does not claim one."""
    generator = np.random.default_rng(1)
    found: dict[str, list[bool]] = {name: [] for name in METRICS}
    for _ in range(studies):
        study = WAYS[way](world(generator), generator)
        metrics, truths = study.metrics(), study.truths()
        for name in METRICS:
            if (is_covered := covers(metrics[name], truths[name])) is not None:
                found[name].append(is_covered)
    return [f"{np.mean(each):.1%}" if each else "not claimed" for each in found.values()]


if __name__ == "__main__":
    main()
