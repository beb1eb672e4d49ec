"""`make public-check`: encord-agents' own integration tests, unmodified, against the local Encord.

They come from the source archive of the installed version and expect the ontology, datasets and workflow that their authors
have at Encord; these are made here. The archive, pytest 8 and OpenCV go into a temporary folder in front of the environment's
own packages; where that fails the check is skipped with the reason. Needs the network.
"""

import importlib.metadata
import os
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import requests
from encord.objects import OntologyStructure, Shape
from encord.orm.storage import DataGroupGrid, DataUploadImage, DataUploadItems, StorageItemType
from PIL import Image

from judge_pipeline_tests import media_files
from judge_pipeline_tests.servers import LocalEncord, running_local_encord

ONTOLOGY = "6d8bb167-0c9d-43b1-a577-3da0693d664e"
BOX = "PXFZO2ra"
ONE_OF_EACH = "5d06b07b-135a-4c6d-ba5d-fa7048d996da"
IMAGES_520 = "d0370f27-da4c-48fa-8502-049b55e26a5f"
TEMPLATE: dict[str, Any] = {
    "uuid": "a59b3190-09e2-432c-a8bb-f2925872e298",
    "title": "Agent to complete",
    "start": "Agent 1",
    "stages": [
        {
            "title": "Agent 1",
            "kind": "agent",
            "uuid": "6011c844-fb26-438b-b465-0b0825951015",
            "pathways": [{"name": "complete", "to": "Complete", "uuid": "49a786f3-5edf-4b94-aff0-3da9042d3bf0"}],
        },
        {"title": "Complete", "kind": "complete", "uuid": "7e7598de-612c-40c4-ba08-5dfec8c3ae8f"},
    ],
}
"""What the archive's tests/fixtures.py names."""

TESTS = 71
NOT_POSSIBLE = {
    "test_runner_storage_item_dependency_resolved_once": "it expects one request for 520 items, the runner makes one for each 300"
}

NEEDED = ("pytest>=8.3.3,<9", "opencv-python-headless>=4.1")
"""What the environment does not have; pytest 9 no longer finds fixtures that are class methods, as in these tests."""

DEFAULT_ADDRESS = """
import os
from encord.user_client import EncordUserClient
make = EncordUserClient.create_with_ssh_private_key
make.__defaults__ = tuple(os.environ["ENCORD_DOMAIN"] if value == "https://api.encord.com" else value for value in make.__defaults__)
"""
"""A plugin: the tests' own client has no argument for the address, so the SDK's default is the local Encord's."""


def fetch(folder: Path) -> Path:
    """The source archive of the installed encord-agents, unpacked, next to what its tests need; CalledProcessError if offline."""
    version = importlib.metadata.version("encord-agents")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--retries", "1"]
    for command in (
        ["install", "--no-deps", "--target", str(folder / "packages"), *NEEDED],
        ["download", "--no-deps", "--no-binary", "encord-agents", "--dest", str(folder), f"encord-agents=={version}"],
    ):
        subprocess.run([*pip, *command], check=True, capture_output=True, text=True)
    (archive,) = folder.glob("encord_agents-*.tar.gz")
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def seed(server: LocalEncord, folder: Path) -> None:
    """Create what the tests expect, every item with the client metadata that they read."""
    structure = OntologyStructure()
    structure.add_object("Box", Shape.BOUNDING_BOX, feature_node_hash=BOX)
    server.control("POST", "workflow-templates", json=TEMPLATE)
    server.control("POST", "ontologies", json={"uuid": ONTOLOGY, "title": "Boxes", "structure": structure.to_dict()})
    server.control("POST", "datasets", json={"uuid": ONE_OF_EACH, "title": "One of each"})
    server.control("POST", "datasets", json={"uuid": IMAGES_520, "title": "520 images"})
    image, text = folder / "image.jpeg", folder / "text.txt"
    Image.new("RGB", (64, 48), "red").save(image)
    text.write_text("a text")
    pictures = media_files.pictures(folder)
    sound = media_files.audio(folder / "audio.mp3", codec="libmp3lame", rate=44100)
    storage = server.client().create_storage_folder("Files")
    one_of_each = [
        storage.upload_image(image, client_metadata=_metadata("image")),
        storage.create_image_group(pictures, client_metadata=_metadata("image_group")),
        storage.create_image_sequence(pictures, client_metadata=_metadata("image_sequence")),
        storage.upload_pdf(media_files.pdf(folder / "document.pdf"), client_metadata=_metadata("pdf")),
        storage.upload_audio(sound, client_metadata=_metadata("audio")),
        storage.upload_text(text, client_metadata=_metadata("plain_text")),
        storage.upload_video(media_files.video(folder / "video.mp4"), client_metadata=_metadata("video")),
    ]
    data_group = DataGroupGrid(layout_contents=one_of_each[4:6], client_metadata=_metadata("group"))
    one_of_each.append(storage.create_data_group(data_group))
    server.client().get_dataset(ONE_OF_EACH).link_items(one_of_each)
    slots = storage._get_upload_signed_urls(StorageItemType.IMAGE, 520)
    for slot in slots:
        requests.put(slot.signed_url, data=image.read_bytes(), timeout=10).raise_for_status()
    images = [
        DataUploadImage(
            object_url=slot.object_key,
            placeholder_item_uuid=slot.item_uuid,
            title=f"{number}.jpeg",
            client_metadata=_metadata("image"),
        )
        for number, slot in enumerate(slots)
    ]
    job = storage.add_private_data_to_folder_start(None, DataUploadItems(images=images))  # type: ignore[arg-type]
    made = storage.add_private_data_to_folder_get_result(job).items_with_names
    server.client().get_dataset(IMAGES_520).link_items([item.item_uuid for item in made])


def failures(server: LocalEncord, archive: Path, packages: Path) -> tuple[int, set[str]]:
    """Run the archive's tests; returns how many there are, and the names of those that do not pass."""
    (packages / "default_address.py").write_text(DEFAULT_ADDRESS)
    report, configuration = archive / "report.xml", archive / "empty.ini"
    configuration.write_text("[pytest]\n")
    pytest = [sys.executable, "-m", "pytest", "-q", "-c", str(configuration), "-p", "default_address"]
    options = ["-p", "no:cacheprovider", "--tb=short", "--disable-warnings", f"--junitxml={report}"]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("ENCORD_", "PYTEST_"))},
        "PYTHONPATH": str(packages),
        "ENCORD_DOMAIN": server.url,
        "ENCORD_SSH_KEY": server.private_key_text,
        "NO_PROXY": "127.0.0.1",
    }
    subprocess.run([*pytest, *options, "tests/integration_tests"], cwd=archive, env=environment, check=False)
    cases = list(ET.parse(report).iter("testcase"))
    return len(cases), {case.attrib["name"] for case in cases if len(case)}


def main() -> int:
    """0 if exactly the tests pass that can, or if they cannot be fetched."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            archive = fetch(Path(folder))
        except subprocess.CalledProcessError as problem:
            _say(f"public check skipped: encord-agents' tests cannot be fetched: {problem.stderr.strip()[-300:]}")
            return 0
        with running_local_encord(Path(folder) / "encord") as server:
            seed(server, archive)
            count, failed = failures(server, archive, Path(folder) / "packages")
    _say(f"{count - len(failed)} of {count} integration tests of encord-agents pass against the local Encord")
    for name in sorted(failed):
        _say(f"does not pass: {name}: {NOT_POSSIBLE.get(name, 'expected to pass')}")
    if count == TESTS and failed == NOT_POSSIBLE.keys():
        return 0
    _say(f"expected {TESTS} tests, and only {', '.join(NOT_POSSIBLE)} not to pass")
    return 1


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _metadata(item_type: str) -> dict[str, str]:
    return {"item_type": item_type, "a": "b"}


if __name__ == "__main__":
    sys.exit(main())
