"""Thinking, markers and end tokens are taken off a caption and a judge's answer in one place."""

import pytest

from judge_pipeline.domain.answer_codec.json_object import read_json_object
from judge_pipeline.domain.answer_text import answer_text, thinks_without_end
from judge_pipeline.domain.caption import read_caption

CAPTION = "A cat on a mat."
LONG = "The user wants a caption. I see shapes on a plain background, so I will say that within twenty words and nothing else."

DRESSED = (
    f"<think>\n{LONG}\n</think>\n\n@",
    "<think>\n\n</think>\n\n@",
    f"Okay, {LONG}\n</think>\n\n@",
    "<think>ok</think>@",
    "Simple picture.</think>@",
    "<think>a</think><think>b</think>@",
    "<thinking>x</thinking>\n<answer>@</answer>",
    "<thought>x</thought> @",
    "<reasoning>x</reasoning>@",
    "<seed:think>x</seed:think>@",
    "[THINK]x[/THINK]@",
    "\u25c1think\u25b7x\u25c1/think\u25b7@",
    "<|START_THINKING|>x<|END_THINKING|><|START_RESPONSE|>@<|END_RESPONSE|>",
    "<|begin_of_thought|>x<|end_of_thought|><|begin_of_solution|>@<|end_of_solution|>",
    "<unused94>thought\nx<unused95>@",
    "<|channel>thought\nx<channel|>@",
    "<|channel|>analysis<|message|>x<|end|><|start|>assistant<|channel|>final<|message|>@<|return|>",
    "analysisThe user wants x.assistantfinal@",
    "Here is my thought process: x\nHere is my response: @",
    "&lt;think&gt;x&lt;/think&gt;@",
    '<details type="reasoning"><summary>Thought for 2 seconds</summary>x</details>@',
    "<SUMMARY>x</SUMMARY><CAPTION>y</CAPTION><REASONING>z</REASONING><CONCLUSION>@</CONCLUSION>",
    "@<think></think>",
    "<|begin_of_box|>@<|end_of_box|>",
    "<think>x</think><answer><|begin_of_box|>@<|end_of_box|></answer>",
    "\\boxed{@}",
    "$\\boxed{\\text{@}}$",
    "<answer>@</answer>",
    "<answer>@",
    "@</answer>",
    "<response>@</response>",
    "@<|im_end|>",
    "@<|endoftext|><|endoftext|>",
    "@</s>",
    "<s> @ </s>",
    "@<|eot_id|>",
    "@<end_of_turn>",
    "@<eos>",
    "@<|end|>",
    "@<\uff5cend\u2581of\u2581sentence\uff5c>",
    "<|im_start|>assistant\n@<|im_end|>\n<|im_start|>user\nThanks!",
    "<|start_header_id|>assistant<|end_header_id|>\n\n@<|eot_id|>",
    "<start_of_turn>model\n@<end_of_turn>",
    "ASSISTANT: @</s>",
    "<|assistant|>@<|user|>",
)


@pytest.mark.parametrize("dressed", DRESSED)
def test_a_caption_comes_out_of_thinking_and_markers(dressed: str) -> None:
    assert read_caption(dressed.replace("@", CAPTION)) == CAPTION


@pytest.mark.parametrize("dressed", [each for each in DRESSED if "boxed" not in each])
def test_a_judges_answer_comes_out_of_the_same(dressed: str) -> None:
    assert read_json_object(dressed.replace("@", '{"a": "x"}')) == ({"a": "x"}, [])


@pytest.mark.parametrize(
    "text",
    [
        "<think>Let me look",
        "<think>\n\n</think>",
        "</think>",
        "<think></think><|im_end|>",
        "<|channel|>analysis<|message|>x",
        "[THINK]x",
    ],
)
def test_thinking_alone_is_an_empty_answer(text: str) -> None:
    assert answer_text(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "A poster with the word <think> on it.",
        "A page of HTML with <b>bold</b> text.",
        "<script>alert(1)</script>\r\nGreen.",
        '{"a": "use </think> and <|im_end|> here"}',
        "The [INST] key of an old keyboard.",
        "An arrow <- and a box |>",
        "A shirt with the text <answer to everything> in white.",
    ],
)
def test_what_only_looks_like_a_marker_stays(text: str) -> None:
    assert answer_text(text) == text


def test_only_thinking_from_the_start_has_no_end() -> None:
    assert thinks_without_end("<think>x")
    assert not thinks_without_end("<think>x</think>")
    assert not thinks_without_end("A sign <think>")
