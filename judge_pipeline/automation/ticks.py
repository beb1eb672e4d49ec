"""What a sensor or schedule does when it cannot look: its tick fails with one sentence, because a blind one must not look idle."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from judge_pipeline.automation.pending_tags import TooManyTags
from judge_pipeline.domain.judge_ontology import OntologyMismatch
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.store.errors import StoreError


@contextmanager
def failing_in_one_sentence() -> Iterator[None]:
    """Raises Failure in the place of what Encord, its ontology, the store and the search for new images raise."""
    try:
        yield
    except (EncordError, OntologyMismatch, StoreError, TooManyTags) as error:
        raise dg.Failure(str(error)) from None
