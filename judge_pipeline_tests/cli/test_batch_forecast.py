"""The forecast shows what the same calls cost live and in model batches."""

from judge_pipeline.cli.support.forecast_table import batch_sentences
from judge_pipeline.models.endpoint import Endpoint, Mode, Price
from judge_pipeline.models.forecast import PlannedCalls, forecast
from judge_pipeline_tests.servers import UNREACHABLE_URL


def sentences(*modes: Mode, usd: float = 1.0, is_known: bool = True) -> str:
    price = Price(0.0, usd * 10_000) if is_known else None
    names = ("LLM1", "LLM2", "JUDGE")
    planned = [
        PlannedCalls(
            name,
            Endpoint(name, f"{UNREACHABLE_URL}/v1", "m", price=price, mode=mode),
            calls=1,
            past=(),
            prompt_characters=0,
            answer_tokens=100,
        )
        for name, mode in zip(names, modes, strict=True)
    ]
    return " ".join(batch_sentences(planned, [forecast(each) for each in planned]))


def test_endpoints_in_batch_mode_cost_their_part_of_the_price() -> None:
    assert sentences("batch", "offline", "live").startswith(
        "These are the price and the time of live calls. With model batches for LLM1, LLM2 it is $2.00. A round of batches "
        "takes up to 24 hours"
    )


def test_without_batches_the_forecast_says_what_they_would_cost() -> None:
    assert sentences("live", "live", "live") == (
        "In model batches, which take up to a day each, the same costs about $1.50; see docs/batches.md."
    )


def test_models_that_cost_nothing_or_have_no_known_price_promise_nothing() -> None:
    assert sentences("live", "live", "live", usd=0.0) == ""
    assert sentences("live", "live", "live", is_known=False) == ""
    assert "it is unknown" in sentences("batch", "live", "live", is_known=False)
