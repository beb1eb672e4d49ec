"""Errors that the user can fix, reported in one sentence; any other error is a bug and shows its traceback."""

from judge_pipeline.automation.support.pending_tags import TooManyTags
from judge_pipeline.automation.support.time_span import InvalidTime
from judge_pipeline.domain.judge_ontology import OntologyMismatch
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.engine.output_files import OutputUnwritable
from judge_pipeline.local.pair.errors import LocalPairError
from judge_pipeline.models.errors import ModelError
from judge_pipeline.review.errors import ReviewError
from judge_pipeline.settings.settings import SettingsError
from judge_pipeline.store.errors import StoreError

EXPECTED = (
    SettingsError,
    ReviewError,
    EncordError,
    OntologyMismatch,
    ModelError,
    StoreError,
    LocalPairError,
    OutputUnwritable,
    InvalidTime,
    TooManyTags,
)
"""The text of each is a complete sentence."""


def expected_message(error: Exception) -> str | None:
    """The sentence to print for an error; None for an unexpected one."""
    if isinstance(error, EXPECTED):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename!r}: {error.strerror}" if error.filename else error.strerror
    return None
