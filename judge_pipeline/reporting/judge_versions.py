"""The versions of the judge, each a model, a prompt and an ontology, and how each agrees with people."""

from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.statistics import cohen_kappa, win_rates
from judge_pipeline.reporting.metric import UNDEFINED, Section, Table, format_share
from judge_pipeline.reporting.opinions import FIRST, Opinions
from judge_pipeline.reporting.people_sample import sampled_agreement


def judge_versions_section(opinions: Opinions) -> Section:
    """One row per version, the present one first; numbers of different versions are never one."""
    found: dict[str, Judgement] = {}
    for outcome in opinions.outcomes:
        if outcome.judgement:
            found.setdefault(outcome.judgement.version, outcome.judgement)
    versions = sorted(found, key=lambda version: version != opinions.current_version)
    return Section(
        name="versions",
        title="Judge, prompt and ontology",
        lead="Every judgement records the model, prompt and ontology that it was made with. If one of them changes, it is a "
        "different judge, and its agreement with people must be measured again.",
        tables=(
            Table(
                "versions",
                "Judgements by version; agreement with people on the images that their choices speak for",
                (
                    "model",
                    "prompt",
                    "ontology",
                    "judgements",
                    f"{FIRST} without ties",
                    "agreement with people",
                    "kappa",
                    "asked with",
                    "counts above",
                ),
                tuple(_row(found[version], opinions) for version in versions),
            ),
        )
        if found
        else (),
        notes=_notes(opinions, len(found)),
    )


def _notes(opinions: Opinions, versions: int) -> tuple[str, ...]:
    notes = []
    if versions > 1:
        notes.append(
            f"The judgements mix {versions} versions of the judge. Win rates and agreement above are those of the present one."
        )
    judgements = [outcome.judgement for outcome in opinions.outcomes if outcome.judgement]
    if opinions.judged_with and judgements and all(each.judged_with != opinions.judged_with for each in judgements):
        notes.append(
            "The judge that is configured now has judged no image yet; the numbers above are those of an earlier one."
        )
    return tuple(notes)


def _row(judgement: Judgement, opinions: Opinions) -> tuple[str | int | float, ...]:
    is_present = judgement.version == opinions.current_version
    made = opinions.where(
        outcome.judgement is not None and outcome.judgement.version == judgement.version
        for outcome in opinions.outcomes
    )
    sample = made.sampled_blind
    kappa = cohen_kappa(
        sample.judge_labels, sample.people_labels, probabilities=sample.probabilities, clusters=sample.clusters
    ).value
    return (
        judgement.model,
        judgement.prompt_version,
        judgement.ontology_version,
        len(made.outcomes),
        format_share(win_rates(made.judge, clusters=made.clusters).first_of_decided),
        format_share(sampled_agreement(sample)),
        UNDEFINED if kappa is None else round(kappa, 2),
        judgement.judged_with,
        "yes" if is_present else "no",
    )
