"""The form of an answer: the key of each attribute and the label of each option.

The schema and the decoder use the same fields, so that the decoder understands what the schema asks for.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from judge_pipeline.domain.ontology import Attribute, Option
from judge_pipeline.domain.visible_text import visible_line

CHOICE_KEY = "choice"
"""The key of the option, in the object that answers a radio with nested attributes."""

MOST_BOOLEANS = 24
"""Up to this many options, a checklist has one boolean each, so that small models do not repeat themselves; above, a list."""

_LONGEST_KEY = 40

Shown = Callable[[str], str]
"""Turns a title or label of the ontology into what the model sees."""


@dataclass(frozen=True, slots=True)
class Field:
    """One property of an answer. `description` is the title, if the key does not say it already."""

    key: str
    attribute: Attribute
    is_required: bool
    description: str | None = None


def fields_for(
    attributes: Sequence[Attribute], *, shown: Shown = visible_line, taken: Collection[str] = (CHOICE_KEY,)
) -> tuple[Field, ...]:
    """A field for each attribute, required if Encord requires it, with keys that are not in `taken`."""
    titles = [shown(attribute.title) for attribute in attributes]
    keys = property_keys(titles, taken=taken)
    return tuple(
        Field(key, attribute, attribute.required, description(key, title))
        for key, attribute, title in zip(keys, attributes, titles, strict=True)
    )


def option_labels(options: Sequence[Option], shown: Shown) -> tuple[str, ...]:
    """The labels of these options as the model sees them, numbered where they are equal."""
    return distinct([shown(option.label) for option in options])


def property_keys(titles: Sequence[str], *, taken: Collection[str] = ()) -> tuple[str, ...]:
    """ASCII slugs of the titles, numbered `_2`, `_3` ... where they collide; "field" if no letter remains."""
    return distinct([_slug(title) for title in titles], pattern="{}_{}", taken=taken)


def distinct(words: Sequence[str], *, pattern: str = "{} ({})", taken: Collection[str] = ()) -> tuple[str, ...]:
    """The words, each numbered if it is in `taken` or came before: "Cat", "Cat" becomes "Cat", "Cat (2)"."""
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
