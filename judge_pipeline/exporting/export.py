"""An export: the files of one format in one folder, together with the images that they name."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from judge_pipeline.domain.image import Image
from judge_pipeline.domain.outcome import Outcome
from judge_pipeline.exporting.best_caption import BestCaption, BestCaptions, best_captions
from judge_pipeline.exporting.card import card
from judge_pipeline.exporting.decision import LeftOut, Provenance
from judge_pipeline.exporting.preference import Preference, Preferences, Wanted, preferences
from judge_pipeline.exporting.records import (
    ItemUrl,
    generic_best,
    generic_pair,
    image_file,
    llamafactory_pair,
    trl_best,
    trl_pair,
)
from judge_pipeline.exporting.split import Split
from judge_pipeline.exporting.tables import (
    GENERIC_BEST,
    GENERIC_PAIR,
    TRL_BEST,
    TRL_PAIR,
    Rows,
    Table,
)

MANIFEST = "export.json"
"""Describes the export; a folder that has this file may be replaced by the next export."""


class Format(StrEnum):
    """The format of an export."""

    GENERIC = "generic"
    TRL = "trl"
    SFT = "sft"
    LLAMAFACTORY = "llamafactory"

    @property
    def needs_images(self) -> bool:
        """Whether its rows need the image files."""
        return self is not Format.GENERIC


Example = Preference | BestCaption


@dataclass(frozen=True)
class Export:
    """The content of an export: pairs, best captions, or both."""

    format: Format
    pairs: Preferences
    best: BestCaptions

    @classmethod
    def of(cls, outcomes: Sequence[Outcome], format_: Format, wanted: Wanted) -> "Export":
        """Everything that meets `wanted`."""
        return cls(format_, preferences(outcomes, wanted), best_captions(outcomes, wanted))

    @property
    def examples(self) -> tuple[Example, ...]:
        """The content of the rows: best captions for SFT, pairs for all other formats."""
        return self.best.captions if self.format is Format.SFT else self.pairs.pairs

    @property
    def left_out(self) -> Mapping[LeftOut, int]:
        """The number of images left out, by reason."""
        return self.best.left_out if self.format is Format.SFT else self.pairs.left_out

    @property
    def images(self) -> dict[str, Image]:
        """The images of all rows, by the file names in the rows."""
        generic = self.best.captions if self.format is Format.GENERIC else ()
        return {image_file(each.image): each.image for each in (*self.examples, *generic)}

    @property
    def provenances(self) -> dict[Provenance, int]:
        """The number of rows by provenance."""
        return {way: sum(each.provenance is way for each in self.examples) for way in Provenance}

    @property
    def splits(self) -> dict[Split, int]:
        """The number of rows by split."""
        return {split: sum(each.split is split for each in self.examples) for split in Split}

    def without(self, files: Iterable[str]) -> "Export":
        """The export without the rows of these image files, which are not available."""
        gone = set(files)
        return Export(
            self.format,
            Preferences(
                tuple(pair for pair in self.pairs.pairs if image_file(pair.image) not in gone), self.pairs.left_out
            ),
            BestCaptions(
                tuple(best for best in self.best.captions if image_file(best.image) not in gone), self.best.left_out
            ),
        )

    def write(self, folder: Path, item_url: ItemUrl) -> list[str]:
        """Writes the files and returns their names. The folder must already hold the images, if the format needs them."""
        names = self._write_generic(folder, item_url) if self.format is Format.GENERIC else self._write_splits(folder)
        manifest = {
            "format": self.format.value,
            "rows": len(self.examples),
            "provenance": {way.value: count for way, count in self.provenances.items()},
            "splits": {split.value: count for split, count in self.splits.items()},
            "left_out": {reason.value: count for reason, count in self.left_out.items()},
            "files": names,
        }
        (folder / "README.md").write_text(card(manifest), encoding="utf-8")
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
        return names

    def _write_generic(self, folder: Path, item_url: ItemUrl) -> list[str]:
        tables = (pair_table(self.pairs, item_url), best_table(self.best, item_url))
        return [name for table in tables for name in table.write(folder)]

    def _write_splits(self, folder: Path) -> list[str]:
        tables = [self._table_of(split) for split, count in self.splits.items() if count]
        names = [name for table in tables for name in table.write(folder)]
        if self.format is Format.LLAMAFACTORY:
            (folder / "dataset_info.json").write_text(json.dumps(_dataset_info(names), indent=2) + "\n")
            names.append("dataset_info.json")
        return names

    def _table_of(self, split: Split) -> Table:
        pairs = [pair for pair in self.pairs.pairs if pair.split is split]
        if self.format is Format.SFT:
            best = [each for each in self.best.captions if each.split is split]
            return Table(split.value, Rows(best, trl_best), TRL_BEST)
        if self.format is Format.TRL:
            return Table(split.value, Rows(pairs, trl_pair), TRL_PAIR)
        return Table(split.value, Rows(pairs, llamafactory_pair))


def pair_table(pairs: Preferences, item_url: ItemUrl) -> Table:
    """All pairs, with everything known about them."""
    return Table("preference_pairs", Rows(pairs.pairs, lambda pair: generic_pair(pair, item_url)), GENERIC_PAIR)


def best_table(best: BestCaptions, item_url: ItemUrl) -> Table:
    """All best captions, with everything known about them."""
    return Table("best_captions", Rows(best.captions, lambda each: generic_best(each, item_url)), GENERIC_BEST)


def _dataset_info(names: Iterable[str]) -> Mapping[str, object]:
    """The content of `dataset_info.json`, for LLaMA-Factory with this folder as its `dataset_dir`."""
    columns = {key: key for key in ("chosen", "rejected", "images", "system")} | {"messages": "conversations"}
    return {
        f"captions_{Path(name).stem}": {
            "file_name": name,
            "formatting": "sharegpt",
            "ranking": True,
            "columns": columns,
        }
        for name in names
    }
