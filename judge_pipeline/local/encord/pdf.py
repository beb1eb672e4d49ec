"""Counts the pages of a PDF, without a PDF library: the largest `/Count` of its page tree."""

import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from judge_pipeline.local.encord.errors import InvalidArguments

MAX_STREAM_BYTES = 20_000_000
"""How much of one compressed object stream is read."""

_OBJECT_STREAM = re.compile(rb"<<(?:[^<>]|<<[^<>]*>>|<[^<>]*>)*?/ObjStm.*?>>\s*stream\r?\n", re.DOTALL)
_PAGE_TREE = re.compile(rb"/Type\s*/Pages\b")
_COUNT = re.compile(rb"/Count\s+(\d+)")


def count_pages(path: Path) -> int:
    """The number of pages; InvalidArguments if the file is not a PDF or has no page tree that can be read."""
    content = path.read_bytes()
    if b"%PDF-" not in content[:1024]:
        raise InvalidArguments("the file is not a PDF: it does not begin with %PDF-")
    counts = [count for text in (content, *_object_streams(content)) for count in _counts(text)]
    if not counts:
        raise InvalidArguments("the PDF has no page tree that can be read; is it encrypted or truncated?")
    return max(counts)


def _counts(text: bytes) -> Iterator[int]:
    """The counts of the page trees' nodes; a node's dictionary lies around its `/Type /Pages`."""
    for node in _PAGE_TREE.finditer(text):
        start = max(text.rfind(b"obj", 0, node.start()), text.rfind(b">>", 0, node.start()), 0)
        end = text.find(b">>", node.end())
        found = _COUNT.search(text, start, end if end >= 0 else len(text))
        if found:
            yield int(found[1])


def _object_streams(content: bytes) -> Iterator[bytes]:
    for header in _OBJECT_STREAM.finditer(content):
        try:
            yield zlib.decompressobj().decompress(content[header.end() :], MAX_STREAM_BYTES)
        except zlib.error:
            continue
