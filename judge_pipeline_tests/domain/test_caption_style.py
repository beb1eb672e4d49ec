"""The style of captions, counted as LMArena does."""

import pytest

from judge_pipeline.domain.caption_style import CaptionStyle, style_of


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("A cat on a mat, 2.5 metres away - asleep.", CaptionStyle(0, 0, 0)),
        ("# Scene\n\n## What is seen\n- a **cat**\n* a mat\n1. asleep\n  2) grey", CaptionStyle(2, 4, 1)),
        ("**A cat** and __a mat__; 2 ** 3 ** 4 and #1", CaptionStyle(0, 0, 2)),
        ("• one\n• two", CaptionStyle(0, 2, 0)),
        ("", CaptionStyle(0, 0, 0)),
    ],
)
def test_headers_list_items_and_bold_phrases(text: str, style: CaptionStyle) -> None:
    assert style_of(text) == style
