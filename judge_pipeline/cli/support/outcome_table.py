"""The table at the end of a command: each image with both captions, their scores and the choice."""

from collections.abc import Iterable

from rich import box
from rich.table import Table
from rich.text import Text

from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.outcome import Outcome, State
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.reporting.report import Report

ROWS = 50
"""Maximum number of images in a terminal; the report has all."""

WIDE = 120
"""From this width on, a caption of twenty words fits on one line next to a long title."""

LONGEST_TITLE = 32


def outcome_table(report: Report, *, width: int) -> Table:
    """One row per caption, so that captions stay readable in 80 columns."""
    table = Table(box=box.SIMPLE_HEAD, expand=True, padding=(0, 1, 0, 0), header_style="bold", caption=_legend(report))
    table.add_column("image", max_width=LONGEST_TITLE if width >= WIDE else 18, overflow="fold")
    table.add_column("by", no_wrap=True)
    table.add_column("caption", ratio=1, overflow="fold")
    table.add_column("scores", no_wrap=True)
    table.add_column("choice", max_width=10)
    for outcome in report.outcomes[:ROWS]:
        for row in _rows(outcome):
            table.add_row(*row)
    return table


def _rows(outcome: Outcome) -> Iterable[tuple[Text, ...]]:
    for captioner in Captioner:
        is_first = captioner is Captioner.LLM_8B
        caption = outcome.caption_of(captioner)
        won = outcome.winner is captioner
        yield (
            Text(_short(visible_line(outcome.title)) if is_first else "", style="bold"),
            Text(captioner),
            Text(visible_line(caption.text) if caption else "-"),
            Text(_scores(outcome, captioner)),
            Text("chosen", style="bold green") if won else _state(outcome, is_first=is_first),
        )


def _short(title: str) -> str:
    """Keeps both ends of a long title, since either may be what differs."""
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE // 2]}…{title[1 - LONGEST_TITLE // 2 :]}"


def _state(outcome: Outcome, *, is_first: bool) -> Text:
    """Shown once per image, and only without a winner."""
    if outcome.winner is not None or not is_first:
        return Text()
    return Text(outcome.state, style="red" if outcome.state is State.FAILED else "yellow")


def _scores(outcome: Outcome, captioner: Captioner) -> str:
    """Such as `4 3`: the caption's grades in the order of the criteria."""
    scores = outcome.judgement.scores if outcome.judgement else ()
    return " ".join(str(score.position + 1) for score in scores if score.captioner is captioner) or "-"


def _legend(report: Report) -> Text | None:
    titles = dict.fromkeys(score.criterion for judgement in report.judgements for score in judgement.scores)
    more = len(report.outcomes) - ROWS
    sentences = [f"scores: {', '.join(titles)}; 1 is the worst grade"] if titles else []
    if more > 0:
        sentences.append(f"{more} more images are in the report")
    return Text("; ".join(sentences), style="dim", justify="left") if sentences else None
