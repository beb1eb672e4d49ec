"""Tokens, money and time of the model calls behind the captions and judgements, in total and per image."""

from collections.abc import Mapping

from judge_pipeline.domain.spending import Spent
from judge_pipeline.reporting.metric import Section, Table

UNKNOWN = "unknown"

UNKNOWN_PRICE = (
    "A price is unknown. Set it for the endpoint as described in docs/settings.md, and later runs are counted."
)


def costs_section(spent: Mapping[str, Spent], counts: Mapping[str, int], *, saved_usd: float = 0.0) -> Section:
    """`spent` and the number of results behind it, by captioner and for the judge; an unknown price is never 0.

    `saved_usd` is what all model batches of the project have cost less than live calls.
    """
    total = sum(spent.values(), Spent())
    rows = [_row(part, each, counts[part]) for part, each in spent.items()]
    return Section(
        name="taken",
        title="What it cost",
        lead="The model calls behind the captions and judgements on this page, as the servers counted them. Model time is the sum "
        "over all calls, many of which ran at once.",
        tables=(
            Table(
                "spent",
                "Tokens, money and time",
                (
                    "",
                    "images",
                    "prompt tokens",
                    "cached tokens",
                    "image tokens",
                    "answer tokens",
                    "cost",
                    "cost per image",
                    "model time",
                    "seconds per image",
                ),
                (*rows, _row("all", total, max(counts.values(), default=0))),
            ),
        ),
        notes=(
            *([UNKNOWN_PRICE] if total.cost_usd is None else []),
            *(
                [f"Model batches have saved {_dollars(saved_usd)}, also on answers that were replaced since."]
                if saved_usd
                else []
            ),
        ),
    )


def _row(part: str, spent: Spent, images: int) -> tuple[str | int, ...]:
    cost_per_image = None if spent.cost_usd is None or not images else spent.cost_usd / images
    return (
        part,
        images,
        _tokens(spent.prompt_tokens),
        _tokens(spent.cached_tokens),
        _tokens(spent.image_tokens),
        _tokens(spent.completion_tokens),
        _dollars(spent.cost_usd),
        "-" if not images else _dollars(cost_per_image),
        f"{spent.seconds:,.1f} s",
        f"{spent.seconds / images:.2f} s" if images else "-",
    )


def _dollars(value: float | None) -> str:
    """US dollars; small amounts keep their significant digits."""
    if value is None:
        return UNKNOWN
    digits = 2 if value >= 0.1 or value == 0 else 4 if value >= 0.001 else 6
    return f"${value:,.{digits}f}"


def _tokens(value: int | None) -> str:
    return UNKNOWN if value is None else f"{value:,}"
