"""What it took: tokens, money and time of the calls behind the captions and judgements, in all and an image."""

from collections.abc import Mapping

from judge_pipeline.domain.spending import Spent
from judge_pipeline.reporting.metric import Section, Table

UNKNOWN = "unknown"


def taken(spent: Mapping[str, Spent], counts: Mapping[str, int]) -> Section:
    """`spent` and the number of values behind it, by captioner and for the judge; None is unknown and never 0."""
    total = sum(spent.values(), Spent())
    rows = [_row(part, each, counts[part]) for part, each in spent.items()]
    return Section(
        name="taken",
        title="What it took",
        lead="The model calls behind the captions and judgements on this page, as the servers counted them. Seconds are those "
        "that models took to answer, many at once.",
        tables=(
            Table(
                "spent",
                "Tokens, money and time",
                (
                    "",
                    "images",
                    "prompt tokens",
                    "cached",
                    "of the image",
                    "answer tokens",
                    "cost",
                    "cost an image",
                    "model time",
                    "seconds an image",
                ),
                (*rows, _row("all", total, max(counts.values(), default=0))),
            ),
        ),
        notes=("A price is unknown. Set it for the endpoint, as docs/settings.md says, and later runs are counted.",)
        if total.cost_usd is None
        else (),
    )


def _row(part: str, spent: Spent, images: int) -> tuple[str | int, ...]:
    an_image = None if spent.cost_usd is None or not images else spent.cost_usd / images
    return (
        part,
        images,
        _amount(spent.prompt_tokens),
        _amount(spent.cached_tokens),
        _amount(spent.image_tokens),
        _amount(spent.completion_tokens),
        dollars(spent.cost_usd),
        "-" if not images else dollars(an_image),
        f"{spent.seconds:,.1f} s",
        f"{spent.seconds / images:.2f} s" if images else "-",
    )


def dollars(value: float | None) -> str:
    """US dollars; small amounts keep the digits that tell them apart."""
    if value is None:
        return UNKNOWN
    digits = 2 if value >= 0.1 or value == 0 else 4 if value >= 0.001 else 6
    return f"${value:,.{digits}f}"


def _amount(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"
