"""Whether length and style sway the judge: more than people, and by how much the win rate."""

from collections.abc import Mapping, Sequence

from judge_pipeline.domain.caption_style import CaptionStyle, style_of
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.domain.statistics import (
    ControlledWinRate,
    Estimate,
    Verdict,
    controlled_win_rate,
    count_differences,
    length_differences,
    longer_preferred,
    mcnemar,
    sampled_share,
)
from judge_pipeline.reporting.metric import Kind, Metric, estimate_metric, share_metric
from judge_pipeline.reporting.opinions import FIRST, Opinions
from judge_pipeline.reporting.win_rates import LABELLED

OF_DIFFERENT_LENGTH = "images where either took the longer caption and the other did not"

Differences = Mapping[str, Sequence[float | None]]


def length_metrics(opinions: Opinions) -> tuple[Metric, ...]:
    """How often the judge and people prefer the longer caption, and the win rates without length and style.

    People's are of the choices with a known inclusion probability, weighted by it.
    """
    sampled = opinions.sampled
    labelled = sampled.where(label is not None for label in sampled.people_labels)
    return (*_preferences(opinions, labelled), _paired_test(labelled), *_controlled(opinions, labelled))


def _preferences(opinions: Opinions, labelled: Opinions) -> tuple[Metric, ...]:
    return (
        share_metric(
            longer_preferred(opinions.judge, opinions.first_lengths, opinions.second_lengths),
            "judge_prefers_longer",
            "The judge prefers the longer caption",
            "Longer captions may be better, so compare this with people's number.",
            units="decided images with captions of different length",
        ),
        estimate_metric(
            _sampled_share(labelled, labelled.people),
            "people_prefer_longer",
            "People prefer the longer caption",
            "On the images that were drawn for people and decided.",
            units=LABELLED,
        ),
        estimate_metric(
            _sampled_share(labelled, labelled.judge),
            "judge_prefers_longer_there",
            "The judge prefers it on the same images",
            "If it is well above people's number, the judge takes length for quality.",
            units=LABELLED,
        ),
    )


def _paired_test(labelled: Opinions) -> Metric:
    found = mcnemar(_took_longer(labelled, labelled.judge), _took_longer(labelled, labelled.people))
    judge, people = found.only_first, found.only_second
    return Metric(
        "longer_judge_against_people",
        "The judge and people on length: p-value",
        "How often chance alone would set the two this far apart (McNemar's mid-p) on the images that both decided. Below 0.05 "
        f"they differ. Only the judge took the longer caption on {judge:,}, only people on {people:,}.",
        found.p_mid,
        n=judge + people,
        kind=Kind.P_VALUE,
        units=OF_DIFFERENT_LENGTH,
        undefined=found.undefined,
    )


def _sampled_share(labelled: Opinions, verdicts: Sequence[Verdict]) -> Estimate:
    took = _took_longer(labelled, verdicts)
    return sampled_share(took, probabilities=labelled.probabilities, clusters=labelled.clusters)


def _took_longer(opinions: Opinions, verdicts: Sequence[Verdict]) -> list[bool | None]:
    """None where there was no longer one, or no choice."""
    return [
        None
        if first is None or second is None or first == second or verdict not in (Verdict.FIRST, Verdict.SECOND)
        else (verdict is Verdict.FIRST) == (first > second)
        for verdict, first, second in zip(verdicts, opinions.first_lengths, opinions.second_lengths, strict=True)
    ]


def _controlled(opinions: Opinions, labelled: Opinions) -> tuple[Metric, ...]:
    return tuple(
        _controlled_metric(who, found, name)
        for name in ("length", "style")
        for who, found in (
            ("judge", controlled_win_rate(opinions.judge, _differences(opinions, name), clusters=opinions.clusters)),
            (
                "people",
                controlled_win_rate(
                    labelled.people,
                    _differences(labelled, name),
                    probabilities=labelled.probabilities,
                    clusters=labelled.clusters,
                ),
            ),
        )
    )


def _controlled_metric(who: str, found: ControlledWinRate, name: str) -> Metric:
    without = "" if found.as_they_are is None else f" It is {found.as_they_are:.0%} as they are."
    by = "by the judge" if who == "judge" else "by people"
    equal = "length" if name == "length" else "length, headers, lists and bold type"
    return estimate_metric(
        found.controlled,
        f"{who}_at_equal_{name}",
        f"{FIRST}'s win rate {by} at equal {name}",
        f"What it would be if both captions had the same {equal}, ties half, by logistic regression as in AlpacaEval 2.{without}",
        units="compared images" if who == "judge" else LABELLED,
    )


def _differences(opinions: Opinions, name: str) -> Differences:
    lengths = {"length": length_differences(opinions.first_lengths, opinions.second_lengths)}
    if name == "length":
        return lengths
    first, second = (_styles(opinions.outcomes, captioner) for captioner in (FIRST, FIRST.other))
    return lengths | {
        words: count_differences(
            [style and getattr(style, count) for style in first], [style and getattr(style, count) for style in second]
        )
        for words, count in (("headers", "headers"), ("list items", "list_items"), ("bold type", "bold"))
    }


def _styles(outcomes: Sequence[Outcome], captioner: Captioner) -> list[CaptionStyle | None]:
    captions = [outcome.caption_of(captioner) for outcome in outcomes]
    return [style_of(caption.text) if caption else None for caption in captions]
