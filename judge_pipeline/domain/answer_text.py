"""What a model says in its answer, without its thinking and the markers of its chat template: the one place that takes them off.

Models think in a block before the answer. Where the server's template opens the block, only its end arrives
(QwenLM/Qwen3-VL #1504, vllm-project/vllm #31045); where thinking is off, an empty block does (hiyouga/LlamaFactory #9392). Servers
that do not skip special tokens leave end tokens and the brackets around the answer (Blaizzy/mlx-vlm PR #2170).
"""

import re
from functools import lru_cache

_THOUGHT = (
    r"(?:\w{1,12}:)?(?:think(?:ing)?|thoughts?|reasoning|reflection|analysis|scratchpad|rationale|summary|details)"
    r"(?:\s+\w+=[^<>]{0,60})?"
)

_OPENING = re.compile(
    rf"(?:[<\uff1c]|&lt;)\s*\|?\s*{_THOUGHT}\s*\|?\s*(?:[>\uff1e]|&gt;)"
    r"|\[THINK]|\u25c1think\u25b7|<\|(?:START_THINKING|begin_of_thought|inner_prefix|channel>thought)\|?>?"
    r"|<unused94>(?:thought)?|<\|channel\|>(?:analysis|commentary)[^<]{0,60}<\|message\|>"
    r"|\A\s*Here is my thought process:",
    re.IGNORECASE,
)
"""Qwen, DeepSeek, GLM, Hunyuan, Seed (`seed:think`), Magistral, Kimi, Command A, Sky-T1, Apertus, Gemma,
MedGemma, gpt-oss and Granite."""

_CLOSING = re.compile(
    rf"(?:[<\uff1c]|&lt;)\s*\|?\s*/\s*{_THOUGHT}\s*\|?\s*(?:[>\uff1e]|&gt;)"
    r"|\[/THINK]|\u25c1/think\u25b7|<\|(?:END_THINKING|end_of_thought|inner_suffix)\|>|<channel\|>|<unused95>"
    r"|<\|channel\|>final[^<]{0,60}<\|message\|>|\A\s*analysis.{0,20000}?assistantfinal|Here is my response:",
    re.IGNORECASE | re.DOTALL,
)

_WRAPPINGS = [
    re.compile(rf"<\s*(?P<name>{names})\s*>(?P<inside>.*?)(?:</\s*(?P=name)\s*>|\Z)", re.IGNORECASE | re.DOTALL)
    for names in ("conclusion|final_answer|final|answer|solution", "response|output|result|assistant", "caption")
]
_BOXES = [
    re.compile(r"<\|begin_of_box\|>(?P<inside>.*?)(?:<\|end_of_box\|>|\Z)", re.DOTALL),
    re.compile(
        r"<\|(?:START_RESPONSE|begin_of_solution)\|>(?P<inside>.*?)(?:<\|(?:END_RESPONSE|end_of_solution)\|>|\Z)",
        re.DOTALL,
    ),
    re.compile(r"\A\$*\\boxed\s*\{\s*(?:\\text\s*\{)?(?P<inside>[^{}]*)\}?\s*\}\$*\.?\s*\Z", re.DOTALL),
]

_SPECIAL = (
    r"(?:<[|\uff5c]\s*/?[\w\u2581 .-]{1,40}[|\uff5c]>|</?s>|<(?:bos|eos|pad|unk|eoa|eot|end_of_turn|end_of_utterance)>"
    r"|\[(?:EOS|EOT|BOS|PAD)])"
)
_ENDED = re.compile(
    r"<[|\uff5c]\s*(?:im_end|im_start|end|endoftext|end[\u2581_]of[\u2581_](?:text|sentence|turn)|eot_id|eom_id|eos|return|call|user)"
    r"\s*[|\uff5c]>"
    r"|<(?:eos|eoa|end_of_turn|end_of_utterance|start_of_turn)>"
)
"""A model that was not stopped at its end token goes on with the user's next turn."""

_LEADING = re.compile(
    rf"\A(?:\s*{_SPECIAL}|\s*(?:<start_of_turn>)?\s*\[/INST])*"
    r"(?:\s*<start_of_turn>\s*(?:model)?)?(?:(?<=>)\s*(?:assistant|model)\b\s*(?:<\|end_header_id\|>|<\|message\|>)?|\s*ASSISTANT\s*:)?",
)
_TRAILING = re.compile(
    rf"(?:\s*(?:{_SPECIAL}|\[/?INST]"
    r"|</\s*(?:conclusion|final_answer|final|answer|solution|response|output|result|assistant)\s*>))+\s*\Z",
    re.IGNORECASE,
)


@lru_cache(maxsize=256)
def answer_text(text: str) -> str:
    """The answer in a model's text, without white space around it; empty if there is only thinking.

    A text that begins with JSON or a fence is left as it is: its strings may hold anything. Cached, because each answer is looked
    at several times: whether it is empty, whether it is a refusal, what it says.
    """
    text = text.strip()
    if text.startswith(("{", "```")):
        return text
    text = _without_tokens(_without_thinking(text))
    for wrapping in (*_BOXES, *_WRAPPINGS):
        found = [match["inside"].strip() for match in wrapping.finditer(text)]
        if kept := [inside for inside in found if inside]:
            text = kept[-1]
    return _without_tokens(text)


def thinks_without_end(text: str) -> bool:
    """Whether all of a text is thinking that does not end."""
    begun = text.strip()
    return _OPENING.match(begun) is not None and _CLOSING.search(begun) is None


def _without_thinking(text: str) -> str:
    """What follows the last end of thinking; what stands before the block if nothing follows a whole one."""
    ends = list(_CLOSING.finditer(text))
    begin = _OPENING.search(text)
    if not ends:
        return "" if begin is not None and not text[: begin.start()].strip() else text
    answer = text[ends[-1].end() :].strip()
    if _without_tokens(answer) or begin is None or begin.start() > ends[-1].start():
        return answer
    return text[: begin.start()].strip()


def _without_tokens(text: str) -> str:
    text = _LEADING.sub("", text).strip()
    ended = _ENDED.search(text)
    return _TRAILING.sub("", text[: ended.start()] if ended else text).strip()
