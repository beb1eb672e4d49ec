"""A captioner and a judge of one maker are recognised by their names, and a server's or a program's name is none."""

import pytest

from judge_pipeline.domain.model_makers import makers_of, same_maker

NAMES = {
    "OpenAI": "gpt-4o openai/gpt-4o gpt-4.1-mini-2025-04-14 gpt4o-prod gpt-35-turbo chatgpt-4o-latest o3 o4-mini "
    "openai/o1-2024-12-17 ft:gpt-4o-2024-08-06:acme::abc gpt-oss-20b azure/gpt-4o my_gpt-4o",
    "Alibaba": "Qwen/Qwen2.5-VL-7B qwen2.5vl:7b accounts/fireworks/models/qwen2p5-vl-32b-instruct acme/qwen2-vl-captioner-lora "
    "models--Qwen--Qwen2-VL-7B/snapshots/abcdef hf.co/bartowski/Qwen2-VL-7B-Instruct-GGUF:Q4_K_M Qwen/QVQ-72B qwen-vl-max",
    "Anthropic": "claude-3-5-sonnet-20241022 us.anthropic.claude-3-5-sonnet-20240620-v1:0 anthropic/claude-opus-4",
    "Google": "gemini-2.5-pro models/gemini-1.5-flash google/gemma-3-27b-it gemma3:4b paligemma-3b",
    "Meta": "llama3.2-vision:11b meta-llama/Llama-3.2-11B-Vision-Instruct Llama-4-Scout-17B groq/llama-3.2-90b-vision "
    "/models/Llama-3.2-11B-Vision.gguf",
    "Shanghai AI Laboratory": "OpenGVLab/InternVL2_5-8B internvl3:8b",
    "Mistral AI": "pixtral-12b mistralai/Pixtral-12B-2409 mistral-small-3.1",
    "Zhipu AI": "glm-4v zai-org/GLM-4.5V",
    "Microsoft": "microsoft/Phi-3.5-vision-instruct phi4",
    "OpenBMB": "openbmb/MiniCPM-V-2_6 /opt/llama.cpp/models/MiniCPM-V-2_6.gguf",
}

UNKNOWN = (
    "llama.cpp llama-cpp-python llama_cpp llamacpp llama-server llama-swap llamafile LLaMA-Factory ollama ollama/default "
    "llama.cpp/model.gguf /opt/llama.cpp/models/model.gguf measured-brief measured-judge measured-llama-3 model default local-model "
    "captioner-8b gpt openai/my-model openai-compatible openrouter/auto o2-model pro-o1 o365 nova nova-pro-judge step-by-step "
    "step-3-final seed-1 command-line granite phi philosophy-1 kimono villa grokking claudette judge-2026"
)


@pytest.mark.parametrize(("maker", "name"), [(maker, name) for maker, names in NAMES.items() for name in names.split()])
def test_a_model_is_recognised_by_the_name_that_a_provider_or_a_fine_tuner_gives_it(maker: str, name: str) -> None:
    assert makers_of(name) == {maker}


@pytest.mark.parametrize("name", ["", " ", *UNKNOWN.split()])
def test_other_names_say_nothing(name: str) -> None:
    assert makers_of(name) == frozenset()


def test_a_model_trained_from_another_makers_has_both() -> None:
    assert makers_of("deepseek-ai/DeepSeek-R1-Distill-Qwen-7B") == {"DeepSeek", "Alibaba"}
    assert makers_of("llava-hf/llava-v1.6-mistral-7b-hf") == {"LLaVA", "Mistral AI"}


def test_the_warning_names_the_maker_and_both_models() -> None:
    captioners = {"LLM1": ["alias", "gpt-4o-mini-2024-07-18"], "LLM2": ["qwen2.5vl:7b"]}
    (sentence,) = same_maker(captioners, ["openai/gpt-4.1"])
    assert sentence == (
        "LLM1 (gpt-4o-mini-2024-07-18) and the judge (openai/gpt-4.1) are of one maker, OpenAI: judges tend to prefer texts "
        "of their own family"
    )
    assert [sentence.partition(" and ")[0] for sentence in same_maker(captioners, ["o3", "qwen-vl-max"])] == [
        "LLM2 (qwen2.5vl:7b)",
        "LLM1 (gpt-4o-mini-2024-07-18)",
    ]
    assert same_maker(captioners, ["claude-opus-4", "alias"]) == []
    assert same_maker({"LLM1": ["alias"]}, ["alias"]) == [], "an unknown name says nothing"
