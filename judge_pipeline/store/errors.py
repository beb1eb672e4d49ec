"""What can go wrong with the store, each in one sentence that says what to do.

StoreError
├── StoreUnavailable    it cannot be opened, read or written now: folder, disk, lock, server
├── StoreDamaged        it is not a database, or no longer a whole one
├── SchemaMismatch      a newer version of this package made it
├── UnfitValue          a value cannot be kept as it is, or what is kept no longer fits its type
└── LeaseLost           another run has taken over the tags that were to be written about
"""

from collections.abc import Mapping

from judge_pipeline.domain.tag import Tag


class StoreError(Exception):
    """The store cannot do what it was asked."""


class StoreUnavailable(StoreError):
    """The store cannot be opened, read or written now; whatever it acknowledged before is kept."""


class StoreDamaged(StoreError):
    """The store is not a database, or no longer a whole one."""


class SchemaMismatch(StoreError):
    """The store was made by a newer version of this package."""


class UnfitValue(StoreError, ValueError):
    """A value would not be read back as it was given, or a kept one does not fit its type any more."""


class LeaseLost(StoreError):
    """These tags are not the writer's any more; nothing has been written. `holders` are the runs that have them, by tag."""

    def __init__(self, holders: Mapping[Tag, str | None]) -> None:
        self.holders = dict(holders)
        tag, holder = next(iter(self.holders.items()))
        also = f", and {len(self.holders) - 1} more are lost" if len(self.holders) > 1 else ""
        super().__init__(
            f"the lease on tag {tag} is lost, {f'run {holder}' if holder else 'nobody'} has it now{also}: "
            "it was not renewed in time, and what the next run finds counts"
        )
