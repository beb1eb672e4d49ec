"""Versions: the judge's model, prompt and ontology that judgements were made with, and how each fares."""

from judge_pipeline.domain.statistics import cohen_kappa, raw_agreement, win_rates
from judge_pipeline.reporting.metric import UNDEFINED, Section, Table, told
from judge_pipeline.reporting.opinions import FIRST, Opinions

Version = tuple[str, str, str]


def versions(opinions: Opinions) -> Section:
    """A row a version; numbers of different versions are never to be read as one."""
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
        lead="Every judgement knows the model, prompt and ontology that it was made with. A change of any of them is another judge: "
        "its agreement has to be earned anew.",
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
                tuple(_row(version, opinions.of(key == version for key in keys)) for version in found),
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
        told(win_rates(opinions.judge).first_of_decided),
        told(raw_agreement(opinions.judge_labels, opinions.people_labels)),
        UNDEFINED if kappa is None else round(kappa, 2),
    )
