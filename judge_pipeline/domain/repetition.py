"""The same sentence for several different images: a sign of a model that sees none, in whatever language it says so."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence

from judge_pipeline.domain.captioner import Captioner

SEVERAL = 3
"""Two images of a set may well look alike to a captioner."""


_NOT_SPOKEN = re.compile(r"[^\w\s]|_")


def gist(text: str) -> str:
    """A text's letters and digits in lower case, by which two answers are the same."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_NOT_SPOKEN.sub(_mark_or_space, plain).split()) or plain.strip()


def _mark_or_space(found: re.Match[str]) -> str:
    """Marks belong to letters, although they are none."""
    return found[0] if unicodedata.category(found[0]).startswith("M") else " "


class Sayings:
    """What each captioner says of which images, by the hash of the image's file.

    Most captions are said of one image only, so a caption is its digest and has a set of images from the second one on.
    """

    def __init__(self) -> None:
        self._first: dict[bytes, str] = {}
        self._others: dict[bytes, set[str]] = {}

    def add(self, captioner: Captioner, text: str, *, image: str) -> None:
        """Notes a caption."""
        saying = _digest(captioner, text)
        if self._first.setdefault(saying, image) != image:
            self._others.setdefault(saying, set()).add(image)

    def images(self, captioner: Captioner, text: str) -> int:
        """Of how many different images the captioner says this."""
        saying = _digest(captioner, text)
        return (saying in self._first) + len(self._others.get(saying, ()))


def _digest(captioner: Captioner, text: str) -> bytes:
    said = f"{captioner.value} {gist(text)}".encode(errors="surrogatepass")
    return hashlib.blake2b(said, digest_size=16).digest()


def share_a_word(one: str, other: str) -> bool:
    """Whether two captions have a content word in common: the same five first letters, or a letter of a script without spaces."""
    return not content(one).isdisjoint(content(other))


def content(text: str) -> set[str]:
    """A text's content words by their first five letters, and its letters of scripts without spaces."""
    words: Sequence[str] = gist(text).split()
    found = {word[:5] for word in words if len(word) > 2 and word not in _FUNCTION_WORDS}
    return found | {
        letter for word in words for letter in word if "\u0e00" <= letter <= "\u0eff" or "\u3040" <= letter <= "\u9fff"
    }


_FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        "the and with for from that this has are its into over image photo picture los las una con les des une dans avec sur der die "
        "das ein eine und mit auf uma com dos que para yang",
    )
)
