"""The errors that a person can do something about; anything else is a bug and shows its traceback."""

from judge_pipeline.automation.support.pending_tags import TooManyTags
from judge_pipeline.automation.support.time_span import InvalidTime
from judge_pipeline.domain.judge_ontology import OntologyMismatch
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.local.pair.errors import LocalPairError
from judge_pipeline.models.errors import ModelError
from judge_pipeline.settings.settings import SettingsError
from judge_pipeline.store.errors import StoreError

EXPECTED = (
    SettingsError,
    EncordError,
    OntologyMismatch,
    ModelError,
    StoreError,
    LocalPairError,
    InvalidTime,
    TooManyTags,
)
"""Each one's text is a whole sentence."""


def sentence_about(error: Exception) -> str | None:
    """What to say of an error, None for one that nobody has foreseen."""
    if isinstance(error, EXPECTED):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename!r}: {error.strerror}" if error.filename else error.strerror
    return None
