"""Why a model stopped writing, from the many names that servers have for it. A name that is not known is never taken for good.

Names from documentation and reports: OpenAI and Azure (stop, length, content_filter, tool_calls), Anthropic (end_turn, stop_sequence,
max_tokens, pause_turn, refusal, model_context_window_exceeded), Gemini (STOP, MAX_TOKENS, SAFETY, RECITATION, LANGUAGE,
BLOCKLIST, PROHIBITED_CONTENT, SPII, OTHER, IMAGE_SAFETY), Bedrock (guardrail_intervened, content_filtered), Mistral (model_length,
error), Cohere (COMPLETE, MAX_TOKENS, ERROR_TOXIC, USER_CANCEL), TGI (eos_token, stop_sequence, length), vLLM, SGLang (abort,
repetition), TensorRT-LLM (end_id, stop_words, timeout, cancelled), LM Studio (eosFound, stopStringFound, maxPredictedTokensReached,
contextLengthReached), llama.cpp (eos, word, limit), watsonx (not_finished, time_limit, token_limit), GLM (sensitive, network_error),
DeepSeek (insufficient_system_resource), Qianfan (normal). Ollama's older releases, llamafile and some gateways send none, or the
text "null"; so no name is an ordinary end.
"""

import re
from enum import Enum, auto


class Finish(Enum):
    """What the name of an end means for an answer."""

    ORDINARY = auto()
    TOO_LONG = auto()
    """The token limit; more tokens may help."""
    CUT_OFF = auto()
    """Anything else that ended the answer, and every unknown name."""
    FILTERED = auto()
    DECLINED = auto()


_ENDS = re.compile(
    r"none|null|stop(?:ped)?|stop_(?:sequence|token|string|string_found|words?)|end|end_(?:turn|id)|end_of_(?:text|sequence|turn)|"
    r"eos|eos_(?:token|found)|word|complete[d]?|finish(?:ed)?|done|normal|success"
)
_LIMITS = re.compile(
    r"length|limit|max_(?:length|tokens?|output_tokens|completion_tokens|new_tokens|predicted_tokens_reached)|(?:token|output|length)_limit"
)
_FILTERS = re.compile(
    r"filter|safety|prohibit|block_?list|blocked|spii|recitation|sensitive|guardrail|toxic|moderat|policy|violat|harm|censor|flagged|copyright|jailbreak"
)
_PREFIX = re.compile(r"^finish_?reason[._]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def finish_of(reason: str) -> Finish:
    """The meaning of a server's `finish_reason`; empty if it sent none."""
    name = re.sub(r"[\s-]+", "_", _CAMEL.sub("_", reason.strip())).casefold()
    name = _PREFIX.sub("", name)
    if not name or _ENDS.fullmatch(name):
        return Finish.ORDINARY
    if _LIMITS.fullmatch(name):
        return Finish.TOO_LONG
    if _FILTERS.search(name):
        return Finish.FILTERED
    return Finish.DECLINED if name in {"refusal", "refused", "declined"} else Finish.CUT_OFF
