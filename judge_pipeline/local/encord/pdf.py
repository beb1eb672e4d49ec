"""Counts the pages of a PDF, without a PDF library: the largest `/Count` of its page tree."""

import itertools
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from judge_pipeline.local.encord.errors import InvalidArguments

MAX_STREAM_BYTES = 20_000_000
"""How much of one compressed object stream is read."""

_OBJECT_STREAM = re.compile(rb"/ObjStm\b[^\0]{0,1000}?>>\s*stream\r?\n")
_OBJECTS_IN_STREAM = re.compile(rb">>\s*(?=<<)")
_PAGE_TREE = re.compile(rb"/Type\s*/Pages\b")
_COUNT = re.compile(rb"/Count\s+(\d{1,9})")


def count_pages(path: Path) -> int:
    """The number of pages; InvalidArguments if the file is not a PDF or has no page tree that can be read."""
    content = path.read_bytes()
    if b"%PDF-" not in content[:1024]:
        raise InvalidArguments("the file is not a PDF: it does not begin with %PDF-")
    objects = itertools.chain(content.split(b"endobj"), *map(_OBJECTS_IN_STREAM.split, _object_streams(content)))
    counts = [int(found[1]) for each in objects if _PAGE_TREE.search(each) and (found := _COUNT.search(each))]
    if not counts:
        raise InvalidArguments("the PDF has no page tree that can be read; is it encrypted or truncated?")
    return max(counts)


def _object_streams(content: bytes) -> Iterator[bytes]:
    for header in _OBJECT_STREAM.finditer(content):
        try:
            compressed = content[header.end() : content.find(b"endstream", header.end())]
            yield zlib.decompressobj().decompress(compressed, MAX_STREAM_BYTES)
        except zlib.error:
            continue
