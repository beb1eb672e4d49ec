"""What sways the judge, tested: how often it was fooled by captions and pictures that were falsified on purpose."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from judge_pipeline.domain.probes.trial import (
    JudgeVersion,
    Probe,
    ProbedImage,
    ProbeRate,
    Trial,
    first_place_share,
    probe_rates,
)
from judge_pipeline.domain.statistics import Share
from judge_pipeline.reporting.metric import Metric, Section, Table, confidence_interval, share_metric

COLUMNS = ("probe", "expected", "fooled", "of", "95% CI", "neither", "failed")


@dataclass(frozen=True, slots=True)
class Probes:
    """What was tried, and the present judge; an unknown ontology version counts as the same."""

    images: Sequence[ProbedImage] = ()
    judged_with: str = ""
    ontology_version: str | None = None


@dataclass(frozen=True, slots=True)
class _Wording:
    title: str
    expected: str
    means: str


WORDING = {
    Probe.FALSE_DETAIL: _Wording(
        "Fooled by a false detail",
        "the original",
        "A caption next to a version of it in which a detail from another image's caption has replaced one of its own. This is how "
        "often the judge chose the falsified one.",
    ),
    Probe.LONGER_WITH_ERROR: _Wording(
        "Fooled by more text with an error",
        "the plain one",
        "The same caption once plain and once with a sentence about another image. If this is well above the false detail's "
        "number, the judge takes length for quality.",
    ),
    Probe.OTHER_CAPTION: _Wording(
        "Prefers another image's caption",
        "its own",
        "How often the judge preferred a caption of another image to the image's own.",
    ),
    Probe.SWAPPED_IMAGE: _Wording(
        "Does not follow the picture",
        "what is shown",
        "The same two captions with the other image. A judge that looks changes its choice with the picture; this is how often it did "
        "not choose the caption of what was shown.",
    ),
    Probe.BLANK_IMAGE: _Wording(
        "Same choice on a blank picture",
        "no preference",
        "How often the judge chose the same caption when a grey picture took the place of the image. Near 100% it decides by the "
        "captions alone.",
    ),
    Probe.REORDERED: _Wording(
        "Prefers one order of the same sentences",
        "no preference",
        "Both captions as one text, in either order: the same content, so any choice between them is unfounded.",
    ),
    Probe.SAME_CAPTION: _Wording(
        "Grades the same caption differently",
        "equal grades",
        "One caption was shown twice. This is how often its two copies got different grades.",
    ),
}


def probes_section(probes: Probes) -> Section | None:
    """The rates of the present judge, or else of the version that was probed last; None if none was."""
    versions = _versions(probes.images)
    if not versions:
        return None
    current = [version for version in versions if _is_current(version, probes)]
    shown = (current or versions)[-1]
    trials = _trials(probes.images, shown)
    return Section(
        name="probes",
        title="What sways the judge: probes",
        lead="`judge-pipeline probe` asks the judge about captions whose better one is known, because the other was falsified, and "
        "about equal ones. The falsified details were true of other images, and a few may be true of this one by chance, so a "
        "good judge is near 0% rather than at it.",
        metrics=_metrics(trials),
        tables=tuple(
            Table(
                f"probes_{place}",
                f"Asked: {version.judged_with}",
                COLUMNS,
                probe_rows(_trials(probes.images, version)),
            )
            for place, version in enumerate(sorted(versions, key=lambda each: each != shown), start=1)
        ),
        notes=() if current else (_outdated(shown, probes),),
    )


def probe_rows(trials: Iterable[Trial]) -> tuple[tuple[str | int, ...], ...]:
    """The rows of the table of rates, under `COLUMNS`."""
    return tuple(_row(rate) for rate in probe_rates(trials))


def _row(rate: ProbeRate) -> tuple[str | int, ...]:
    share = rate.fooled
    interval = "undefined" if share.interval is None else confidence_interval(share.interval).removeprefix("95% CI ")
    return (
        rate.probe.value,
        WORDING[rate.probe].expected,
        "undefined" if share.value is None else f"{share.value:.0%}",
        share.total,
        interval,
        rate.neither,
        rate.failed,
    )


def _metrics(trials: Sequence[Trial]) -> tuple[Metric, ...]:
    found = [_metric(rate) for rate in probe_rates(trials)]
    first = first_place_share(trials)
    if first.total:
        found.append(
            _share(
                first,
                "probe_first_place",
                "Chooses the first of two equal captions",
                "The form forces a choice. 50% means that the place does not matter; more favours the first place, less the second.",
            )
        )
    return tuple(found)


def _metric(rate: ProbeRate) -> Metric:
    wording = WORDING[rate.probe]
    name = f"fooled_{rate.probe.name.lower()}"
    return _share(rate.fooled, name, wording.title, f"{wording.means} Expected: {wording.expected}.")


def _share(share: Share, name: str, title: str, means: str) -> Metric:
    return share_metric(share, name, title, means, units="images tried")


def _versions(images: Iterable[ProbedImage]) -> list[JudgeVersion]:
    """The versions that were probed, the latest last."""
    asked_at: dict[JudgeVersion, str] = {}
    for probing in (probing for image in images for probing in image.probings):
        asked_at[probing.version] = max(probing.asked_at, asked_at.get(probing.version, ""))
    return sorted(asked_at, key=lambda version: (asked_at[version], version.judged_with, version.ontology_version))


def _is_current(version: JudgeVersion, probes: Probes) -> bool:
    return version.is_current(judged_with=probes.judged_with, ontology_version=probes.ontology_version)


def _trials(images: Iterable[ProbedImage], version: JudgeVersion) -> list[Trial]:
    return [
        trial
        for image in images
        for probing in image.probings
        if probing.version == version
        for trial in probing.trials
    ]


def _outdated(shown: JudgeVersion, probes: Probes) -> str:
    present = "the same with another ontology" if shown.judged_with == probes.judged_with else probes.judged_with
    return (
        f"These probes were put to another version of the judge ({shown.judged_with}) than the present one ({present}). "
        "`judge-pipeline probe` asks the present one."
    )
