"""Rows as JSON lines and Parquet, with fixed columns however many rows there are."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Generic, TypeVar

from judge_pipeline.exporting.records import Record

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T")

ROWS_AT_ONCE = 5_000
"""Rows per row group, the amount held in memory and fetched at a time."""

ROWS_WITH_IMAGES = 100
"""Of 200 kB each 20 MB."""

TEXT, NUMBER, COUNT, TRUTH, MESSAGES, IMAGES = "text", "number", "count", "truth", "messages", "images"

ABOUT = {
    **dict.fromkeys(("tag", "image_title", "image_item_uuid", "image_sha256"), TEXT),
    **dict.fromkeys(("image_width", "image_height"), COUNT),
    **dict.fromkeys(("image_url", "system", "prompt", "split"), TEXT),
}

GENERIC_PAIR = {
    **ABOUT,
    **dict.fromkeys(("chosen", "rejected", "chosen_captioner", "rejected_captioner"), TEXT),
    **dict.fromkeys(("chosen_model", "rejected_model", "provenance"), TEXT),
    **dict.fromkeys(("score_gap", "unanimity"), NUMBER),
    **dict.fromkeys(("judge_choice", "judge_model", "prompt_version", "ontology_version", "review"), TEXT),
    "blind": TRUTH,
    "drawn": TEXT,
    "inclusion_probability": NUMBER,
    "decided_at": TEXT,
}
"""The columns of a format and their kinds."""

GENERIC_BEST = {**ABOUT, **dict.fromkeys(("caption", "captioner", "model", "provenance"), TEXT)}
TRL_PAIR = {"images": IMAGES, **dict.fromkeys(("prompt", "chosen", "rejected"), MESSAGES)}
TRL_BEST = {"images": IMAGES, **dict.fromkeys(("prompt", "completion"), MESSAGES)}


_LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}


@dataclass(frozen=True)
class Rows(Generic[T]):
    """The records of these examples. Each is made when its turn comes: all at once would take more memory than the examples."""

    examples: Sequence[T]
    record: Callable[[T], Record]

    def __len__(self) -> int:
        return len(self.examples)

    def __iter__(self) -> Iterator[Record]:
        return map(self.record, self.examples)


@dataclass(frozen=True)
class Table:
    """Named rows. `columns` maps each column to its kind; None means JSON lines only."""

    name: str
    rows: Rows[Any]
    columns: Mapping[str, str] | None = None

    def write(self, folder: Path) -> list[str]:
        """Writes JSON lines and Parquet into the folder that holds the images; returns the file names."""
        lines = folder / f"{self.name}.jsonl"
        with lines.open("w", encoding="utf-8") as file:
            file.writelines(map(_line, self.rows))
        if self.columns is None:
            return [lines.name]
        table = folder / f"{self.name}.parquet"
        with table.open("wb") as opened:
            _write_parquet(opened, self.rows, self.columns, folder=folder)
        return [lines.name, table.name]


def _line(row: Record) -> str:
    """Escapes characters that some readers take for line ends, and lone surrogates, which files cannot hold."""
    text = json.dumps(row, ensure_ascii=False).encode(errors="backslashreplace").decode()
    return text.translate(_LINE_ENDS) + "\n"


def _write_parquet(file: IO[bytes], rows: Iterable[Record], columns: Mapping[str, str], *, folder: Path) -> None:
    """Embeds the image bytes, one row group at a time.

    The metadata declares the image column, so that `datasets` loads images without configuration.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, _type(kind)) for name, kind in columns.items()], metadata=_datasets_metadata(columns))
    with pq.ParquetWriter(file, schema) as writer:
        for group in _groups(rows, ROWS_WITH_IMAGES if IMAGES in columns.values() else ROWS_AT_ONCE):
            values = [
                {name: _parquet_value(kind, row[name], folder) for name, kind in columns.items()} for row in group
            ]
            writer.write_table(pa.Table.from_pylist(values, schema=schema))


def _groups(rows: Iterable[Record], at_once: int) -> Iterator[list[Record]]:
    left = iter(rows)
    while group := list(islice(left, at_once)):
        yield group


def _parquet_value(kind: str, value: Any, folder: Path) -> Any:
    if kind == IMAGES:
        return [{"bytes": (folder / name).read_bytes(), "path": Path(name).name} for name in value]
    if kind == TEXT and value is not None:
        return value.encode(errors="backslashreplace").decode()
    return value


def _type(kind: str) -> "pa.DataType":
    import pyarrow as pa

    if kind == MESSAGES:
        return pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
    if kind == IMAGES:
        return pa.list_(pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    return {TEXT: pa.string(), NUMBER: pa.float64(), COUNT: pa.int64(), TRUTH: pa.bool_()}[kind]


def _datasets_metadata(columns: Mapping[str, str]) -> dict[str, str]:
    text = {"dtype": "string", "_type": "Value"}
    features: dict[str, Any] = {
        TEXT: text,
        NUMBER: {"dtype": "float64", "_type": "Value"},
        COUNT: {"dtype": "int64", "_type": "Value"},
        TRUTH: {"dtype": "bool", "_type": "Value"},
        MESSAGES: [{"role": text, "content": text}],
        IMAGES: {"feature": {"_type": "Image"}, "_type": "Sequence"},
    }
    return {"huggingface": json.dumps({"info": {"features": {name: features[kind] for name, kind in columns.items()}}})}
