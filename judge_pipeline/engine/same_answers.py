"""A captioner that says the same of different images at the start of a run: it may see none.

Nothing waits for this. The answers are watched as they come, until two differ. When as many as the limit are the same, the run
stops; captions with that answer that have not been linked yet are neither linked nor judged by this run or the next, and their answers
are kept as discarded ones, so that the same questions are asked again once the endpoint is set right.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.image import Image
from judge_pipeline.domain.judge_mark import ADOPTED
from judge_pipeline.domain.repetition import gist
from judge_pipeline.domain.tag import Tag
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import SameAnswers, quotation
from judge_pipeline.store.store import ProjectStore

EARLIER = 20
"""Captions of earlier runs that are looked at, so that a backfill of small batches is watched as a whole."""

LOOK_SIDE = 8
LEAST_DIFFERENCE = 3.0
"""Of 255, mean over 8 x 8 pixels: a copy in another size or format differs by less than 1, a next frame of a video by 1 to 3."""


@dataclass(frozen=True, slots=True)
class Said:
    """An answer, the model that gave it, and the thumbnail of its image."""

    text: str
    model: str
    thumbnail: str


class AnswerWatch:
    """The answers of one captioner in a run. With a `limit` of 0 it never stops the run."""

    def __init__(self, endpoint: Endpoint, *, limit: int, earlier: Sequence[Said] = ()) -> None:
        self._endpoint = endpoint
        self._limit = limit
        self._earlier = earlier
        self._differ = limit == 0
        self._gist: str | None = None
        self._looks: list[bytes] = []
        self.error: SameAnswers | None = None
        self.tags: list[Tag] = []
        self.fingerprints: list[str] = []
        """Of the answers that are the same and have not been discarded yet."""

    def see(self, tag: Tag, said: Said, fingerprints: Sequence[str] = ()) -> SameAnswers | None:
        """The error of a captioner that has said the same of too many different images; None as long as it has not."""
        if self._differ:
            return None
        if self._gist is None:
            self._gist = gist(said.text)
            for earlier in self._earlier:
                if earlier.model == said.model:
                    self._compare(earlier)
        self._compare(said)
        if self._differ:
            return self.error if gist(said.text) == self._gist else None
        self.tags.append(tag)
        self.fingerprints += fingerprints
        if self.error is None and len(self._looks) >= self._limit:
            self.error = SameAnswers(
                f"{self._endpoint} says the same of {len(self._looks)} different images, {quotation(said.text)!r}: this model may not "
                "see images; look at its model card and at how the server loads it, or set JUDGE_PIPELINE_SAME_ANSWERS to 0 if the "
                "images do not differ in what a caption says"
            )
        return self.error

    def _compare(self, said: Said) -> None:
        if gist(said.text) != self._gist:
            self._differ = self.error is None
            return
        try:
            look = _look(said.thumbnail)
        except (OSError, ValueError):  # no picture: nothing says that it differs from the others
            return
        if not any(_difference(look, other) < LEAST_DIFFERENCE for other in self._looks):
            self._looks.append(look)


def earlier_answers(store: ProjectStore, captioner: Captioner) -> list[Said]:
    """The latest captions of earlier runs, without those that were found in Encord."""
    captions = store.recent_results(captioner.asset_name, Caption, EARLIER)
    images = store.results("images", Image, list(captions))
    return [
        Said(caption.text, caption.model, images[tag].thumbnail)
        for tag, caption in captions.items()
        if tag in images and caption.model != ADOPTED
    ]


def _look(thumbnail: str) -> bytes:
    """The thumbnail as 8 x 8 pixels of RGB."""
    from PIL import Image as Pillow  # late: the code location loads without it

    with Pillow.open(BytesIO(base64.b64decode(thumbnail.partition(",")[2]))) as opened:
        return opened.convert("RGB").resize((LOOK_SIDE, LOOK_SIDE), Pillow.Resampling.BOX).tobytes()


def _difference(one: bytes, other: bytes) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)
