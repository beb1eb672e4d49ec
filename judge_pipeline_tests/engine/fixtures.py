"""The servers that all tests of the engine share, and the trial that each test gets."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import dagster as dg
import pytest

from judge_pipeline.assets.partitions import delete_tags, known_tags
from judge_pipeline_tests.certificates import single_ca_file
from judge_pipeline_tests.engine.finished_projects import FinishedProjects, finished_projects
from judge_pipeline_tests.engine.quick_event_log import quick_instance
from judge_pipeline_tests.engine.trial import Trial, build_pipeline
from judge_pipeline_tests.libraries import load_libraries
from judge_pipeline_tests.model_stub import StubModels
from judge_pipeline_tests.seed_project import create_seed_project
from judge_pipeline_tests.servers import LocalEncord, running_local_encord, serve

FINISHED = pytest.StashKey[FinishedProjects]()


@pytest.fixture(autouse=True, scope="session")
def quick_surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No Dagster telemetry, model clients that open quickly, and all libraries loaded."""
    load_libraries()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
        patch.setenv("SSL_CERT_FILE", str(single_ca_file(tmp_path_factory.mktemp("certificates"))))
        yield


@pytest.fixture(scope="session")
def encord(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEncord]:
    with running_local_encord(tmp_path_factory.mktemp("encord")) as server:
        yield server


@pytest.fixture(scope="session")
def models_server() -> Iterator[tuple[StubModels, str]]:
    models = StubModels()
    with serve(models) as url:
        yield models, url


@pytest.fixture(scope="session")
def trial_instance() -> Iterator[dg.DagsterInstance]:
    with quick_instance() as instance:
        yield instance


@pytest.fixture
def trial(
    encord: LocalEncord,
    models_server: tuple[StubModels, str],
    trial_instance: dg.DagsterInstance,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> Iterator[Trial]:
    """A new project without images, on shared servers without faults, replies or counts of earlier tests."""
    models, url = models_server
    models.reset()
    for what in ("faults", "stats"):
        encord.control("DELETE", what)
    seed = create_seed_project(encord)

    def finished() -> FinishedProjects:
        """Those of this worker; their servers start with the first test that uses them."""
        if FINISHED not in request.config.stash:
            stack = ExitStack()
            request.session.addfinalizer(stack.close)
            request.config.stash[FINISHED] = stack.enter_context(finished_projects(tmp_path_factory.mktemp("finished")))
        return request.config.stash[FINISHED]

    yield Trial(seed, models, build_pipeline(seed, url, tmp_path), trial_instance, tmp_path, finished=finished)
    delete_tags(trial_instance, known_tags(trial_instance))
    models.clear_replies()
    encord.control("DELETE", "faults")
