"""A part of a label row: the labels of some of the ontology's objects and classifications. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Features:
    """Feature hashes of objects and of classifications; None means all."""

    objects: Collection[str] | None = None
    classifications: Collection[str] | None = None

    def of(self, row: dict[str, Any]) -> dict[str, Any]:
        """A label row in the SDK's form with nothing but these labels; answers of objects that are not there do no harm."""
        answers = row["classification_answers"]
        return row | {
            "data_units": {key: unit | {"labels": self._in(unit["labels"])} for key, unit in row["data_units"].items()},
            "classification_answers": {
                key: answer for key, answer in answers.items() if _is_among(answer, self.classifications)
            },
        }

    def _in(self, frame_labels: dict[str, Any]) -> dict[str, Any]:
        return {
            kind: [label for label in labels if _is_among(label, getattr(self, kind))]
            if kind in ("objects", "classifications") and isinstance(labels, list)
            else labels
            for kind, labels in frame_labels.items()
        }


EVERY_FEATURE = Features()


def _is_among(label: Any, features: Collection[str] | None) -> bool:
    return features is None or (isinstance(label, dict) and label.get("featureHash") in features)
