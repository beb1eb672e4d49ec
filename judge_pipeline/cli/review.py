"""`judge-pipeline review`: people choose blind between two captions, in the browser and by keys."""

from typing import Annotated

import typer

from judge_pipeline.review.comparison import JudgeShown
from judge_pipeline.review.review_queue import Order


def review(
    reviewer: Annotated[
        str | None, typer.Option(help="Your e-mail address, kept with each answer; the key's user where not given.")
    ] = None,
    approve: Annotated[
        bool, typer.Option("--approve", help="Approve image and texts in Human Review together with each answer.")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Ask about at most this many images.")] = None,
    order: Annotated[
        Order, typer.Option(help="A random sample, or first those where the judge is undecided or contradicts itself.")
    ] = Order.RANDOM,
    judge: Annotated[
        JudgeShown, typer.Option(help="When to show what the judge said of an image that you have answered.")
    ] = JudgeShown.KEY,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Loopback port; 0 is any free one.")] = 0,
    no_open: Annotated[bool, typer.Option("--no-open", help="Only print the link, open no browser.")] = False,
) -> None:
    """Choose between two captions of each image that waits in Human Review, side by side and blind, in the browser."""
    from judge_pipeline.cli.support.review_sitting import review_in_browser
    from judge_pipeline.cli.support.terminal import Terminal
    from judge_pipeline.settings.settings import Settings

    review_in_browser(
        Settings.read(),
        Terminal(),
        reviewer=reviewer,
        approves=approve,
        limit=limit,
        order=order,
        judge=judge,
        port=port,
        opens_browser=not no_open,
    )
