"""Who reviews: the names to pick from, and which new ones are accepted."""

from collections import Counter
from collections.abc import Iterable

from judge_pipeline.domain.final_choice import SCRIPTED, FinalChoice
from judge_pipeline.domain.visible_text import visible_line
from judge_pipeline.review.errors import InvalidReviewer

LONGEST = 254
"""Characters of an e-mail address."""


def known_reviewers(choices: Iterable[FinalChoice], *, also: str | None = None) -> list[str]:
    """Those who have decided images of this project, the busiest first; the demo's script is not one of them."""
    found = Counter(choice.decided_by for choice in choices if choice.decided_by and not choice.is_scripted)
    names = sorted(found, key=lambda name: (-found[name], name))
    return [*names, also] if also and also not in found else names


def checked_reviewer(name: str) -> str:
    """The name without the white space around it.

    Raises:
        InvalidReviewer: it is empty, too long, has invisible characters, or is how the demo's script is marked.
    """
    name = name.strip()
    if not name or len(name) > LONGEST or visible_line(name) != name or name == SCRIPTED:
        raise InvalidReviewer(f"{name[:LONGEST]!r} is not a name to review under; type your e-mail address")
    return name
