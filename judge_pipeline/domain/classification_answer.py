"""Answers to classifications, as written to a label row and as kept in a ruling."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChosenOption:
    """A chosen option, by its hash and label in the ontology."""

    feature_hash: str
    label: str


@dataclass(frozen=True, slots=True)
class AttributeAnswer:
    """The answer to one attribute.

    `value` is a ChosenOption for a radio, a tuple of at least one for a checklist, a str for text, a float for numeric.
    """

    feature_hash: str
    title: str
    value: ChosenOption | tuple[ChosenOption, ...] | str | float

    @property
    def text(self) -> str:
        """The answer for readers."""
        match self.value:
            case ChosenOption(label=label):
                return label
            case tuple() as options:
                return ", ".join(option.label for option in options)
            case plain:
                return str(plain)


@dataclass(frozen=True, slots=True)
class ClassificationAnswer:
    """The answers to one classification: root first, parents before children, empty ones left out.

    `label_hash` is the hash of its label on a row, as found or as it is to be; empty if that does not matter.
    """

    feature_hash: str
    title: str
    answers: tuple[AttributeAnswer, ...]
    label_hash: str = ""
