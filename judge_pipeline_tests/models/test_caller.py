"""Whatever a server does, every question ends in an answer or a known error."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from judge_pipeline.models.endpoint import Price
from judge_pipeline.models.errors import BadRequest, EndpointDown, ModelUnavailable, SpendingLimitReached
from judge_pipeline.models.exchange import Failure, Reply
from judge_pipeline.models.spending_limits import SpendingLimits
from judge_pipeline_tests.models.virtual_server import ENDPOINT, VirtualServer, ask_about

OUTCOMES = st.one_of(
    st.none(),
    st.builds(Failure, st.sampled_from([500, 503, 408, 400]), st.just("no")),
    st.builds(Failure, st.just(429), st.just("slow down"), retry_after_seconds=st.none() | st.floats(0.1, 40)),
    st.builds(Failure, st.just(503), st.just("busy"), retry_after_seconds=st.floats(0.1, 200)),
    st.builds(Failure, st.none(), st.just("no connection"), was_sent=st.booleans()),
)
ENDS = (Reply, ModelUnavailable, EndpointDown, SpendingLimitReached, BadRequest)


@given(
    st.lists(OUTCOMES, min_size=1, max_size=30),
    st.integers(1, 40),
    st.none() | st.integers(1, 30),
    st.none() | st.floats(0.001, 0.01),
    st.none() | st.floats(100, 5000),
    st.integers(1, 8),
)
@settings(max_examples=60, deadline=None)
def test_every_question_ends_in_an_answer_or_a_known_error(
    outcomes: list[Failure | None],
    images: int,
    max_model_calls: int | None,
    max_cost_usd: float | None,
    tokens_per_minute: float | None,
    concurrency: int,
) -> None:
    server = VirtualServer(lambda second, image: outcomes[len(server.asked_at) % len(outcomes)])
    spending_limits = SpendingLimits(max_model_calls=max_model_calls, max_cost_usd=max_cost_usd)
    endpoint = replace(
        ENDPOINT,
        concurrency=concurrency,
        tokens_per_minute=tokens_per_minute,
        price=Price(input_usd=1.0, output_usd=5.0),
    )
    results = ask_about(images, server, spending_limits=spending_limits, endpoint=endpoint)
    assert [end for end in results.ends if not isinstance(end, ENDS)] == []
    assert results.answered <= spending_limits.calls
    assert max_model_calls is None or spending_limits.calls <= max_model_calls
    assert max_cost_usd is None or (spending_limits.spent.cost_usd or 0.0) <= max_cost_usd + 0.0002 + 1e-9
