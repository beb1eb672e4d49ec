"""What an answer costs: by its server's own report, by the configured price, or by the public prices."""

from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.exchange import Reply


def cost_usd(reply: Reply, endpoint: Endpoint) -> float | None:
    """US dollars, in this order: as the reply reports it, by the endpoint's own price, by the public one; None if unknown.

    Public prices come from the installed `genai-prices` package, without network access. They have a lower price for cached
    tokens; a configured price counts those in full, so the actual bill may be lower, not higher.
    """
    if reply.cost_usd is not None:
        return reply.cost_usd
    return tokens_cost_usd(reply.usage, endpoint)


def tokens_cost_usd(usage: Usage, endpoint: Endpoint) -> float | None:
    """US dollars for `usage`, by the endpoint's own price or by the public one; None if unknown."""
    if endpoint.price is not None:
        return endpoint.price.cost_usd(usage)
    return _public_cost_usd(usage, endpoint)


def batch_cost_usd(reply: Reply, endpoint: Endpoint) -> float | None:
    """The same for an answer of a model batch, which costs a part of the price."""
    return reply.cost_usd if reply.cost_usd is not None else batch_price_usd(reply.usage, endpoint)


def batch_price_usd(usage: Usage, endpoint: Endpoint) -> float | None:
    """US dollars for `usage` in a model batch; None if unknown."""
    live = tokens_cost_usd(usage, endpoint)
    return None if live is None else live * endpoint.batch_price_factor


def has_price(endpoint: Endpoint) -> bool:
    """Whether this endpoint's answers can be priced by their tokens."""
    return endpoint.price is not None or _public_cost_usd(Usage(1, 1), endpoint) is not None


def _public_cost_usd(usage: Usage, endpoint: Endpoint) -> float | None:
    """By address and model: another provider of the same model has another price."""
    if usage.prompt_tokens is None or usage.completion_tokens is None:
        return None
    import genai_prices  # 1.5 MB of prices: only imported without a configured price

    tokens = genai_prices.Usage(
        input_tokens=usage.prompt_tokens, cache_read_tokens=usage.cached_tokens, output_tokens=usage.completion_tokens
    )
    try:
        calculated = genai_prices.calc_price(tokens, endpoint.model, provider_api_url=endpoint.base_url)
    except LookupError:
        return None
    return float(calculated.total_price)
