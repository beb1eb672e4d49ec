"""Which project the demo has created, as recorded in its state folder; read without the SDK."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SampleProject:
    """The created project, recorded in a file of the state folder so that every process finds it."""

    project_hash: str
    dataset_hash: str
    folder_uuid: str
    source: str
    sha256_by_title: dict[str, str]


def find_sample_project(folder: Path) -> SampleProject | None:
    """The project of this state folder; None if there is none yet."""
    try:
        return SampleProject(**json.loads(_file(folder).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def save_sample_project(folder: Path, project: SampleProject) -> None:
    """Records the project in this state folder."""
    part = _file(folder).with_suffix(".part")
    part.write_text(json.dumps(asdict(project), indent=2))
    part.replace(_file(folder))


def _file(folder: Path) -> Path:
    return folder / "project.json"
