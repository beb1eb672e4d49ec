"""The form of an answer: which key stands for which attribute, and which words stand for which option.

The schema and the decoder both walk the ontology by these fields, so that what one asks the other understands.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from judge_pipeline.domain.ontology import Attribute, Option
from judge_pipeline.domain.visible_text import visible_line

CHOICE_KEY = "choice"
"""In the object that answers a radio with nested attributes: the option itself."""

MOST_BOOLEANS = 24
"""Up to so many options a checklist is one boolean each, so that small models do not repeat themselves; then a list."""

_LONGEST_KEY = 40

Shown = Callable[[str], str]
"""How a title or a label of the ontology is shown to the model."""


@dataclass(frozen=True, slots=True)
class Field:
    """One property of an answer. `description` is the title where the key does not say it."""

    key: str
    attribute: Attribute
    is_required: bool
    description: str | None = None


def fields_for(
    attributes: Sequence[Attribute], *, shown: Shown = visible_line, taken: Collection[str] = (CHOICE_KEY,)
) -> tuple[Field, ...]:
    """A field for each attribute, none with a key in `taken`; required are those that Encord requires."""
    titles = [shown(attribute.title) for attribute in attributes]
    keys = property_keys(titles, taken=taken)
    return tuple(
        Field(key, attribute, attribute.required, description(key, title))
        for key, attribute, title in zip(keys, attributes, titles, strict=True)
    )


def option_labels(options: Sequence[Option], shown: Shown) -> tuple[str, ...]:
    """What the model is offered for these options: their labels, told apart where they are the same."""
    return distinct([shown(option.label) for option in options])


def property_keys(titles: Sequence[str], *, taken: Collection[str] = ()) -> tuple[str, ...]:
    """ASCII slugs of the titles, told apart by `_2`, `_3` ... where they meet; "field" where no letter is left."""
    return distinct([_slug(title) for title in titles], pattern="{}_{}", taken=taken)


def distinct(words: Sequence[str], *, pattern: str = "{} ({})", taken: Collection[str] = ()) -> tuple[str, ...]:
    """The words, each told apart from `taken` and from those before it: "Cat", "Cat" becomes "Cat", "Cat (2)"."""
    used = set(taken)
    counts: dict[str, int] = {}
    found = []
    for word in words:
        name, count = word, counts.get(word, 1)
        while name in used:
            count += 1
            name = pattern.format(word, count)
        used.add(name)
        counts[word] = count
        found.append(name)
    return tuple(found)


def description(key: str, title: str) -> str | None:
    """The title, unless the key already says it."""
    return None if key.replace("_", " ") == title.casefold() else title


def _slug(title: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", ascii_only).strip("_")[:_LONGEST_KEY].rstrip("_") or "field"
