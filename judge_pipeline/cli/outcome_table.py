"""The table at the end: each image with both captions, their scores and the judge's choice."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.judgement import Judgement
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.reporting.numbers import Report
from judge_pipeline.reporting.outcome import Outcome

ROWS = 50
"""Images that a terminal shows; the report has all."""


def print_outcomes(console: Console, report: Report) -> None:
    """The table, then the wins in one line."""
    table = Table(header_style="bold", row_styles=("", "dim"), expand=console.width > 100)
    for heading, ratio in (("image", 2), ("LLM 8B", 6), ("LLM 16B", 6)):
        table.add_column(heading, ratio=ratio, overflow="fold")
    table.add_column("scores", no_wrap=True)
    table.add_column("choice", no_wrap=True)
    for outcome in report.outcomes[:ROWS]:
        table.add_row(*_cells(outcome))
    console.print(table)
    if len(report.outcomes) > ROWS:
        console.print(f"… and {len(report.outcomes) - ROWS} more in the report")
    for outcome in report.outcomes:
        for failure in outcome.failures:
            console.print(Text(f"failed: {failure.asset} of {visible_line(failure.message)}", style="red"))
    wins = ", ".join(f"{captioner} {won}" for captioner, won in report.wins.items())
    undecided = sum(1 for each in report.judgements if each.choice is None)
    console.print(f"Wins: {wins}, undecided {undecided}, of {len(report.outcomes)} images.")


def _cells(outcome: Outcome) -> tuple[Text, ...]:
    captions = [
        Text(visible_line(caption.text) if (caption := outcome.caption_of(captioner)) else "-")
        for captioner in Captioner
    ]
    judgement = outcome.judgement
    if judgement is None:
        if not outcome.failures:
            return (Text(visible_line(outcome.title)), *captions, Text("-"), Text("not judged yet"))
        return (Text(visible_line(outcome.title)), *captions, Text("-"), Text("failed", style="red"))
    return (
        Text(visible_line(outcome.title)),
        *captions,
        Text(_scores(judgement)),
        Text(judgement.choice or "undecided"),
    )


def _scores(judgement: Judgement) -> str:
    """`4+3 : 2+3`: each captioner's grades, 1 for the worst, in the ontology's order of criteria."""
    grades: Mapping[Captioner, list[str]] = {
        captioner: [str(score.position + 1) for score in judgement.scores if score.captioner is captioner]
        for captioner in Captioner
    }
    return " : ".join("+".join(of_one) or "-" for of_one in grades.values())
