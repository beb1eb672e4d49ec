"""Homes for demos, and a project in a local Encord with stub models for commands that need settings."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from judge_pipeline_tests.engine.fixtures import encord, models_server, quick_surroundings
from judge_pipeline_tests.model_stub import JUDGE, LARGE, SMALL, StubModels, paint
from judge_pipeline_tests.seed_project import SeedProject, create_seed_project
from judge_pipeline_tests.servers import LocalEncord
from judge_pipeline_tests.state_folders import folder, home, networks

__all__ = ["encord", "folder", "home", "models_server", "networks", "quick_surroundings", "user_project"]


@dataclass(frozen=True)
class UserProject:
    """A user's project of two pictures, and the settings for it."""

    seed: SeedProject
    models: StubModels
    settings: dict[str, str]


@pytest.fixture
def user_project(encord: LocalEncord, models_server: tuple[StubModels, str], tmp_path: Path) -> UserProject:
    models, models_url = models_server
    models.reset()
    seed = create_seed_project(encord)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    seed.add_images([paint(pictures, colour) for colour in ("red", "blue")])
    key_file = tmp_path / "key"
    key_file.write_text(encord.private_key_text)
    settings = {
        "ENCORD_DOMAIN": encord.url,
        "ENCORD_SSH_KEY_FILE": str(key_file),
        "ENCORD_PROJECT_HASH": seed.project_hash,
    }
    for name, model in (("LLM1", SMALL), ("LLM2", LARGE), ("JUDGE", JUDGE)):
        settings |= {f"{name}__BASE_URL": f"{models_url}/v1", f"{name}__MODEL": model}
    return UserProject(seed, models, settings)
