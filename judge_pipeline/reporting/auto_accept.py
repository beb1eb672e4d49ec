"""Which of the judge's choices can be accepted without review: those whose scores are far enough apart."""

from dataclasses import dataclass

from judge_pipeline.domain.statistics import AutoAccept, Verdict, agreement_by_gap, auto_accept
from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.metric import Metric, Section, Table, format_share, share_metric
from judge_pipeline.reporting.opinions import Opinions
from judge_pipeline.reporting.people_sample import NOT_DRAWN
from judge_pipeline.reporting.win_rates import LABELLED

TARGET_AGREEMENT = 0.9
"""More than two people agree on: a choice accepted without review should be wrong less often than a second person differs."""

AUDIT_SHARE = 0.05
"""Of the images that the rule accepts, for people to decide all the same: they keep its promise true as time goes on."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """The images of the present judge as columns, and the rule. People's labels are blind and drawn: it speaks of no others."""

    opinions: Opinions
    people: list[Verdict | None]
    gaps: list[float | None]
    probabilities: list[float | None]

    @classmethod
    def of(cls, opinions: Opinions) -> "_Judged":
        judged = opinions.of_current_judge
        drawn = {outcome.tag: outcome.probability for outcome in judged.sampled_blind.outcomes}
        probabilities = [drawn.get(outcome.tag) for outcome in judged.outcomes]
        people = [
            None if probability is None else label
            for label, probability in zip(judged.people_labels, probabilities, strict=True)
        ]
        gaps = [None if gap is None else round(abs(gap), 3) for gap in judged.gaps]
        return cls(judged, people, gaps, probabilities)

    @property
    def rule(self) -> AutoAccept:
        columns = (self.opinions.judge_labels, self.people, self.gaps)
        return auto_accept(
            *columns, probabilities=self.probabilities, clusters=self.opinions.clusters, wanted=TARGET_AGREEMENT
        )


def audit_weights(opinions: Opinions) -> dict[Tag, float] | None:
    """By which to draw images for review: `AUDIT_SHARE` if the rule accepts them, otherwise 1; None without a rule."""
    judged = _Judged.of(opinions)
    least = judged.rule.gap
    if least is None:
        return None
    accepted = {
        outcome.tag
        for outcome, gap in zip(judged.opinions.outcomes, judged.gaps, strict=True)
        if gap is not None and gap >= least
    }
    return {outcome.tag: AUDIT_SHARE if outcome.tag in accepted else 1.0 for outcome in opinions.outcomes}


def auto_accept_section(opinions: Opinions) -> Section:
    """Agreement by the gap between the judge's scores, and the rule that follows."""
    columns = _Judged.of(opinions)
    judged, people, gaps, rule = columns.opinions, columns.people, columns.gaps, columns.rule
    levels = agreement_by_gap(judged.judge_labels, people, gaps)
    metrics: tuple[Metric, ...] = ()
    if rule.gap is not None and rule.agreement is not None and rule.at_least is not None:
        accepted = sum(gap is not None and gap >= rule.gap for gap in gaps)
        metrics = (
            share_metric(
                rule.agreement,
                "accepted_agreement",
                "Agreement where the rule accepts",
                f"On the images with a gap of {rule.gap:g} or more. Its interval is for one look; the rule rests on the bound "
                f"of {rule.at_least:.1%}, which holds at every look.",
                units=LABELLED,
            ),
        )
        note = (
            f"Accept the judge's choice without review if its scores are {rule.gap:g} or more apart (0 is equal, 1 the whole "
            f"scale): there it agrees with people on more than {TARGET_AGREEMENT:.0%} of the images, with 95% confidence "
            f"however often you look. That covers {accepted:,} of {len(opinions.outcomes):,} images; send the rest to people. "
            f"`judge-pipeline review --order audit` shows them, and one in {1 / AUDIT_SHARE:.0f} of the accepted ones, drawn "
            "at random: do that before you approve those, and again when images come, so that this figure goes on being measured."
        )
    else:
        is_undrawn = not any(people) and any(judged.people_labels)
        why = NOT_DRAWN if is_undrawn else rule.undefined
        note = (
            f"No gap is known to be enough for {TARGET_AGREEMENT:.0%} agreement yet, so do not accept any choice without review: "
            f"{why}."
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
                "Agreement with people by the gap between the judge's scores; 95% intervals for one look",
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
