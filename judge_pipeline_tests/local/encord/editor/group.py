"""An image with two captions, created and labelled through the official SDK."""

from dataclasses import dataclass
from pathlib import Path

from encord.objects import Classification
from encord.objects.attributes import RadioAttribute, TextAttribute
from encord.objects.ontology_labels_impl import LabelRowV2

from judge_pipeline_tests.local.encord.captions import upload_texts
from judge_pipeline_tests.local.encord.labelling import answer
from judge_pipeline_tests.seed_project import SeedProject

LAYOUT = Path(__file__).parents[4] / "judge_pipeline" / "local" / "pair" / "editor_layout.json"


@dataclass(frozen=True)
class Group:
    """The data hashes of an image and its captions."""

    seed: SeedProject
    image: str
    text_8b: str
    text_16b: str

    def address(self, data_hash: str) -> str:
        """The path of the item's page."""
        return f"/label_editor/{self.seed.project_hash}/{data_hash}"


def set_layout(seed: SeedProject) -> None:
    """Set the notebook's layout for the seed project."""
    seed.server.control("PUT", f"projects/{seed.project_hash}/editor-layout", data=LAYOUT.read_bytes())


def create_group(
    seed: SeedProject,
    folder: Path,
    photograph: Path,
    *,
    tag: str = "tag-1",
    captions: tuple[str, str] = ("short", "long"),
) -> Group:
    """Upload and link a photograph and its captions, with the notebook's client metadata."""
    client = seed.client()
    image = client.get_storage_item(seed.add_images([photograph])[0])
    storage = client.get_storage_folder(seed.folder_uuid)
    texts = upload_texts(storage, folder, {f"{tag}-8b.txt": captions[0], f"{tag}-16b.txt": captions[1]})
    client.get_dataset(seed.dataset_hash, include_data_rows=False).link_items(texts)
    for item, data_type in zip([image.uuid, *texts], ("Image", "Text_8B", "Text_16B"), strict=True):
        client.get_storage_item(item).update(client_metadata={"Tag": tag, "Data Type": data_type})
    rows = {row.backing_item_uuid: row.data_hash for row in seed.project().list_label_rows_v2()}
    return Group(seed, *(rows[item] for item in [image.uuid, *texts]))


def label_row(seed: SeedProject, data_hash: str) -> LabelRowV2:
    """The initialised label row of a data unit."""
    row = seed.project().list_label_rows_v2(data_hashes=[data_hash])[0]
    row.initialise_labels()
    return row


def judge(seed: SeedProject, data_hash: str, *, suggestion: str = "Name the colours.") -> None:
    """Save a judge's labels: scores for the first captioner, none for the second, and a choice."""
    row = label_row(seed, data_hash)
    first = answer(row, "LLM 8B", "Answer available")
    classification = row.ontology_structure.get_child_by_title("LLM 8B", type_=Classification)
    score = classification.get_child_by_title("Correctness Score", type_=RadioAttribute)
    first.set_answer(score.options[3], attribute=score)
    first.set_answer(
        suggestion, attribute=classification.get_child_by_title("Improvement suggestion", type_=TextAttribute)
    )
    for instance in (first, answer(row, "LLM 16B", "Answer not available"), answer(row, "LLM Judge Choice", "LLM 8B")):
        instance.set_for_frames(manual_annotation=False, confidence=0.75, overwrite=True)
    row.save()
