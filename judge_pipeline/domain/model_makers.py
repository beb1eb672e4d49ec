"""Who made a model, by its name; and whether a captioner and the judge are of one maker.

Judges prefer the texts of their own model and family: Panickssery et al., LLM evaluators recognize and favor their own generations
(arXiv 2404.13076, 2024); for captions arXiv 2604.11589 (2026).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

ADVICE = "compare its choices with people's, or set a judge or a panel of other makers"

LOCAL = "measured-"
"""The embedded models' names; they are programs that share no training."""

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "01.AI": r"yi-vl|yi-vision",
        "AI2": r"molmo|olmo",
        "AI21": r"jamba",
        "Alibaba": r"qwen|qwq|qvq|ovis",
        "Amazon": r"nova-(?:micro|lite|pro|premier)(?=$|-v\d|:)|titan-(?:text|image)",
        "Anthropic": r"claude",
        "Baidu": r"ernie",
        "ByteDance": r"doubao|seed-?(?:1\.\d-?)?(?:vl|vision)",
        "Cohere": r"command-(?:a|r)|aya|c4ai",
        "DeepSeek": r"deepseek|janus",
        "Google": r"gemini|gemma|paligemma|medgemma|codegemma|shieldgemma",
        "Hugging Face": r"idefics|smolvlm|smollm",
        "IBM": r"granite-?(?:[2-9]|vision)",
        "LLaVA": r"llava|bakllava",
        "Meta": r"llama(?![\W_]?(?:cpp|server|swap|stack|index|factory|file|edge))|codellama|tinyllama|vicuna",
        "Microsoft": r"phi-?[1-9]|florence-[12]",
        "MiniMax": r"minimax|abab",
        "Mistral AI": r"mistral|mixtral|ministral|magistral|pixtral|codestral|devstral|voxtral",
        "Moonshot AI": r"kimi|moonshot",
        "NVIDIA": r"nemotron|nvlm|nvila|vila",
        "OpenAI": r"gpt[-_]?(?:[2-9]|oss)|chatgpt|(?:^|(?<=[:.]))o[134](?=$|-(?:mini|pro|preview)|[-:@]\d)",
        "OpenBMB": r"minicpm",
        "Salesforce": r"blip|instructblip|xgen",
        "Shanghai AI Laboratory": r"internvl|internlm|intern-s1|mono-internvl",
        "StepFun": r"step-?1[vo]|step3",
        "Tencent": r"hunyuan",
        "xAI": r"grok",
        "Zhipu AI": r"chatglm|glm-?[1-9]|cogvlm|cogagent|autoglm",
        "moondream": r"moondream",
    }
)
"""Each maker's families, as their names begin. Names of providers and of programs that run models are none."""

_MAKERS = {
    maker: re.compile(rf"(?<![a-z0-9])(?:{pattern})(?:(?<![a-z])|(?![a-z]))", re.IGNORECASE)
    for maker, pattern in FAMILIES.items()
}


def makers_of(model: str) -> frozenset[str]:
    """The makers of a model: none if the name says nothing, several for a model that was trained from another maker's.

    Of a path such as "Qwen/Qwen2.5-VL-7B" or "/models/llava.gguf" the last part that names a family counts.
    """
    if model.strip().casefold().startswith(LOCAL):
        return frozenset()
    for part in reversed(re.split(r"[/\\]", model.replace("--", "/"))):
        if found := frozenset(maker for maker, pattern in _MAKERS.items() if pattern.search(part)):
            return found
    return frozenset()


def same_maker(captioners: Mapping[str, Iterable[str]], judges: Iterable[str]) -> list[str]:
    """A sentence for each maker of both a captioner and a judge; the values are the names that each of them goes by."""
    of_judges = {model: makers_of(model) for model in judges}
    found = []
    for maker in FAMILIES:
        writers = [
            f"{captioner} ({model})"
            for captioner, models in captioners.items()
            for model in [next((name for name in models if maker in makers_of(name)), None)]
            if model is not None
        ]
        judging = [model for model, makers in of_judges.items() if maker in makers]
        if writers and judging:
            found.append(_sentence(maker, writers, judging))
    return found


def _sentence(maker: str, writers: Sequence[str], judging: Sequence[str]) -> str:
    names = f"{' and '.join(writers)} and the judge ({', '.join(judging)})"
    return f"{names} are of one maker, {maker}: judges tend to prefer texts of their own family"
