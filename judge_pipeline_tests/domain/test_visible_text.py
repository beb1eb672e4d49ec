"""Text made visible."""

from hypothesis import given
from hypothesis import strategies as st

from judge_pipeline.domain.visible_text import visible, visible_line


def test_zero_width_bidi_tag_and_control_characters_are_written_out() -> None:
    assert visible("a\u200bb\u202ec\U000e0041d\x1b[31m\0") == r"a\u200bb\u202ec\U000e0041d\u001b[31m\u0000"


def test_newlines_tabs_emoji_and_every_script_stay_as_they_are() -> None:
    text = "one\n\ttwo ❤️ 多くの色 кот قطة"
    assert visible(text) == text


def test_line_ends_of_other_systems_become_newlines() -> None:
    assert visible("a\r\nb\rc\u2028d") == "a\nb\nc\\u2028d"


@given(st.text(st.characters()))
def test_what_is_visible_stays_so_and_can_be_encoded(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    assert visible(text).encode().decode() == visible(text)


@given(st.text())
def test_a_line_is_one_line_without_outer_space(text: str) -> None:
    line = visible_line(text)
    assert "\n" not in line
    assert line == line.strip()
