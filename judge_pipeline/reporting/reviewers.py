"""Several reviewers of the same images: how often they agree, and whether the judge may replace one of them."""

from collections.abc import Mapping, Sequence

from judge_pipeline.domain.statistics import (
    AltTest,
    Estimate,
    ReviewerAgreement,
    Verdict,
    alt_test,
    human_agreement,
    reviewer_agreement,
)
from judge_pipeline.domain.statistics.alternative_annotator import EPSILON
from judge_pipeline.reporting.metric import (
    UNDEFINED,
    Metric,
    Section,
    Table,
    confidence_interval,
    estimate_metric,
    format_share,
)

Labels = Sequence[Verdict | None]
"""One verdict an image, None without an opinion."""


def reviewers_section(judge: Labels, by_reviewer: Mapping[str, Labels]) -> Section | None:
    """None for fewer than two reviewers. All columns have a row for each image, in the same order."""
    if len(by_reviewer) < 2:
        return None
    table = list(zip(*by_reviewer.values(), strict=True))
    if not table:
        return None
    test = alt_test(judge, table)
    each = reviewer_agreement(judge, table, tie=Verdict.TIE)
    return Section(
        name="reviewers",
        title="How far reviewers agree",
        lead="How often two people agree on an image is the ceiling for the judge: it cannot agree with people more than they do "
        "with each other.",
        metrics=(
            estimate_metric(
                human_agreement(table),
                "human_agreement",
                "Agreement between reviewers",
                "Two reviewers of the same image, ties included. A judge's agreement near this number is as good as a person's.",
                units="images with two reviewers or more",
            ),
            _winning_rate(test),
            _advantage(test),
        ),
        tables=(_table(list(by_reviewer), each, test),),
    )


def _winning_rate(test: AltTest) -> Metric:
    said = {True: " It passes.", False: " It does not pass.", None: ""}[test.passes]
    return Metric(
        "alt_test_winning_rate",
        "Reviewers that the judge may replace",
        "The alternative annotator test: the share of reviewers whom the judge represents the others as well as, up to "
        f"{EPSILON:.0%} that its lower cost is worth. From one half, the judge may replace a reviewer.{said}",
        test.winning_rate,
        n=_tested(test),
        units="reviewers",
        undefined=test.undefined or "the interval: the test has none",
    )


def _advantage(test: AltTest) -> Metric:
    return Metric(
        "alt_test_advantage",
        "The judge as good as a reviewer",
        "How often the judge is at least as close to the other reviewers as a reviewer is, on average. Compare judges by it.",
        test.advantage,
        n=_tested(test),
        units="reviewers",
        undefined=test.undefined or "the interval: the test has none",
    )


def _tested(test: AltTest) -> int:
    return sum(each.p_value is not None for each in test.reviewers)


def _table(names: Sequence[str], found: Sequence[ReviewerAgreement], test: AltTest) -> Table:
    rows = tuple(
        (
            name,
            each.images,
            _written(each.with_others),
            format_share(each.with_judge),
            format_share(each.ties),
            UNDEFINED if test.undefined or against.p_value is None else "yes" if against.is_beaten else "no",
        )
        for name, each, against in zip(names, found, test.reviewers, strict=True)
    )
    columns = ("", "images", "agreement with the others", "agreement with the judge", "ties", "may be replaced")
    return Table("reviewers", "The reviewers one by one", columns, rows)


def _written(estimate: Estimate) -> str:
    if estimate.value is None or estimate.interval is None:
        return UNDEFINED
    return f"{estimate.value:.0%} ({confidence_interval(estimate.interval)})"
