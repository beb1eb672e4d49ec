"""A panel vote: what one judge of several says of an image."""

from dataclasses import dataclass

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.ruling import Ruling
from judge_pipeline.domain.score import Score


@dataclass(frozen=True, slots=True)
class PanelVote:
    """One judge's own judgement, both of its orders merged.

    `judge` is the name that the settings give it ("JUDGE", "JUDGE__PANEL__QWEN"), `model` what its server calls itself.
    `choice` is None when it is undecided. A judge that gave no usable answer abstains: `abstained` says why, and it has
    neither choice nor scores nor rulings.
    """

    judge: str
    model: str
    choice: Captioner | None
    orders_agree: bool | None
    not_available: tuple[Captioner, ...]
    scores: tuple[Score, ...]
    rulings: tuple[Ruling, ...]
    abstained: str = ""
