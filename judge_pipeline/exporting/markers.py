"""Markers: words that a trainer or a tokenizer does not take as text, so that no caption with one is exported."""

import re

from judge_pipeline.domain.caption import Caption

MARKERS = re.compile(r"<(?:image|video|audio)>|<\|[^|<>]{1,40}\|>|\[/?INST\]|</?s>", re.IGNORECASE)
"""Where LLaMA-Factory and LLaVA put a file, and the turns of the usual chat templates: `<|im_end|>`, `[INST]`, `</s>`."""


def has_marker(*captions: Caption) -> bool:
    """Whether one of the captions would be read as more than text: a turn that ends early, an image that is not there."""
    return any(MARKERS.search(caption.text) for caption in captions)
