"""Why a tag goes no further in a run, apart from what stops all tags."""

from collections.abc import Iterable


class NotMaterialized(Exception):
    """A step needs another asset's value, which does not exist and is not selected in this run."""


class TagStopped(Exception):
    """This tag goes no further than `asset`. Without a `reason`, the failure has been recorded there.

    `is_pending`: it waits for a model batch.
    """

    def __init__(self, asset: str, reason: str = "", *, is_pending: bool = False) -> None:
        super().__init__(asset)
        self.asset = asset
        self.reason = reason
        self.is_pending = is_pending


def raise_first(results: Iterable[object]) -> None:
    """Raises the first error among these results, if there is one; one that waits comes last."""
    errors = [result for result in results if isinstance(result, BaseException)]
    if errors:
        raise next((each for each in errors if not (isinstance(each, TagStopped) and each.is_pending)), errors[0])
