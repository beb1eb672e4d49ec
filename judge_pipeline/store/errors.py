"""The store's errors. Each message is one sentence that says what to do.

StoreError
├── StoreUnavailable    it cannot be opened, read or written now: folder, disk, lock, server
├── StoreDamaged        it is not a database, or is corrupt
├── SchemaMismatch      it was made by a newer version of this package
├── UnfitValue          a value cannot be saved unchanged, or a stored one no longer fits its type
├── LeaseLost           another run has acquired the tags that were to be written about
└── RunEnded            this run was taken for lost and ended by another process
"""

from collections.abc import Mapping

from judge_pipeline.domain.tag import Tag


class StoreError(Exception):
    """Base class of all errors of the store."""


class StoreUnavailable(StoreError):
    """The store cannot be opened, read or written now; what was committed before is safe."""


class StoreDamaged(StoreError):
    """The store is not a database, or is corrupt."""


class SchemaMismatch(StoreError):
    """The store was made by a newer version of this package."""


class UnfitValue(StoreError, ValueError):
    """A value would not be read back unchanged, or a stored one no longer fits its type."""


class LeaseLost(StoreError):
    """The writer no longer holds these tags; nothing was written. `holders` maps each tag to the run that has it now."""

    def __init__(self, holders: Mapping[Tag, str | None]) -> None:
        self.holders = dict(holders)
        tag, holder = next(iter(self.holders.items()))
        also = f", and {len(self.holders) - 1} more are lost" if len(self.holders) > 1 else ""
        super().__init__(
            f"the lease on tag {tag} is lost, {f'run {holder}' if holder else 'no run'} has it now{also}: "
            "it was not renewed in time; the results of the next run count"
        )


class RunEnded(StoreError):
    """A run that was suspended, or cut off from the store, for so long that another process has ended it."""

    def __init__(self, run: str) -> None:
        super().__init__(
            f"run {run} showed no sign of life, so that another process has ended it as failed; what it has saved stays, "
            "run again for the rest"
        )
