"""What the command `run` says after its runs, when an image stands where it should not."""

import io

from judge_pipeline.cli.support.pending_work import check_places
from judge_pipeline.cli.support.terminal import Terminal
from judge_pipeline.domain.tag import Tag
from judge_pipeline_tests.engine.people import send
from judge_pipeline_tests.engine.trial import Trial


def test_a_judged_image_that_still_stands_in_an_agent_stage_is_named(trial: Trial) -> None:
    trial.add_finished("red", "green")
    tags = [Tag(tag) for tag in trial.tags.values()]
    assert check_places(trial.pipeline, trial.pipeline.open_project(), tags, Terminal(io.StringIO()))

    send(trial, "red.png", "LLM1")
    page = io.StringIO()
    assert not check_places(trial.pipeline, trial.pipeline.open_project(), tags, Terminal(page))
    assert "1 images still stand in an agent stage: 'red.png'; run this again." in page.getvalue()
