"""The two captioners, by their names in Encord's metadata and ontology."""

from enum import StrEnum


class DataType(StrEnum):
    """The values of `Data Type` in an item's client metadata."""

    IMAGE = "Image"
    TEXT_8B = "Text_8B"
    TEXT_16B = "Text_16B"


class Captioner(StrEnum):
    """One of the two models that describe an image; the value is its name in the ontology."""

    LLM_8B = "LLM 8B"
    LLM_16B = "LLM 16B"

    @property
    def data_type(self) -> DataType:
        """The `Data Type` of this captioner's text items."""
        return {Captioner.LLM_8B: DataType.TEXT_8B, Captioner.LLM_16B: DataType.TEXT_16B}[self]

    @property
    def asset_name(self) -> str:
        """The Dagster asset that holds this captioner's captions."""
        return {Captioner.LLM_8B: "captions_8b", Captioner.LLM_16B: "captions_16b"}[self]

    @property
    def other(self) -> "Captioner":
        """The other captioner."""
        return Captioner.LLM_16B if self is Captioner.LLM_8B else Captioner.LLM_8B
