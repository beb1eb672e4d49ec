"""The demo's project in the local Encord: the seed's workflow, ontology and metadata schema, and photographs to caption."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import requests
from filelock import FileLock

from judge_pipeline.domain.workflow import SEED_TITLES
from judge_pipeline.encord_project.connection import Connection
from judge_pipeline.encord_project.creation import (
    ensure_folder,
    ensure_metadata_schema,
    ensure_project,
    project_exists,
)
from judge_pipeline.encord_project.images import add_images
from judge_pipeline.local.pair.errors import OtherPhotographs
from judge_pipeline.local.pair.pair import LocalPair
from judge_pipeline.local.pair.photographs import Photograph
from judge_pipeline.local.pair.sample_record import SampleProject, find_sample_project, save_sample_project

TITLE = "Captions of photographs"
WORKFLOW_TEMPLATE = "5eed0000-0000-4000-8000-000000000001"


def ensure_sample_project(pair: LocalPair, encord_url: str, photographs: Sequence[Photograph]) -> SampleProject:
    """The project with these photographs: created if missing, completed if its creation was interrupted.

    A file whose content has changed since its upload is replaced in the local Encord's storage, as if in the bucket itself.
    The folder of the photographs may have moved, as it does when the package is installed elsewhere.

    Raises:
        OtherPhotographs: the project shows the images of another folder.
    """
    with FileLock(pair.folder / "project.lock"):
        connection = Connection(encord_url, pair.ssh_private_key)
        source = str(photographs[0].folder.resolve())
        wanted = {photograph.title: photograph.sha256 for photograph in photographs}
        known = find_sample_project(pair.folder)
        if known and not project_exists(connection, known.project_hash):
            known = None
        has_moved = known and known.sha256_by_title.items() <= wanted.items()
        if known and known.source != source and not has_moved:
            raise OtherPhotographs(
                f"the demo in {pair.folder} shows the images of {known.source}; "
                f"to show those of {source}, choose another --home or remove that folder"
            )
        if known is None:
            create_workflow(encord_url)
            ensure_metadata_schema(connection)
            project_hash, dataset_hash = ensure_project(
                connection, title=TITLE, workflow_template_hash=WORKFLOW_TEMPLATE
            )
            folder_uuid = ensure_folder(connection, TITLE)
            _set_editor_layout(encord_url, project_hash)
            known = SampleProject(project_hash, dataset_hash, folder_uuid, source, {})
            save_sample_project(pair.folder, known)
        if known.sha256_by_title != wanted:
            files = {photograph.title: photograph.path for photograph in photographs}
            items = add_images(connection, folder_uuid=known.folder_uuid, dataset_hash=known.dataset_hash, files=files)
            for photograph in photographs:
                before = known.sha256_by_title.get(photograph.title)
                if before is not None and before != photograph.sha256:
                    _replace_content(encord_url, items[photograph.title], photograph.path)
            known = SampleProject(known.project_hash, known.dataset_hash, known.folder_uuid, source, wanted)
            save_sample_project(pair.folder, known)
        return known


def create_workflow(encord_url: str) -> None:
    """Creates the seed's workflow template, on the local server's own route: Encord's SDK cannot create templates."""
    agents = list(SEED_TITLES.agents.values())
    following = [*(agent.title for agent in agents[1:]), "Human Review"]
    stages: list[dict[str, object]] = [
        {"title": agent.title, "kind": "agent", "pathways": [{"name": agent.usual_pathway, "to": to}]}
        for agent, to in zip(agents, following, strict=True)
    ]
    stages += [
        {"title": "Human Review", "kind": "review", "approve": "Complete", "reject": "Archive"},
        {"title": "Complete", "kind": "complete"},
        {"title": "Archive", "kind": "archive"},
    ]
    template = {
        "uuid": WORKFLOW_TEMPLATE,
        "title": "Multimodal LLM as a Judge",
        "start": agents[0].title,
        "stages": stages,
    }
    requests.post(f"{encord_url}/_local/workflow-templates", json=template, timeout=10).raise_for_status()


def _set_editor_layout(encord_url: str, project_hash: str) -> None:
    """Sets the layout with the image next to its two captions; in Encord, people upload this file in the project settings."""
    layout = (files("judge_pipeline.local.pair") / "editor_layout.json").read_bytes()
    requests.put(
        f"{encord_url}/_local/projects/{project_hash}/editor-layout", data=layout, timeout=10
    ).raise_for_status()


def _replace_content(encord_url: str, item_uuid: str, path: Path) -> None:
    requests.put(
        f"{encord_url}/_local/items/{item_uuid}/content", data=path.read_bytes(), timeout=30
    ).raise_for_status()
