"""The errors that a person can do something about; anything else is a bug and shows its traceback."""

from filelock import Timeout

from judge_pipeline.domain.judge_ontology import OntologyMismatch
from judge_pipeline.embedded.pair import EmbeddedServerError
from judge_pipeline.embedded.photographs import NoPhotographs
from judge_pipeline.embedded.sample_project import OtherPhotographs
from judge_pipeline.encord_project.errors import EncordError
from judge_pipeline.models.errors import ModelError
from judge_pipeline.settings import SettingsError
from judge_pipeline.store.errors import StoreError


def expected_errors() -> tuple[type[Exception], ...]:
    """Their types; each one's text is a whole sentence."""
    return (
        SettingsError,
        EncordError,
        OntologyMismatch,
        ModelError,
        StoreError,
        EmbeddedServerError,
        NoPhotographs,
        OtherPhotographs,
        Timeout,
    )
