"""Which of the judge's choices can be accepted without review: those whose scores are far enough apart."""

from judge_pipeline.domain.statistics import agreement_by_gap, auto_accept
from judge_pipeline.reporting.metric import Metric, Section, Table, format_share, share_metric
from judge_pipeline.reporting.opinions import Opinions
from judge_pipeline.reporting.win_rates import LABELLED

TARGET_AGREEMENT = 0.9
"""More than two people agree on: a choice accepted without review should be wrong less often than a second person differs."""


def auto_accept_section(opinions: Opinions) -> Section:
    """Agreement by the gap between the judge's scores, and the rule that follows."""
    gaps = [None if gap is None else round(abs(gap), 3) for gap in opinions.gaps]
    columns = (opinions.judge_labels, opinions.people_labels, gaps)
    rule = auto_accept(*columns, wanted=TARGET_AGREEMENT)
    levels = agreement_by_gap(*columns)
    metrics: tuple[Metric, ...] = ()
    if rule.gap is not None and rule.agreement is not None:
        accepted = sum(gap is not None and gap >= rule.gap for gap in gaps)
        metrics = (
            share_metric(
                rule.agreement,
                "accepted_agreement",
                "Agreement where the rule accepts",
                f"On the labelled images with a gap of {rule.gap:g} or more.",
                units=LABELLED,
            ),
        )
        note = (
            f"Accept the judge's choice without review if its scores are {rule.gap:g} or more apart (0 is equal, 1 the whole "
            f"scale): there it agrees with people on more than {TARGET_AGREEMENT:.0%} of the images, with 95% confidence. That "
            f"covers {accepted:,} of {len(gaps):,} images; send the rest to people."
        )
    else:
        note = (
            f"No gap is known to be enough for {TARGET_AGREEMENT:.0%} agreement yet, so do not accept any choice without review: "
            f"{rule.undefined}."
        )
    return Section(
        name="accepting",
        title="What can be accepted without review",
        lead="A judge that scores both captions about the same is less sure than one that scores them far apart. The gap is the "
        "mean distance between its scores over all criteria, as a share of their scales.",
        metrics=metrics,
        tables=(
            Table(
                "gaps",
                "Agreement with people by the gap between the judge's scores",
                ("gap", "agreement at this gap", "from this gap on", "share of labelled images from here on"),
                tuple(
                    (
                        f"{level.gap:.3g}",
                        format_share(level.at),
                        format_share(level.from_here),
                        f"{level.coverage.value or 0:.0%}",
                    )
                    for level in levels
                ),
            ),
        )
        if levels
        else (),
        notes=(*opinions.scripted_note, note),
    )
