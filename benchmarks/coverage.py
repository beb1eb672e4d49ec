"""How often the intervals of judge_pipeline.domain.statistics contain a known truth, and how long each statistic takes."""

import argparse
import time
from collections import Counter
from collections.abc import Callable

import numpy as np

from judge_pipeline.domain.statistics import (
    agreement_by_gap,
    auto_accept,
    bootstrap,
    bradley_terry,
    cohen_kappa,
    gwet_ac1,
    krippendorff_alpha,
    longer_preferred,
    mcnemar,
    mean_difference,
    ppi_win_rate,
    raw_agreement,
    self_consistency,
    sign_test,
    two_order_accuracy,
    two_orders,
    wilcoxon_signed_rank,
    win_rates,
)
from judge_pipeline_tests.domain.statistics.simulated_study import (
    VERDICTS,
    World,
    draw_rule,
    estimates,
    keeps_its_word,
    merged,
    truths,
)

WORLDS = {
    "even: first better on 50%, people right on 90%, judge on 80%, bias 10%": World(),
    "one-sided: first better on 85%, people right on 95%, judge on 90%, bias 10%": World(
        first=0.85, tie=0.05, people_accuracy=0.95, judge_accuracy=0.9
    ),
    "bad judge: first better on 50%, people right on 90%, judge on 50%, bias 30%": World(judge_accuracy=0.5, bias=0.3),
}

LABELLED = (30, 50, 100, 200, 400)

UNLABELLED_TIMES = 4
"""Images that only the judge has labelled, per image that people have labelled."""

TARGET_AGREEMENT = 0.9

ROWS = 10_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=2000, help="per kind; a quarter for alpha and weighted kappa")
    studies = parser.parse_args().studies
    for name, world in WORLDS.items():
        print(f"\n{name}\n")
        print_coverage(world, studies)
    print("\nfalse alarms and broken promises\n")
    print_errors(studies)
    print(f"\n{ROWS:,} rows\n")
    print_times()


def print_coverage(world: World, studies: int) -> None:
    truth = truths(world)
    print(f"| interval of 95% | truth | {' | '.join(f'{labels} labels' for labels in LABELLED)} |")
    print(f"|{'---|' * (len(LABELLED) + 2)}")
    shares = [coverage(world, labels, studies) for labels in LABELLED]
    for name, value in truth.items():
        print(f"| {name} | {value:.3f} | {' | '.join(f'{share[name]:.1%}' for share in shares)} |")


def coverage(world: World, labelled: int, studies: int) -> dict[str, float]:
    generator, truth = np.random.default_rng(labelled), truths(world)
    containing, counted = Counter[str](), Counter[str]()
    for study in range(studies):
        found = estimates(
            world,
            labelled=labelled,
            unlabelled=UNLABELLED_TIMES * labelled,
            generator=generator,
            resamples=500 if study < studies // 4 else 0,
        )
        for name, estimate in found.items():
            counted[name] += 1
            containing[name] += estimate.interval is not None and truth[name] in estimate.interval
    return {name: containing[name] / counted[name] for name in truth}


def print_errors(studies: int) -> None:
    """False alarms of tests at 5%, and broken promises of the auto-accept rule."""
    print("| what | images | how often |\n|---|---|---|")
    for bias in (0.0, 0.05, 0.1, 0.2):
        generator, world = np.random.default_rng(1), World(bias=bias)
        for images in (100, 300):
            alarms = 0
            for _ in range(studies):
                _, one_order, other_order = world.draw(images, generator)
                test = two_orders(VERDICTS[one_order].tolist(), VERDICTS[other_order].tolist()).position_bias
                alarms += test.p_mid is not None and test.p_mid < 0.05
            print(f"| McNemar's mid-p below 5%, position bias {bias:.0%} | {images} | {alarms / studies:.1%} |")
    for images in (200, 400, 1000):
        generator = np.random.default_rng(images)
        rules = [draw_rule(images, TARGET_AGREEMENT, generator) for _ in range(studies)]
        given = sum(rule.gap is not None for rule in rules) / studies
        broken = sum(not keeps_its_word(rule) for rule in rules) / studies
        print(f"| an auto-accept rule for {TARGET_AGREEMENT:.0%} is given | {images} | {given:.1%} |")
        print(f"| and promises more than is true | {images} | {broken:.1%} |")


def print_times() -> None:
    """Processor time; each function is called once beforehand, for its imports."""
    generator = np.random.default_rng(2)
    people, one_order, other_order = World().draw(ROWS, generator)
    judge = VERDICTS[merged(one_order, other_order)].tolist()
    verdicts = VERDICTS[people].tolist()
    few = [verdict if place < 500 else None for place, verdict in enumerate(verdicts)]
    first, second = (generator.integers(1, 6, ROWS).tolist() for _ in range(2))
    distances = np.abs(np.subtract(first, second)).tolist()
    numbers, others = (generator.normal(size=ROWS).tolist() for _ in range(2))
    names = generator.integers(0, 5, ROWS)
    rivals = ((names + generator.integers(1, 5, ROWS)) % 5).tolist()
    timed: dict[str, Callable[[], object]] = {
        "win_rates": lambda: win_rates(verdicts).first_with_ties_half,
        "sign_test": lambda: sign_test(first, second),
        "wilcoxon_signed_rank": lambda: wilcoxon_signed_rank(first, second),
        "mean_difference": lambda: mean_difference(first, second),
        "ppi_win_rate": lambda: ppi_win_rate(few, judge),
        "bradley_terry, 5 contestants": lambda: bradley_terry(names.tolist(), rivals, verdicts),
        "raw_agreement": lambda: raw_agreement(verdicts, judge),
        "cohen_kappa": lambda: cohen_kappa(verdicts, judge),
        "cohen_kappa, quadratic": lambda: cohen_kappa(first, second, weights="quadratic"),
        "gwet_ac1": lambda: gwet_ac1(verdicts, judge),
        "krippendorff_alpha, nominal": lambda: krippendorff_alpha(verdicts, judge),
        "krippendorff_alpha, ordinal, 5 grades": lambda: krippendorff_alpha(first, second, level="ordinal"),
        "krippendorff_alpha, interval, all different": lambda: krippendorff_alpha(numbers, others, level="interval"),
        "krippendorff_alpha, ordinal, all different": lambda: krippendorff_alpha(numbers, others, level="ordinal"),
        "agreement_by_gap": lambda: agreement_by_gap(judge, verdicts, distances),
        "auto_accept": lambda: auto_accept(judge, verdicts, distances, wanted=0.5),
        "self_consistency": lambda: self_consistency(judge, first, second),
        "two_orders": lambda: two_orders(VERDICTS[one_order].tolist(), VERDICTS[other_order].tolist()),
        "two_order_accuracy": lambda: two_order_accuracy(judge, judge, verdicts),
        "mcnemar": lambda: mcnemar((people == 0).tolist(), (one_order == 0).tolist()),
        "longer_preferred": lambda: longer_preferred(judge, first, second),
        "bootstrap of a mean, percentile": lambda: bootstrap(np.mean, numbers, method="percentile"),
        "bootstrap of a mean, BCa": lambda: bootstrap(np.mean, numbers),
    }
    print("| statistic | processor time |\n|---|---|")
    for name, call in timed.items():
        call()
        started = time.process_time()
        call()
        print(f"| {name} | {(time.process_time() - started) * 1000:.0f} ms |")


if __name__ == "__main__":
    main()
