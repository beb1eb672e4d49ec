"""What a server's list of models proves about an endpoint, and what it leaves open."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from judge_pipeline.models.endpoint import Endpoint
from judge_pipeline.models.errors import EndpointUnreachable, ModelNotFound, quotation
from judge_pipeline.models.exchange import ACCESS_STATUSES, Failure
from judge_pipeline.models.failures import authentication_failed

NAMED_MODELS = 10
"""How many of a server's models a sentence lists."""

WITHOUT_LIST = {404, 405, 501}

OVERLOADED = {429, 500, 503, 529}

SCOPE = re.compile(r"scope|insufficient permission|not allowed to list|permission to list")
"""A restricted key may ask a model without being allowed to list them."""

NO_LIST = re.compile(r"not (?:implemented|supported|available)|unsupported")
"""An error with HTTP 200 that says no more than that there is no list."""


def without_list(failure: Failure, *, endpoint: Endpoint) -> str:
    """A sentence on what is unknown about a server that has not sent its list.

    Raises:
        EndpointUnusable: this endpoint cannot be used.
    """
    quoted = quotation(failure.message, without=[endpoint.api_key.get_secret_value()]).rstrip(".")
    if failure.status in ACCESS_STATUSES and not (failure.status == 403 and SCOPE.search(failure.error_text)):
        raise authentication_failed(
            endpoint, failure.status, quoted="" if failure.status == 401 or not quoted else f": {quoted}"
        )
    if failure.has_status_of_body and failure.status not in OVERLOADED and not NO_LIST.search(failure.error_text):
        raise EndpointUnreachable(
            f"{endpoint}: nothing serves chat completions at this address, it answers HTTP 200 with an error: {quoted}; "
            f"check {endpoint.name}__BASE_URL, which usually ends in /v1"
        )
    if failure.status in {*WITHOUT_LIST, 200, 403} or (failure.has_status_of_body and failure.status not in OVERLOADED):
        found = quoted if failure.status == 200 else f"HTTP {failure.status}"
        return (
            f"{endpoint}: a server answers, but has no list of models ({found}), so neither the address nor the model "
            "is checked; the first question will show"
        )
    what = f"answers HTTP {failure.status}" if failure.status else "cannot be reached"
    raise EndpointUnreachable(f"{endpoint} {what}: {quoted}; start the server or check {endpoint.name}__BASE_URL")


def unlisted(names: Sequence[str], *, endpoint: Endpoint, must_be_listed: bool = False) -> str:
    """A sentence if the list does not contain the endpoint's model; "" if it does.

    The lists of deployments on Azure have other names, and OpenRouter's and LiteLLM's are not complete: a name that is not
    listed may work.

    Raises:
        ModelNotFound: it is not listed, and must be.
    """
    if not names:
        return f"{endpoint}: the server's list of models is empty, so the model is not checked; the first question will show"
    without_route = endpoint.model.partition(":")[0] if endpoint.is_openrouter else endpoint.model
    if _lists(names, endpoint.model) or _lists(names, without_route):
        return ""
    if endpoint.is_azure:
        return f"{endpoint}: Azure does not list deployments, so the model is not checked; the first question will show"
    some = ", ".join(sorted(names)[:NAMED_MODELS]) + (", …" if len(names) > NAMED_MODELS else "")
    if must_be_listed:
        raise ModelNotFound(
            f"{endpoint} does not serve this model; it serves {some}. Set {endpoint.name}__MODEL to one of them"
        )
    return (
        f"{endpoint} does not list this model; it lists {some}. It is tried all the same; if it does not exist, set "
        f"{endpoint.name}__MODEL to one of them"
    )


def _lists(names: Sequence[str], model: str) -> bool:
    """Ollama lists `llava` as `llava:latest`, Google `gemini-x` as `models/gemini-x`, LiteLLM all of a provider as `openai/*`."""
    wanted = model.removeprefix("models/").removesuffix(":latest")
    known = {name.removeprefix("models/").removesuffix(":latest") for name in names}
    return wanted in known or any("*" in name and fnmatchcase(wanted, name.replace("[", "[[]")) for name in known)
