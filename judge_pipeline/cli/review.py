"""`judge-pipeline review`: people choose between two captions, blind, in the browser and with the keyboard."""

from typing import Annotated

import typer

from judge_pipeline.domain.drawing import Order
from judge_pipeline.review.comparison import JudgeShown


def review(
    reviewer: Annotated[
        str | None,
        typer.Option(help="Your e-mail address, stored with each answer; default: the user of the Encord key."),
    ] = None,
    approve: Annotated[
        bool,
        typer.Option("--approve", help="With each answer, also approve the image and its text items in Human Review."),
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Maximum number of images to show.")] = None,
    order: Annotated[
        Order,
        typer.Option(
            help="random: a simple random sample. stratified: a random sample with more of the images that the judge's scores leave "
            "in doubt. audit: the images below the gap of auto-accept, and one in twenty of those above. disagreements: "
            "no sample, first where the judge is undecided or contradicts itself."
        ),
    ] = Order.RANDOM,
    adjudicate: Annotated[
        bool,
        typer.Option(
            "--adjudicate", help="Show the images on which reviewers differ; the answer becomes the Final Choice."
        ),
    ] = False,
    judge: Annotated[
        JudgeShown, typer.Option(help="When to show the judge's answer for an image that you have answered.")
    ] = JudgeShown.KEY,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Loopback port; 0 picks a free one.")] = 0,
    no_open: Annotated[bool, typer.Option("--no-open", help="Print the link without opening a browser.")] = False,
) -> None:
    """Choose between the two captions of each image in Human Review: blind, side by side, in the browser."""
    from judge_pipeline.cli.support.review_server import serve_review
    from judge_pipeline.cli.support.terminal import Terminal
    from judge_pipeline.settings.settings import Settings

    serve_review(
        Settings.read(),
        Terminal(),
        reviewer=reviewer,
        approves=approve,
        limit=limit,
        order=order,
        adjudicates=adjudicate,
        judge=judge,
        port=port,
        opens_browser=not no_open,
    )
