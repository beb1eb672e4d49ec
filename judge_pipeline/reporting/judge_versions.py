"""The versions of the judge, each a model, a prompt and an ontology, and how each agrees with people."""

from judge_pipeline.domain.statistics import cohen_kappa, raw_agreement, win_rates
from judge_pipeline.reporting.metric import UNDEFINED, Section, Table, format_share
from judge_pipeline.reporting.opinions import FIRST, Opinions

Version = tuple[str, str, str]
"""Model, prompt version and ontology version."""


def judge_versions_section(opinions: Opinions) -> Section:
    """One row per version; numbers of different versions must not be read as one."""
    keys = [
        (outcome.judgement.model, outcome.judgement.prompt_version, outcome.judgement.ontology_version)
        if outcome.judgement
        else None
        for outcome in opinions.outcomes
    ]
    found = list(dict.fromkeys(key for key in keys if key))
    return Section(
        name="versions",
        title="Judge, prompt and ontology",
        lead="Every judgement records the model, prompt and ontology that it was made with. If one of them changes, it is a "
        "different judge, and its agreement with people must be measured again.",
        tables=(
            Table(
                "versions",
                "Judgements by version",
                (
                    "model",
                    "prompt",
                    "ontology",
                    "judgements",
                    f"{FIRST} without ties",
                    "agreement with people",
                    "kappa",
                ),
                tuple(_row(version, opinions.where(key == version for key in keys)) for version in found),
            ),
        )
        if found
        else (),
        notes=(f"The judgements mix {len(found)} versions of the judge.",) if len(found) > 1 else (),
    )


def _row(version: Version, opinions: Opinions) -> tuple[str | int | float, ...]:
    kappa = cohen_kappa(opinions.judge_labels, opinions.people_labels).value
    return (
        *version,
        len(opinions.outcomes),
        format_share(win_rates(opinions.judge).first_of_decided),
        format_share(raw_agreement(opinions.judge_labels, opinions.people_labels)),
        UNDEFINED if kappa is None else round(kappa, 2),
    )
