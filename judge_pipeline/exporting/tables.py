"""Rows as JSON lines and as Parquet, with columns that are the same however many rows there are."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from judge_pipeline.exporting.records import Record

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_AT_ONCE = 100
"""A row group of as many images of 200 kB is 20 MB: what is held in memory, and what a reader fetches at a time."""

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
    "decided_at": TEXT,
}
"""The columns of a format and the kind of each."""

GENERIC_BEST = {**ABOUT, **dict.fromkeys(("caption", "captioner", "model", "provenance"), TEXT)}
TRL_PAIR = {"images": IMAGES, **dict.fromkeys(("prompt", "chosen", "rejected"), MESSAGES)}
TRL_BEST = {"images": IMAGES, **dict.fromkeys(("prompt", "completion"), MESSAGES)}


_LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}


@dataclass(frozen=True)
class Table:
    """Rows under a name; `columns` says of each its kind, and is None for what is written as JSON lines alone."""

    name: str
    rows: Sequence[Record]
    columns: Mapping[str, str] | None = None

    def write(self, folder: Path) -> list[str]:
        """The rows as JSON lines and as Parquet, in a folder that has the images that they name; returns the files' names."""
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
    """On one line for every reader: some end one at these. Half a surrogate pair, which no file can hold, is escaped too."""
    text = json.dumps(row, ensure_ascii=False).encode(errors="backslashreplace").decode()
    return text.translate(_LINE_ENDS) + "\n"


def _write_parquet(file: IO[bytes], rows: Iterable[Record], columns: Mapping[str, str], *, folder: Path) -> None:
    """The bytes of the images go inside, read a row group at a time.

    The metadata tell `datasets` which column holds images, so that they are loaded as such without a word.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(name, _type(kind)) for name, kind in columns.items()], metadata=_told_to_datasets(columns))
    with pq.ParquetWriter(file, schema) as writer:
        for group in _groups(rows):
            held = [{name: _held(kind, row[name], folder) for name, kind in columns.items()} for row in group]
            writer.write_table(pa.Table.from_pylist(held, schema=schema))


def _groups(rows: Iterable[Record]) -> Iterator[list[Record]]:
    left = iter(rows)
    while group := list(islice(left, ROWS_AT_ONCE)):
        yield group


def _held(kind: str, value: Any, folder: Path) -> Any:
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


def _told_to_datasets(columns: Mapping[str, str]) -> dict[str, str]:
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
