"""Accepting: from which score gap on the judge's choice may stand without a person's look."""

from judge_pipeline.domain.statistics import agreement_by_gap, auto_accept
from judge_pipeline.reporting.metric import Metric, Section, Table, of_share, told
from judge_pipeline.reporting.opinions import Opinions
from judge_pipeline.reporting.win_rates import LABELLED

WANTED = 0.9
"""Above what two people agree on; who accepts unseen should err less often than a second person would differ."""


def accepting(opinions: Opinions) -> Section:
    """Agreement where the judge's scores lie far apart, and the rule that follows."""
    gaps = [None if gap is None else round(abs(gap), 3) for gap in opinions.gaps]
    columns = (opinions.judge_labels, opinions.people_labels, gaps)
    rule = auto_accept(*columns, wanted=WANTED)
    levels = agreement_by_gap(*columns)
    figures: tuple[Metric, ...] = ()
    if rule.gap is not None and rule.agreement is not None:
        would = sum(gap is not None and gap >= rule.gap for gap in gaps)
        figures = (
            of_share(
                rule.agreement,
                "accepted_agreement",
                "Agreement where the rule accepts",
                f"Among the labelled images with a gap of {rule.gap:g} or more.",
                units=LABELLED,
            ),
        )
        note = (
            f"Accept the judge's choice unseen where its scores lie {rule.gap:g} or more apart (0 is level, 1 the whole scale): "
            f"it agrees there with people in more than {WANTED:.0%} of the images, with 95% certainty. That takes {would:,} of "
            f"{len(gaps):,} images; send the rest to people."
        )
    else:
        note = f"No gap is known to be enough for {WANTED:.0%} agreement yet, so no choice should stand unseen: {rule.undefined}."
    return Section(
        name="accepting",
        title="What may be accepted unseen",
        lead="A judge that scores both captions nearly alike is less sure than one that scores them far apart. The gap is the "
        "mean distance of its scores over the criteria, as a share of their scales.",
        figures=figures,
        tables=(
            Table(
                "gaps",
                "Agreement with people by the gap between the judge's scores",
                ("gap", "agreement at this gap", "from this gap on", "share of labelled images from here on"),
                tuple(
                    (f"{level.gap:.3g}", told(level.at), told(level.from_here), f"{level.coverage.value or 0:.0%}")
                    for level in levels
                ),
            ),
        )
        if levels
        else (),
        notes=(*opinions.scripted, note),
    )
