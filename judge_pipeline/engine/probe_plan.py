"""What a probe of the judge asks: which images, captions and pictures, and which questions are answered already.

Encord is only read, and no model is called.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO

from judge_pipeline.domain.answer_codec.sheet import AnswerSheet
from judge_pipeline.domain.blinding import Orders
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.domain.probes.construction import CaptionedImage, ProbePair, donors, probe_pairs, sample
from judge_pipeline.domain.probes.trial import JudgeVersion, Probe
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.engine.judged_pictures import judged_pictures
from judge_pipeline.engine.judging import JudgeCase
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.models.ask import fingerprint_of
from judge_pipeline.models.images.preparation import PreparedImage, prepare_image
from judge_pipeline.store.outcomes import load_outcomes
from judge_pipeline.store.store import ProjectStore

GREY = (128, 128, 128)


@dataclass(frozen=True, slots=True)
class PlannedTrial:
    """One probe with the pictures and texts that are shown."""

    pair: ProbePair
    case: JudgeCase


@dataclass(frozen=True, slots=True)
class ProbePlan:
    """The trials of each image. `unanswered` counts the questions that must be paid, by the judge's name in the settings.

    `left_out` are sentences about images and probes that are not tried.
    """

    version: JudgeVersion
    judge_ontology: JudgeOntology
    trials: Mapping[Tag, Sequence[PlannedTrial]]
    questions: int
    unanswered: Mapping[str, int]
    prompt_characters: int
    left_out: Sequence[str] = ()


def plan_probes(pipeline: PipelineResources, store: ProjectStore, *, images: int) -> ProbePlan:
    """What to ask about a random sample of the images with captions and a judgement; no model is called.

    Raises:
        EncordError, OntologyMismatch: the project cannot be read.
    """
    project = pipeline.open_project()
    roles = pipeline.titles.roles_in(project.ontology)
    version = JudgeVersion(pipeline.judged_with, roles.version)
    judged = [outcome for outcome in load_outcomes(store) if outcome.judgement is not None]
    known = {outcome.tag: outcome for outcome in judged if outcome.is_clear}  # others would probe something else
    captioned = {tag: _captioned(outcome, version) for tag, outcome in known.items()}
    lenders = donors(captioned.values())
    both_orders, is_by_url = pipeline.orders is Orders.BOTH, any(judge.images == "url" for judge in pipeline.judges)
    pairs = {
        tag: [
            pair
            for pair in probe_pairs(captioned[tag], lenders, both_orders=both_orders)
            if pair.picture is not None or not is_by_url
        ]
        for tag in sample(captioned, images)
    }
    shown = {
        tag: known[tag].image for each in pairs.values() for pair in each for tag in (pair.tag, pair.picture) if tag
    }
    pictures = judged_pictures(pipeline, project, [image for image in shown.values() if image])
    trials = {tag: _planned(each, pictures) for tag, each in pairs.items()}
    trials = {tag: each for tag, each in trials.items() if each}
    left_out = []
    if len(pairs) < images and (others := len(judged) - len(known)):
        left_out.append(
            f"{others} of {len(judged)} judged images are not tried: their captions say the same, seem to sway the judge or are not "
            "an answer, or they are being judged again"
        )
    left_out += [picture for picture in pictures.values() if isinstance(picture, str)]
    left_out += _not_made(trials, pipeline)
    return _with_counts(ProbePlan(version, roles, trials, 0, {}, 0, left_out), pipeline, store)


def _captioned(outcome: Outcome, version: JudgeVersion) -> CaptionedImage:
    image, captions, judgement = outcome.image, [outcome.caption_of(each) for each in Captioner], outcome.judgement
    is_current = judgement is not None and not judgement.is_outdated(
        judged_with=version.judged_with, ontology_version=version.ontology_version
    )
    return CaptionedImage(
        tag=outcome.tag,
        sha256=image.sha256 if image else "",
        captions={caption.captioner: caption.text for caption in captions if caption},
        choice=outcome.winner if is_current else None,
    )


def _planned(pairs: Sequence[ProbePair], pictures: Mapping[Tag, PreparedImage | str]) -> list[PlannedTrial]:
    found = []
    for pair in pairs:
        picture = pictures[pair.picture or pair.tag]
        if isinstance(picture, PreparedImage):
            shown = picture if pair.picture else _blank(picture)
            case = JudgeCase(pair.tag, shown, pair.caption_of(Captioner.LLM_8B), pair.caption_of(Captioner.LLM_16B))
            found.append(PlannedTrial(pair, case))
    return found


def _blank(picture: PreparedImage) -> PreparedImage:
    """A grey picture of the same size."""
    from PIL import Image as Pillow  # late: the code location loads without it

    file = BytesIO()
    Pillow.new("RGB", (picture.width, picture.height), GREY).save(file, "JPEG", quality=90)
    return prepare_image(file.getvalue(), min_side=1)


def _not_made(trials: Mapping[Tag, Sequence[PlannedTrial]], pipeline: PipelineResources) -> list[str]:
    """Why some probes are made of fewer images than there are."""
    made = Counter(planned.pair.probe for each in trials.values() for planned in each)
    reasons = {
        Probe.FALSE_DETAIL: "no other caption has an ending that fits",
        Probe.LONGER_WITH_ERROR: "no other caption says anything else",
        Probe.OTHER_CAPTION: "no other caption says anything else, or it is the falsified one",
        Probe.SWAPPED_IMAGE: "no other caption says anything else, or the other image cannot be read",
        Probe.BLANK_IMAGE: "the present judge has no choice with the image to compare with",
    }
    if any(judge.images == "url" for judge in pipeline.judges):
        reasons[Probe.BLANK_IMAGE] = "a judge gets its images by URL, and no URL leads to a blank one"
    if pipeline.orders is not Orders.BOTH:
        reasons[Probe.REORDERED] = "with JUDGE__ORDERS=one every choice is forced"
    return [
        f"{visible_line(probe)}: not tried on {len(trials) - made[probe]} images, because {reason}"
        for probe, reason in reasons.items()
        if made[probe] < len(trials)
    ]


def _with_counts(plan: ProbePlan, pipeline: PipelineResources, store: ProjectStore) -> ProbePlan:
    """With the number of questions, and of those without an answer in the store."""
    fingerprints: dict[str, set[str]] = {judge.name: set() for judge in pipeline.judges}
    characters = 0
    for planned in (planned for each in plan.trials.values() for planned in each):
        for shown_first in planned.case.orders(pipeline.orders):
            question = planned.case.question(
                AnswerSheet.blank(plan.judge_ontology, shown_first=shown_first), pipeline.alignment
            )
            characters = max(characters, len(question.system) + len(question.text))
            for judge in pipeline.judges:
                fingerprints[judge.name].add(fingerprint_of(question, judge, planned.case.image, occasion={}))
    answered = store.find_answers(sorted({each for found in fingerprints.values() for each in found}))
    return replace(
        plan,
        questions=sum(map(len, fingerprints.values())),
        unanswered={name: len(found - answered.keys()) for name, found in fingerprints.items()},
        prompt_characters=characters,
    )
