"""What an answer costs: what its server says, by the price that is set, or by the providers' public prices."""

from judge_pipeline.domain.model_answer import Usage
from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.exchange import Reply


def cost_usd(reply: Reply, endpoint: Endpoint) -> float | None:
    """US dollars, in this order: as the reply reports it, by the endpoint's own price, by the public one; None if unknown.

    Public prices are those of the `genai-prices` package as it is installed; nothing is looked up elsewhere. Tokens that
    a provider had in its cache cost what its list says of those; a price that is set counts them in full, so that the
    bill may be lower there, not higher.
    """
    if reply.cost_usd is not None:
        return reply.cost_usd
    return tokens_cost_usd(reply.usage, endpoint)


def tokens_cost_usd(usage: Usage, endpoint: Endpoint) -> float | None:
    """US dollars of so many tokens, by the endpoint's own price or by the public one; None if unknown."""
    if endpoint.price is not None:
        return endpoint.price.cost_usd(usage)
    return _public_cost_usd(usage, endpoint)


def has_price(endpoint: Endpoint) -> bool:
    """Whether answers of this endpoint can be priced by their tokens."""
    return endpoint.price is not None or _public_cost_usd(Usage(1, 1), endpoint) is not None


def _public_cost_usd(usage: Usage, endpoint: Endpoint) -> float | None:
    """By address and model: a model that somebody else serves under the same name has another price."""
    if usage.prompt_tokens is None or usage.completion_tokens is None:
        return None
    import genai_prices  # a megabyte and a half of prices, for those who have not set any

    tokens = genai_prices.Usage(
        input_tokens=usage.prompt_tokens, cache_read_tokens=usage.cached_tokens, output_tokens=usage.completion_tokens
    )
    try:
        calculated = genai_prices.calc_price(tokens, endpoint.model, provider_api_url=endpoint.base_url)
    except LookupError:
        return None
    return float(calculated.total_price)
