"""The caption in an answer, by one rule for both captioners; and whether it says anything.

Taken off, as often as they stand around the whole caption: white space, invisible characters, an announcement ("Caption:", "Here is a
caption:", "Légende :"), quotes of any language, Markdown (emphasis, heading, quotation, list item, code), and a JSON object of one
text. Kept: the wording, the language, the last full stop, emoji, and everything inside, also Markdown and quotes.
"""

# ruff: noqa: RUF001  the words of other languages contain letters that look like Latin ones

import json
import re
import unicodedata
from functools import lru_cache

from judge_pipeline.domain.visible_text import is_invisible

_LABELS = (
    r"captions?|(?:image |photo )?descriptions?|answer|response|output|alt[- ]?text|summary|"
    r"t[ií]tulo|leyenda|descripci[oó]n|pie de (?:foto|imagen)|respuesta|subt[ií]tulo|l[ée]gende|r[ée]ponse|"
    r"bildunterschrift|bild?beschreibung|beschreibung|antwort|legenda|descri[cç][aã]o|resposta|didascalia|descrizione|risposta|"
    r"подпись(?: к \w+)?|описание(?: \w+)?|ответ|підпис|опис|відповідь|التسمية التوضيحية|التعليق|تعليق|الوصف|وصف الصورة|الإجابة|"
    r"शीर्षक|कैप्शन|विवरण|उत्तर|ক্যাপশন|শিরোনাম|বিবরণ|উত্তর|کیپشن|عنوان|تفصیل|جواب|توضیح|"
    r"keterangan(?: gambar)?|deskripsi|takarir|jawaban|judul|altyazı|açıklama|chú thích|mô tả|podpis|odpowiedź|bijschrift|"
    r"beschrijving|antwoord|(?:图片|圖片|图像)?(?:标题|標題|描述|说明|說明|字幕|配文)|答案|回答|"
    r"(?:画像の)?(?:キャプション|説明文?)|캡션|설명|답변|"
    r"คำบรรยาย(?:ภาพ)?|คำอธิบาย"
)
_MARKS = r"[*_#`\s]{0,6}"
_ANNOUNCEMENT = re.compile(
    rf"\A{_MARKS}(?:(?:sure|certainly|of course|absolutely|okay|ok|great|yes)\b\s*[!,.:]?\s*)?{_MARKS}(?:"
    rf"(?:here(?:['\u2019]s|\s+is|\s+are)|this is|below is)\s[^:\n.]{{0,70}}"
    rf"\b(?:caption|description|summary|sentence)\b[^:\n.]{{0,70}}:"
    rf"|here you (?:go|are)\s*[:!.]"
    rf"|(?:(?:the|my|final|short|brief|concise|image|photo|suggested|possible)\s+){{0,3}}(?:{_LABELS})"
    rf"(?:\s[^:\n]{{0,15}}?(?:image|imagen|imagem|photo|foto\w*|bild\w*|immagine|picture))?(?:\s+(?:is|would be|could be))?"
    rf"\s*(?:\([^()\n]{{0,40}}\))?{_MARKS}[:\uff1a]"
    rf"|(?<=[#*\s])(?:{_LABELS})\s*\**[ \t]*\n"
    rf")(?!//){_MARKS}(?=\S)",
    re.IGNORECASE,
)
_CHEER = re.compile(r"\A(?:sure|certainly|of course|absolutely)(?: thing)?!\s+(?=\S)", re.IGNORECASE)

_PAIRS = re.compile("\"\"|“”|„“|„”|””|«»|»«|‹›|''|‘’|‚‘|「」|『』|《》|＂＂")
_CAPTION_KEYS = re.compile(
    r"(?:image_?)?(?:caption|description)|text|answer|alt(?:_text)?|output|response|result|summary", re.IGNORECASE
)
_MARKDOWN = (
    re.compile(r"\A```[\w-]*[ \t]*\n?(?P<inside>(?:(?!```).)+?)\n?```\Z", re.DOTALL),
    re.compile(r"\A(?P<mark>`|\*{1,3}|_{1,3}|~~)(?=\S)(?P<inside>(?:(?!(?P=mark)).)+)(?P=mark)\Z", re.DOTALL),
    re.compile(r"\A(?:#{1,6}|>|[-*\u2022])[ \t]+(?P<inside>[^\n]+)\Z"),
)

_PLACEHOLDER_WORDS = (
    r"insert|your|caption|captions|description|placeholder|here|goes|answer|response|output|write|add|enter|generated|"
    r"insertar?|insira|aquí|aqui|leyenda|descripción|descrição|legenda|insérer|insérez|ici|légende|hier|einfügen|bildunterschrift|"
    r"вставьте|здесь|подпись|описание"
)
_FILLING_WORDS = r"an?|the|of|for|to|this|image|images|img|picture|photo|text|sentence|one|no|not|yet|words?|la|el|una?|de|le|eine|\d+"
_PLACEHOLDER = re.compile(
    rf"(?:(?:{_FILLING_WORDS})[\s_-]+)*(?:{_PLACEHOLDER_WORDS})(?:[\s_-]+(?:{_PLACEHOLDER_WORDS}|{_FILLING_WORDS}))*",
    re.IGNORECASE,
)
_NOTHING = re.compile(
    r"(?:n\.?\s?/?\s?a\.?|none|null|nil|nan|undefined|empty|blank|unknown|tbd|tba|todo|string|images?|img|ok|okay|\[?object object\]?|"
    r"not (?:available|applicable|provided)|(?:no|without) (?:caption|description|answer|response|output|text|content|image)s?"
    r"(?: (?:available|provided|given|generated))?|failed to get resp(?:onse)?|error|lorem ipsum.*|"
    r"(?:在此|此处|这里)?(?:插入|输入|填写)(?:标题|描述|说明|图片说明)|无|暂无|没有|"
    r"なし|該当なし|없음|нет|ninguno|ninguna|aucune?|keine?|nenhuma?|لا يوجد|कोई नहीं|untitled|leer|vac[ií]o|vide|vuoto|vazio|пусто|空|"
    r"(?:keine?|sin|aucune?|sans|sem|nessuna?|senza|без|нет|geen|brak|無|无|没有)\s?(?:beschreibung|bildunterschrift|leyenda|descripción|"
    r"título|légende|description|legenda|descrição|descrizione|didascalia|подписи|описания|beschrijving|bijschrift|opisu|描述|标题|说明|説明)"
    r"|here(?: is| are|['\u2019]s) (?:the |a |an |your )?(?:\w+ )?(?:caption|description).{0,30}|\\boxed)",
    re.IGNORECASE,
)
_SLOT = re.compile(
    r"(?:<\|?|\[|\{{1,2}|\()\s*/?(?:image|images|img|picture|photo|video|vision|object|subject|caption|text|pad|im_patch)"
    r"(?:[\s_-]?(?:token|pad|placeholder|start|end|\d+))*\s*/?(?:\|?>|\]|\}{1,2}|\))",
    re.IGNORECASE,
)
_MARKDOWN_PICTURE = re.compile(r"!\[(?P<alt>[^]]*)]\([^)]*\)")
_BRACKETS = "<>[]{}()|*_`'\"\u201c\u201d.!?:\u3002\u3010\u3011 \t\n"


@lru_cache(maxsize=256)
def caption_text(answer: str) -> str:
    """The caption in an answer without thinking and markers. Cached as `answer_text` is."""
    text = answer
    while True:
        shorter = _unquoted(_without_markdown(_announced(_from_json(_trimmed(text)))))
        if shorter == text:
            return text
        text = shorter


def says_nothing(caption: str) -> bool:
    """Whether a caption is a placeholder, or shows neither letter, digit nor picture sign."""
    text = _SLOT.sub(" ", _MARKDOWN_PICTURE.sub(r"\g<alt>", caption))
    if not any(_is_telling(character) for character in text):
        return True
    inside = text.strip(_BRACKETS)
    return _NOTHING.fullmatch(inside) is not None or (len(inside) < 80 and _PLACEHOLDER.fullmatch(inside) is not None)


def _is_telling(character: str) -> bool:
    category = unicodedata.category(character)
    return (category[0] in "LN" or category == "So") and not is_invisible(character)


def _trimmed(text: str) -> str:
    start, end = 0, len(text)
    while start < end and (text[start].isspace() or is_invisible(text[start])):
        start += 1
    while end > start and (text[end - 1].isspace() or is_invisible(text[end - 1])):
        end -= 1
    return text[start:end]


def _from_json(text: str) -> str:
    if not (text.startswith("{") and text.endswith("}")):
        return text
    try:
        value = json.loads(text, strict=False)
    except ValueError:
        return text
    if not isinstance(value, dict) or len(value) != 1:
        return text
    ((key, inside),) = value.items()
    return inside if isinstance(inside, str) and _CAPTION_KEYS.fullmatch(key) else text


def _announced(text: str) -> str:
    return _CHEER.sub("", _ANNOUNCEMENT.sub("", text, count=1), count=1)


def _without_markdown(text: str) -> str:
    for pattern in _MARKDOWN:
        if match := pattern.match(text):
            return match["inside"].strip()
    return text


def _unquoted(text: str) -> str:
    if len(text) < 2 or not _PAIRS.fullmatch(text[0] + text[-1]):
        return text
    inside = text[1:-1]
    plain = re.sub(r"(?<=\w)['\u2019](?=\w)", "", inside)
    return text if text[0] in plain or text[-1] in plain else inside.strip()
