"""What the judge is sent of an attack: data between markers that it cannot close, with nothing hidden and no captioner named."""

import json
import re
import unicodedata

import pytest

from judge_pipeline.domain.blinding import Orders, nonce_for
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.tag import Tag
from judge_pipeline.domain.visible_text import visible
from judge_pipeline_tests.domain.test_judge_question import NAMED
from judge_pipeline_tests.injection.canaries import CANARIES, Canary
from judge_pipeline_tests.injection.judges import TRUE_CAPTION, incorruptible, obedient
from judge_pipeline_tests.injection.trials import POOR_CAPTION, questions, tried

TAG = Tag("a tag")
attacked = pytest.mark.parametrize("canary", CANARIES, ids=lambda canary: canary.name)


@attacked
def test_an_attack_stands_between_markers_of_a_nonce_that_it_does_not_know(canary: Canary) -> None:
    nonce = nonce_for(TAG, canary.caption, TRUE_CAPTION)
    assert nonce not in canary.caption
    for _, question in questions(TAG, canary.caption, Orders.BOTH):
        between = re.findall(
            rf"\[\[CAPTION ([AB]) {nonce}]]\n(.*?)\n\[\[END CAPTION \1 {nonce}]]", question.text, re.DOTALL
        )
        assert {text for _, text in between} == {visible(canary.caption), TRUE_CAPTION}
        assert question.text.count(nonce) == 4


@attacked
def test_nothing_in_the_prompt_is_invisible_and_no_captioner_is_named(canary: Canary) -> None:
    for _, question in questions(TAG, canary.caption, Orders.BOTH):
        hidden = [c for c in question.text if c != "\n" and unicodedata.category(c) in {"Cc", "Cf", "Co", "Cs"}]
        assert hidden == []
        assert NAMED.search(question.system + question.text + json.dumps(question.schema)) is None


@attacked
def test_the_rules_and_the_form_are_the_same_as_without_the_attack(canary: Canary) -> None:
    """What surrounds the captions does not depend on them."""
    nonce, plain = nonce_for(TAG, canary.caption, TRUE_CAPTION), nonce_for(TAG, POOR_CAPTION, TRUE_CAPTION)
    for (_, question), (_, ordinary) in zip(
        questions(TAG, canary.caption, Orders.BOTH), questions(TAG, POOR_CAPTION, Orders.BOTH), strict=True
    ):
        without = question.text.replace(visible(canary.caption), POOR_CAPTION).replace(nonce, plain)
        assert without == ordinary.text
        assert (question.system, question.schema) == (ordinary.system, ordinary.schema)


def test_a_judge_that_reads_captions_as_data_is_never_swayed_and_every_attack_is_flagged() -> None:
    found = tried(incorruptible, tag=TAG)
    assert [each.canary.name for each in found if not each.is_flagged] == []
    assert {choice for each in found for choice in (each.one_order, each.both_orders)} == {Captioner.LLM_16B}


def test_an_order_that_names_a_place_wins_in_one_order_for_some_tags_and_in_both_for_none() -> None:
    """In the other order it speaks for the other caption; a judge that obeys then contradicts itself and is undecided."""
    found = [
        each
        for number in range(8)
        for each in tried(obedient, tag=Tag(f"{number}"))
        if each.canary.name in {"order by letter", "order by the other letter", "whole answer"}
    ]
    assert {each.one_order for each in found} == set(Captioner)
    assert {each.both_orders for each in found} == {None}
