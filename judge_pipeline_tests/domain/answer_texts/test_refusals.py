"""Refusals and "there is no image" in any language, and captions that come close to them in their words."""

# ruff: noqa: E501, RUF001  tables of texts

import itertools
import re
from pathlib import Path

import pytest

from judge_pipeline.domain.refusals.detection import caveat_in, declines
from judge_pipeline_tests.injection.canaries import CANARIES, ORDINARY
from judge_pipeline_tests.model_stub import COLOURS, LARGE, SMALL, caption

HERE = Path(__file__).parent
REFUSALS = (HERE / "refusals.txt").read_text(encoding="utf-8").splitlines()
CLOSE = (HERE / "true_captions.txt").read_text(encoding="utf-8").splitlines()
DESCRIPTIONS = HERE.parents[2] / "docs" / "measured-descriptions.md"

SENTENCES = (
    ("A man|A child|Nobody|No one|A model", "cannot see|is unable to reach|does not help|is not near", "the stage.|an image.|a picture on the wall.|a sign that says sorry."),
    ("Un hombre|Nadie|Una niña", "no puede ver|no ayuda en|no está en", "la imagen.|el parque.|una foto de la playa."),
    ("Un homme|Personne|Une femme", "ne peut pas voir|n'aide pas dans|n'est pas sur", "l'image.|le parc.|une photo de la plage."),
    ("Ein Mann|Niemand|Kein Kind", "sieht nicht|hilft nicht bei|steht nicht vor", "dem Bild.|einem Foto.|der Beschreibung an der Wand."),
    ("Um homem|Ninguém|Uma menina", "não pode ver|não ajuda com|não está em", "a imagem.|uma foto.|a legenda do filme."),
    ("Мужчина|Никто|Девочка", "не может видеть|не помогает описать|не смотрит на", "изображение.|фото на стене.|подпись под картиной."),
    ("رجل|لا أحد|امرأة", "لا يستطيع رؤية|لا يساعد في|لا ينظر إلى", "الصورة.|صورة على الجدار.|وصف المكان."),
    ("一名男子|没有人|小女孩", "无法看到|不能打开|没有在看", "图片上的文字。|墙上的照片。|舞台。"),
    ("男性が|誰も|少女が", "絵を見ていない|写真に写っていない|画像の中で動かない", "。|様子。|海岸。"),
    ("एक आदमी|कोई भी|एक लड़की", "तस्वीर नहीं देख रहा|चित्र में नहीं दिखता|मदद नहीं कर रहा", "।|है।|, दीवार के पास।"),
    ("একজন লোক|কেউ|একটি মেয়ে", "ছবি দেখছে না|ছবিতে নেই|সাহায্য করছে না", "।|, দেয়ালের পাশে।|, সৈকতে।"),
    ("Seorang pria|Tidak ada orang|Seorang anak", "tidak dapat melihat|tidak membantu di|tidak ada di", "gambar.|foto di dinding.|pantai."),
    ("ایک آدمی|کوئی بھی|ایک لڑکی", "تصویر نہیں دیکھ سکتا|مدد نہیں کرتا|تصویر میں نہیں ہے", "۔|، دیوار کے پاس۔|، ساحل پر۔"),
)  # fmt: skip


def sentences() -> list[str]:
    """Denials in the third person: every subject with every denial and place."""
    return [" ".join(words) for parts in SENTENCES for words in itertools.product(*(part.split("|") for part in parts))]


def true_captions() -> list[str]:
    """Captions of this repository: ordinary ones, attacks, measured descriptions, the stub's, those that come close, sentences."""
    measured = re.findall(r"\|([^|\n]{20,})", DESCRIPTIONS.read_text(encoding="utf-8"))
    stub = [caption(model, colour) for model in (SMALL, LARGE) for colour in COLOURS]
    return [*ORDINARY, *(canary.caption for canary in CANARIES), *measured, *stub, *CLOSE, *sentences()]


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal_is_noticed(text: str) -> None:
    assert declines(text)


@pytest.mark.parametrize(
    "dressed", ["**{}**", " {}\n", "😔 {}", "{} Please let me know if I can help with anything else!"]
)
def test_a_refusal_is_noticed_in_any_dress(dressed: str) -> None:
    assert [text for text in REFUSALS if len(text) > 25 and not declines(dressed.format(text))] == []


def test_no_true_caption_is_taken_for_a_refusal() -> None:
    captions = true_captions()
    assert len(captions) > 800
    assert [text for text in captions if declines(text)] == []


def test_a_refusal_that_is_quoted_is_a_caption() -> None:
    quoting = [f'A sign that says "{text}"' for text in REFUSALS] + [
        f'"{text}" is painted on a wall' for text in REFUSALS
    ]
    assert [text for text in quoting if declines(text)] == []


def test_a_long_answer_with_a_caveat_is_an_answer() -> None:
    assert not declines("I cannot identify the people. " + "A crowd stands in front of a stage. " * 20)


def test_a_caveat_in_the_middle_of_a_caption_is_found() -> None:
    assert caveat_in("A cat. I cannot identify its breed.") == "I cannot identify its breed"
    assert [text for text in true_captions() if caveat_in(text) and "I cannot identify" not in text] == []
