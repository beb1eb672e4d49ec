"""A captioner that says the same of eight different images may see none: the run stops, and its captions are not judged."""

import base64
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO

from PIL import Image

from judge_pipeline.domain.caption import Caption
from judge_pipeline.domain.tag import Tag
from judge_pipeline.engine.same_answers import AnswerWatch, Said
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline_tests.engine.encord_state import encord_state
from judge_pipeline_tests.engine.test_stopping import stored_answers, with_endpoints
from judge_pipeline_tests.engine.trial import Trial, message_of
from judge_pipeline_tests.model_stub import COLOURS, JUDGE, LARGE, SMALL, ModelCall
from judge_pipeline_tests.models.stub_server import StubReply, completion

BLIND = "A plain background with some shapes."
SAYS_THE_SAME = f"says the same of 8 different images, '{BLIND}': this model may not see images"


AT_THE_EIGHTH = (8, 9)
"""With one question in flight: the next one may have been sent when the eighth answer is read."""


def says_always(trial: Trial, model: str, *replies: StubReply, colours: Sequence[str] = tuple(COLOURS)) -> None:
    for colour in colours:
        for reply in replies:
            trial.models.reply_always(model, colour, reply)


def captions_8b(trial: Trial) -> dict[str, str]:
    colours = {tag: colour for colour, tag in trial.tags.items()}
    with trial.pipeline.open_store() as store:
        return {colours[str(tag)]: caption.text for tag, caption in store.results("captions_8b", Caption).items()}


def test_a_run_stops_at_the_eighth_and_the_next_run_asks_again(trial: Trial) -> None:
    """The other captioner is slow, so nothing is linked yet: nothing of it ever is, and once the model sees, all are asked again."""
    trial.add(*COLOURS)
    trial.pipeline = with_endpoints(trial.pipeline, concurrency=1)
    says_always(trial, SMALL, completion(BLIND))
    for colour in COLOURS:
        trial.models.hold(LARGE, colour)

    def release_at_the_eighth(_call: ModelCall) -> None:
        if trial.models.count(SMALL) == 8:
            for colour in COLOURS:
                trial.models.release(LARGE, colour)

    trial.models.on_call = release_at_the_eighth
    run = trial.materialize()

    assert message_of(run).startswith("stopped: LLM1 (")
    assert SAYS_THE_SAME in message_of(run)
    asked = trial.models.count(SMALL)
    assert asked in AT_THE_EIGHTH
    assert trial.models.count(JUDGE) == 0
    assert encord_state(trial.seed)["folder"] == {"images": len(COLOURS), "texts": 0}
    assert captions_8b(trial) == {}
    assert stored_answers(trial) == trial.models.count(LARGE), "the eight are kept as discarded answers"
    with trial.pipeline.open_store() as store:
        assert store.failures() == []

    trial.models.clear_replies()
    assert trial.materialize().success
    assert trial.models.count(SMALL) == asked + len(COLOURS)
    assert set(captions_8b(trial)) == set(COLOURS)
    assert BLIND not in captions_8b(trial).values()


def test_refusals_count_as_answers(trial: Trial) -> None:
    trial.add(*COLOURS)
    trial.pipeline = with_endpoints(trial.pipeline, concurrency=1)
    says_always(trial, SMALL, completion("I'm sorry, I don't see an image."))
    assert "this model may not see images" in message_of(trial.materialize())
    assert trial.models.count(SMALL) in AT_THE_EIGHTH


def test_small_batches_of_a_backfill_are_watched_together(trial: Trial) -> None:
    colours = list(COLOURS)
    trial.add(*colours)
    trial.pipeline = with_endpoints(trial.pipeline, concurrency=1)
    says_always(trial, SMALL, completion(BLIND))
    keys = sorted(colours, key=lambda colour: trial.tags[colour])
    assert trial.materialize(*keys[:7]).success
    run = trial.materialize(*keys[7:])
    assert SAYS_THE_SAME in message_of(run)
    assert trial.models.count(SMALL) in AT_THE_EIGHTH


def picture(colour: tuple[int, int, int], size: tuple[int, int] = (64, 48)) -> str:
    """A thumbnail of one colour, as a data URI."""
    encoded = BytesIO()
    Image.new("RGB", size, colour).save(encoded, "JPEG")
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.getvalue()).decode()}"


PICTURES = [picture(colour) for colour in COLOURS.values()]


def stopped_at(
    texts: Sequence[str], pictures: Sequence[str], *, limit: int = 8, earlier: Sequence[Said] = ()
) -> int | None:
    """The number of the answer at which the run stops; None if it goes on."""
    watch = AnswerWatch(Endpoint("LLM1", "http://127.0.0.1/v1", "m"), limit=limit, earlier=earlier)
    for number, (text, thumbnail) in enumerate(zip(texts, pictures, strict=False), 1):
        if watch.see(Tag(f"tag-{number}"), Said(text, "m", thumbnail)):
            return number
    return None


def test_only_the_same_answer_to_that_many_different_pictures_stops_a_run() -> None:
    assert stopped_at([BLIND] * 10, PICTURES) == 8
    assert stopped_at([BLIND, BLIND.upper(), f'"{BLIND}"', BLIND.rstrip(".")] * 3, PICTURES) == 8
    assert stopped_at(["我看到一些形状。"] * 10, PICTURES) == 8
    assert stopped_at([BLIND] * 10, PICTURES, limit=0) is None
    assert stopped_at([BLIND] * 10, PICTURES, limit=3) == 3
    assert stopped_at([BLIND] * 7, PICTURES) is None
    for number in range(8):
        assert stopped_at([*[BLIND] * number, "A cat.", *[BLIND] * 9], PICTURES * 2) is None


def test_copies_of_a_picture_are_one_picture() -> None:
    copies = [picture((220 + number % 2, 20, 20), size=(64 + number, 48)) for number in range(20)]
    assert stopped_at(["A red area."] * 20, copies) is None


def test_captions_of_earlier_runs_count_if_the_same_model_made_them() -> None:
    earlier = [Said(BLIND, "m", thumbnail) for thumbnail in PICTURES[:7]]
    assert stopped_at([BLIND], PICTURES[9:], earlier=earlier) == 1
    assert stopped_at(["A cat."], PICTURES[9:], earlier=earlier) is None, "the endpoint has been set right"
    assert stopped_at([BLIND] * 9, PICTURES, earlier=[Said("A dog.", "m", PICTURES[0])]) is None
    assert stopped_at([BLIND], PICTURES[9:], earlier=[replace(each, model="other") for each in earlier]) is None
