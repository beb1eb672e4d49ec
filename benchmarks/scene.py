"""The scene of a benchmark: a local Encord with a seed project of many small photographs, and the stub models, one process each."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from uuid import UUID

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from encord.orm.dataset import DataLinkDuplicatesBehavior
from encord.orm.storage import DataUploadImage, DataUploadItems, StorageItemType
from PIL import Image, ImageDraw

from judge_pipeline.domain.blinding import Orders
from judge_pipeline.domain.captioner import Captioner
from judge_pipeline.domain.data_group import ProjectForm
from judge_pipeline.encord_project.connection import Connection
from judge_pipeline.encord_project.creation import ensure_metadata_schema, ensure_project
from judge_pipeline.engine.resources import OntologyTitles, PipelineResources
from judge_pipeline.local.pair.sample_project import WORKFLOW_TEMPLATE, create_workflow
from judge_pipeline.models.endpoint import Endpoint

UPLOADS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Scene:
    """The addresses, the folder, and the pipeline that uses them."""

    folder: Path
    encord_url: str
    models_url: str
    pipeline: PipelineResources

    def encord_stats(self) -> dict[str, int]:
        """The local Encord's counters."""
        return dict(requests.get(f"{self.encord_url}/_local/stats", timeout=10).json())

    def model_stats(self) -> dict[str, int]:
        """The stub's counters."""
        return dict(requests.get(f"{self.models_url}/stats", timeout=10).json())


@contextmanager
def scene(
    *,
    tags: int,
    latency_seconds: float,
    concurrency: int,
    orders: Orders = Orders.ONE,
    encord_seconds: float = 0.02,
    stub: tuple[str, ...] = (),
    has_groups: bool = False,
) -> Iterator[Scene]:
    """A project of `tags` images, as rows or waiting for data groups.

    Each request to Encord takes an extra `encord_seconds`, each model call `latency_seconds`.
    """
    with tempfile.TemporaryDirectory(prefix="judge-pipeline-benchmark-") as name:
        folder = Path(name)
        address = folder / "address.json"
        serving = ("judge_pipeline.local.pair.serving", "encord", "--data-dir", str(folder / "encord"))
        encord = _python(*serving, "--address-file", str(address), "--idle-seconds", "86400", "--port", "0")
        models = _python("benchmarks.stub_models", "--latency", str(latency_seconds), *stub)
        try:
            models_url = (models.stdout.readline() if models.stdout else b"").decode().strip()
            while not address.exists():
                if encord.poll() is not None:
                    raise SystemExit("the local Encord did not start")
                time.sleep(0.05)
            encord_url = json.loads(address.read_text())["url"]
            connection = Connection(encord_url, _registered_key(encord_url))
            project_hash = _project(connection, encord_url, tags, has_groups=has_groups)
            config = {"latency_seconds": encord_seconds}
            requests.post(f"{encord_url}/_local/config", json=config, timeout=10).raise_for_status()
            requests.delete(f"{encord_url}/_local/stats", timeout=10)
            requests.delete(f"{models_url}/stats", timeout=10)
            pipeline = _pipeline_resources(folder, connection, project_hash, f"{models_url}/v1", concurrency, orders)
            yield Scene(folder, encord_url, models_url, pipeline)
        finally:
            for process in (encord, models):
                process.terminate()
                process.wait(10)


def _python(module: str, *arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE)


def _registered_key(encord_url: str) -> str:
    key = Ed25519PrivateKey.generate()
    public_hex = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    user = {"email": "benchmark@judge-pipeline.local", "public_key_hex": public_hex}
    requests.post(f"{encord_url}/_local/users", json=user, timeout=10).raise_for_status()
    return key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()


def _project(connection: Connection, encord_url: str, tags: int, *, has_groups: bool) -> str:
    client = connection.client()
    create_workflow(encord_url)
    ensure_metadata_schema(connection)
    folder = client.create_storage_folder("Benchmark")
    project_hash, dataset_hash = ensure_project(
        connection,
        title="Benchmark",
        workflow_template_hash=WORKFLOW_TEMPLATE,
        form=ProjectForm(folder.uuid if has_groups else None),
    )
    dataset = client.get_dataset(dataset_hash, include_data_rows=False)
    for start in range(0, tags, UPLOADS_AT_ONCE):
        numbers = range(start, min(start + UPLOADS_AT_ONCE, tags))
        slots = folder._get_upload_signed_urls(StorageItemType.IMAGE, len(numbers))  # noqa: SLF001
        for number, slot in zip(numbers, slots, strict=True):
            requests.put(slot.signed_url, data=photograph(number), timeout=30).raise_for_status()
        uploads = [
            DataUploadImage(object_url=slot.object_key, placeholder_item_uuid=slot.item_uuid, title=f"{number:06}.jpg")
            for number, slot in zip(numbers, slots, strict=True)
        ]
        job = folder.add_private_data_to_folder_start(None, DataUploadItems(images=uploads))  # type: ignore[arg-type]
        folder.add_private_data_to_folder_get_result(job)
        items = [UUID(str(slot.item_uuid)) for slot in slots]
        if not has_groups:
            dataset.link_items(items, DataLinkDuplicatesBehavior.SKIP)
    return project_hash


def photograph(number: int) -> bytes:
    """A JPEG of 640 x 480 pixels and about 20 kB, different for each number."""
    picture = Image.effect_noise((160, 120), 40).resize((640, 480)).convert("RGB")
    ImageDraw.Draw(picture).text((20, 20), str(number), fill="white")
    file = BytesIO()
    picture.save(file, "JPEG", quality=70)
    return file.getvalue()


def _pipeline_resources(
    folder: Path, connection: Connection, project_hash: str, models_url: str, concurrency: int, orders: Orders
) -> PipelineResources:
    def endpoint(name: str, model: str) -> Endpoint:
        return Endpoint(name, models_url, model, concurrency=concurrency)

    return PipelineResources(
        connection=connection,
        project_hash=project_hash,
        captioners={Captioner.LLM_8B: endpoint("LLM1", "small"), Captioner.LLM_16B: endpoint("LLM2", "large")},
        judge=endpoint("JUDGE", "judge"),
        database_url=f"sqlite:///{folder / 'store.sqlite3'}",
        report_file=folder / "report.html",
        caption_max_words=20,
        orders=orders,
        titles=OntologyTitles("LLM 8B", "LLM 16B", "LLM Judge Choice", "Final Choice"),
    )
