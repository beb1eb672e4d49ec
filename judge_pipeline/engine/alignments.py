"""The alignments of a project in the store: which were proposed, and which one is accepted, for all machines alike."""

from collections.abc import Iterator
from contextlib import contextmanager

from judge_pipeline.domain.alignment.alignment import NOT_ALIGNED, Alignment
from judge_pipeline.domain.alignment.proposal import UNALIGNED, Accepted, Proposal
from judge_pipeline.domain.tag import Tag
from judge_pipeline.store.address import store_exists
from judge_pipeline.store.errors import StoreError
from judge_pipeline.store.leases import Lease
from judge_pipeline.store.store import ProjectStore, Store
from judge_pipeline.store.tag_rows import NO_IMAGE

PROPOSED = "proposed_alignments"
ACCEPTED = "accepted_alignment"
"""Assets of the store that Dagster does not know; their tags are no images."""

HOLDER = "judge-pipeline align"
LEASE_SECONDS = 60.0
"""Saving takes far less than a second."""


class NoSuchAlignment(StoreError):
    """The store has no alignment of this version."""


def accepted(store: ProjectStore) -> Accepted:
    """Which judge the project uses, and which one it used before."""
    found = store.results(ACCEPTED, Accepted, [_tag("accepted")])
    return found.get(_tag("accepted"), Accepted(UNALIGNED, UNALIGNED, ""))


def accepted_alignment(store: ProjectStore) -> Alignment:
    """The alignment of the judge that the project uses."""
    version = accepted(store).version
    return NOT_ALIGNED if version == UNALIGNED else proposal(store, version).alignment


def alignment_at(database_url: str, project_hash: str) -> Alignment:
    """The same, read from a store by its address; a store that does not exist has none, and is not created.

    Raises:
        StoreError: it cannot be opened.
    """
    if not store_exists(database_url):
        return NOT_ALIGNED
    store = Store.open(database_url)
    try:
        return accepted_alignment(store.project(project_hash))
    finally:
        store.close()


def proposal(store: ProjectStore, version: str) -> Proposal:
    """The proposal of this version.

    Raises:
        NoSuchAlignment: there is none.
    """
    found = store.results(PROPOSED, Proposal, [_tag(version)])
    if not found:
        raise NoSuchAlignment(
            f"this project has no alignment {version!r}; `judge-pipeline align --versions` lists those that were proposed"
        )
    return found[_tag(version)]


def proposals(store: ProjectStore) -> list[Proposal]:
    """Every proposal, oldest first."""
    return sorted(store.results(PROPOSED, Proposal).values(), key=lambda each: each.proposed_at)


def save_proposal(store: ProjectStore, proposed: Proposal) -> None:
    """Saves a proposal; it changes no judgement until it is accepted."""
    with _lease(store, _tag(proposed.version)) as lease:
        store.save_result(PROPOSED, lease, proposed)


def accept(store: ProjectStore, version: str, *, at: str) -> Accepted:
    """From now on runs judge by this version, `UNALIGNED` or that of a proposal.

    Raises:
        NoSuchAlignment: there is none.
    """
    if version != UNALIGNED:
        proposal(store, version)
    with _lease(store, _tag("accepted")) as lease:
        found = Accepted(version, accepted(store).version, at)
        store.save_result(ACCEPTED, lease, found)
    return found


@contextmanager
def _lease(store: ProjectStore, tag: Tag) -> Iterator[Lease]:
    held = store.leases.acquire([tag], holder=HOLDER, seconds=LEASE_SECONDS)
    if tag not in held:
        raise StoreError("another `judge-pipeline align` is saving its result now; try again")
    try:
        yield held[tag]
    finally:
        store.leases.release(list(held.values()))


def _tag(name: str) -> Tag:
    return Tag(f"{NO_IMAGE}{name}")
