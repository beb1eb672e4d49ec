"""A panel of judges: how well they agree with each other, and each of them with people."""

from collections.abc import Sequence
from itertools import combinations

from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.domain.statistics import (
    Verdict,
    cohen_kappa,
    gwet_ac1,
    krippendorff_alpha,
    raw_agreement,
    win_rates,
)
from judge_pipeline.reporting.metric import UNDEFINED, Kind, Metric, Section, Table, estimate_metric, format_share
from judge_pipeline.reporting.opinions import FIRST, Opinions, win_for

Labels = list[Verdict | None]
"""One judge's verdict on each image, None without one."""


def panel_section(opinions: Opinions) -> Section | None:
    """None if there was only one judge."""
    opinions = opinions.of_current_judge
    votes = {
        vote.judge: vote.model for outcome in opinions.outcomes if outcome.judgement for vote in outcome.judgement.panel
    }
    if not votes:
        return None
    sample = opinions.sampled_blind
    columns = {judge: [_vote(outcome, judge) for outcome in opinions.outcomes] for judge in votes}
    labels = {judge: _labels(opinions, judge) for judge in votes}
    return Section(
        name="panel",
        title="The panel of judges",
        lead="Several judges were asked, and the majority decides. Judges that agree with each other but not with people share "
        "an error.",
        metrics=_panel_agreement(list(labels.values())) if len(labels) > 1 else (),
        tables=(
            Table(
                "judges",
                "Each judge on its own",
                ("judge", "model", f"{FIRST} without ties", "agreement with people"),
                tuple(
                    (
                        judge,
                        model,
                        format_share(win_rates(columns[judge]).first_of_decided),
                        format_share(
                            raw_agreement(
                                _labels(sample, judge),
                                sample.people_labels,
                                probabilities=sample.probabilities,
                                clusters=sample.clusters,
                            )
                        ),
                    )
                    for judge, model in votes.items()
                ),
            ),
            Table(
                "pairs_of_judges",
                "Each pair of judges",
                ("judges", "agreement", "kappa"),
                tuple(
                    (
                        f"{one}, {other}",
                        format_share(raw_agreement(labels[one], labels[other])),
                        _kappa(labels[one], labels[other]),
                    )
                    for one, other in combinations(votes, 2)
                ),
            ),
        ),
    )


def _panel_agreement(labels: Sequence[Labels]) -> tuple[Metric, ...]:
    return (
        estimate_metric(
            gwet_ac1(*labels, categories=(Verdict.FIRST, Verdict.SECOND, Verdict.TIE)),
            "panel_ac1",
            "Agreement within the panel (AC1)",
            "Over all judges, beyond chance: 0 is a coin toss, 1 is perfect.",
            kind=Kind.COEFFICIENT,
            units="images with two votes or more",
        ),
        estimate_metric(
            krippendorff_alpha(*labels),
            "panel_alpha",
            "Agreement within the panel (Krippendorff's alpha)",
            "The same, compared with the disagreement of the same votes in random order; it drops when one captioner nearly "
            "always wins.",
            kind=Kind.COEFFICIENT,
            units="images with two votes or more",
        ),
    )


def _labels(opinions: Opinions, judge: str) -> Labels:
    votes = [_vote(outcome, judge) for outcome in opinions.outcomes]
    return [None if verdict.points is None else verdict for verdict in votes]


def _vote(outcome: Outcome, judge: str) -> Verdict:
    for vote in outcome.judgement.panel if outcome.judgement else ():
        if vote.judge == judge:
            if vote.abstained:
                return Verdict.FAILED
            if vote.not_available:
                return Verdict.NOT_AVAILABLE
            return Verdict.TIE if vote.choice is None else win_for(vote.choice)
    return Verdict.MISSING


def _kappa(one: Labels, other: Labels) -> str | float:
    value = cohen_kappa(one, other).value
    return UNDEFINED if value is None else round(value, 2)
