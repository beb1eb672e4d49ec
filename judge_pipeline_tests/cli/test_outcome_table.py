"""The table at the end of a command, on narrow and wide terminals."""

import io
import re

import pytest
from rich.console import Console

from judge_pipeline.cli.support.outcome_table import ROWS, outcome_table
from judge_pipeline.domain.score import Score
from judge_pipeline.domain.tag import Tag
from judge_pipeline.reporting.report import Report
from judge_pipeline_tests.reporting.values import A, B, caption, failed, image, judgement, report_on

TWENTY_WORDS = "A small brown dog with long ears sits on wet grass beside a red ball and looks at the camera."


def lines(report: Report, width: int) -> list[str]:
    file = io.StringIO()
    Console(file=file, width=width).print(outcome_table(report, width=width))
    return file.getvalue().splitlines()


def report() -> Report:
    """One image of each kind: decided, undecided, failed, not judged."""
    cat, dog, owl, fox = (Tag(name) for name in ("cat", "dog", "owl", "fox"))
    scores = [Score(captioner, title, "", position, 5) for captioner, title, position in GRADES]
    return report_on(
        images={tag: image(tag) for tag in (cat, dog, fox)},
        captions_8b={tag: caption(tag, A, TWENTY_WORDS) for tag in (cat, dog)},
        captions_16b={tag: caption(tag, B, "[red]No markup[/red].") for tag in (cat, dog)},
        judgements={cat: judgement(cat, B, scores=scores), dog: judgement(dog, None)},
        failures=[failed("images", owl, "UnreadableImage", "it is no image")],
    )


GRADES = [(A, "Correctness", 3), (A, "Quality", 2), (B, "Correctness", 4), (B, "Quality", 4)]


@pytest.mark.parametrize("width", [60, 80, 120, 160])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(len(line) for line in lines(report(), width)) <= width


def test_on_a_wide_terminal_each_caption_is_one_line_with_its_scores_and_the_choice() -> None:
    rows = [re.split(r"\s{2,}", line.strip()) for line in lines(report(), 160)]
    assert ["cat.jpg", "LLM 8B", TWENTY_WORDS, "4 3"] in rows
    assert ["LLM 16B", "[red]No markup[/red].", "5 5", "chosen"] in rows


def test_images_without_a_winner_show_their_state() -> None:
    rows = {line.split()[0]: line.split()[-1] for line in lines(report(), 160) if ".jpg" in line}
    assert rows == {"cat.jpg": "3", "dog.jpg": "undecided", "owl.jpg": "failed", "fox.jpg": "judged"}


def test_a_line_below_the_table_explains_the_scores() -> None:
    assert lines(report(), 80)[-1].strip() == "scores: Correctness, Quality; 1 is the worst grade"


def test_more_images_than_a_terminal_shows_are_counted() -> None:
    many = report_on(
        images={Tag(f"{n:03}"): image(Tag(f"{n:03}")) for n in range(ROWS + 7)},
        captions_8b={},
        captions_16b={},
        judgements={},
    )
    shown = lines(many, 80)
    assert sum(".jpg" in line for line in shown) == ROWS
    assert shown[-1].strip() == "7 more images are in the report"
