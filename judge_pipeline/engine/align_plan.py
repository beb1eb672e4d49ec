"""What an alignment can be learned from: the choices of people by part, the candidates, and the calls that they cost at most."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from judge_pipeline.domain.alignment.alignment import Alignment
from judge_pipeline.domain.alignment.calibration import features, fitted
from judge_pipeline.domain.alignment.comparison import held_out_images
from judge_pipeline.domain.alignment.examples import chosen_examples
from judge_pipeline.domain.alignment.labelled import Labelled, Part, labelled_images, missing_choices
from judge_pipeline.domain.alignment.notes import notes_question
from judge_pipeline.domain.blinding import Orders
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.model_answer import Question
from judge_pipeline.engine.read_report import read_report
from judge_pipeline.engine.resources import PipelineResources
from judge_pipeline.store.store import ProjectStore

MOST_SELECTING = 40
MOST_HELD_OUT = 200
"""Images that candidates are tried on: what more would cost buys little precision."""


@dataclass(frozen=True, slots=True)
class AlignPlan:
    """Images by part, and what is to be tried. `pipeline` has the present alignment.

    `notes` is the question for notes, None if there is nothing to be noted; `calibrated` needs no call.
    """

    pipeline: PipelineResources
    judge_ontology: JudgeOntology
    images: Sequence[Labelled]
    learning: Sequence[Labelled]
    selecting: Sequence[Labelled]
    held_out: Sequence[Labelled]
    is_sampled: bool
    missing: int
    calibrated: Alignment | None
    with_examples: Alignment | None
    notes: Question | None

    @property
    def training(self) -> Sequence[Labelled]:
        """The images that may be learned from; they count in no evaluation."""
        return [*self.learning, *self.selecting]

    @property
    def is_agreed(self) -> bool:
        """Whether the judge differs from people on no image to learn from, so that there is nothing to learn."""
        return all(each.is_agreed for each in self.training)

    @property
    def judge_calls(self) -> int:
        """The calls of each judge at most: the candidates on the images to select by, the chosen one on those held out."""
        candidates = (self.notes is not None) + (self.with_examples is not None)
        orders = 2 if self.pipeline.orders is Orders.BOTH else 1
        return orders * (candidates * len(self.selecting) + bool(candidates) * len(self.held_out))


def plan_alignment(pipeline: PipelineResources, store: ProjectStore, judge_ontology: JudgeOntology) -> AlignPlan:
    """Reads the store, and Encord for clusters; calls no model."""
    pipeline = pipeline.aligned(store)
    images = labelled_images(
        read_report(pipeline, store).outcomes,
        judged_with=pipeline.judged_with,
        ontology_version=judge_ontology.version,
    )
    parts = {part: [each for each in images if each.part is part] for part in Part}
    learning = parts[Part.LEARN]
    held_out, is_sampled = held_out_images(parts[Part.HOLD_OUT])
    examples = chosen_examples(learning)
    return AlignPlan(
        pipeline=pipeline,
        judge_ontology=judge_ontology,
        images=images,
        learning=learning,
        selecting=parts[Part.SELECT][:MOST_SELECTING],
        held_out=held_out[:MOST_HELD_OUT],
        is_sampled=is_sampled,
        missing=missing_choices(images),
        calibrated=_calibrated(learning, pipeline.alignment),
        with_examples=Alignment(examples=examples) if examples else None,
        notes=notes_question(learning, judge_ontology),
    )


def _calibrated(images: Sequence[Labelled], present: Alignment) -> Alignment | None:
    """The present judge with a calibration; a calibrated judge's own answers are not known, so it gets no second one."""
    clear = [each for each in images if each.people is not None]
    if not clear or present.calibration is not None:
        return None
    rows = [features(each.judgement, each.caption_8b, each.caption_16b) for each in clear]
    return replace(present, calibration=fitted(rows, [each.people is Captioner.LLM_8B for each in clear]))
