"""What Encord refuses for one row fails that row alone, by its name and with Encord's reason; every other row is done."""

from uuid import uuid4

from encord.objects import Classification
from encord.objects.attributes import TextAttribute
from encord.orm.dataset import DatasetUserRole
from encord.utilities.project_user import ProjectUserRole

from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.people import open_row
from judge_pipeline_tests.engine.trial import Trial, message_of
from judge_pipeline_tests.model_stub import COLOURS, JUDGE, ModelCall, paint


def add_from_a_foreign_folder(trial: Trial, *colours: str, is_tagged: bool = False) -> None:
    """Pictures that a colleague has linked from a folder of their own: the pipeline's key sees them and may not write there."""
    email = f"{uuid4()}@example.com"
    colleague = trial.seed.server.another_user(email).client()
    trial.seed.project().add_users([email], ProjectUserRole.ADMIN)
    trial.seed.client().get_dataset(trial.seed.dataset_hash).add_users([email], DatasetUserRole.ADMIN)
    folder = colleague.create_storage_folder("Of a colleague")
    items = [folder.upload_image(paint(trial.folder, colour), title=f"{colour}.png") for colour in colours]
    for item in items if is_tagged else ():
        metadata = {"Tag": str(uuid4()), "Data Type": "Image"}
        colleague.get_storage_item(item).update(client_metadata=metadata)
    colleague.get_dataset(trial.seed.dataset_hash, include_data_rows=False).link_items(items)


def test_images_and_captions_for_a_folder_that_the_key_may_not_write_to_fail_alone(trial: Trial) -> None:
    """Black and cyan have no Tag, which the pipeline would write; grey has one, and gets no text."""
    good = ("red", "green", "blue", "yellow")
    trial.add(*good)
    add_from_a_foreign_folder(trial, "black", "cyan")
    add_from_a_foreign_folder(trial, "grey", is_tagged=True)
    result = trial.materialize()
    assert {colour for _, colour in trial.failed()} == {"black", "cyan", "grey"}
    assert {asset for asset, colour in trial.failed() if colour == "grey"} == {"linked_text_items", "judgements"}
    lines = {
        colour: line for line in message_of(result).splitlines() for colour in COLOURS if f"'{colour}.png'" in line
    }
    assert lines.keys() == {"black", "cyan", "grey"}
    for colour, line in lines.items():
        refused = "refused reserving uploads" if colour == "grey" else "refused writing client metadata"
        assert refused in line
        assert "is not shared" in line
    assert (trial.models.count(colour="black"), trial.models.count(colour="cyan")) == (0, 0)
    state = encord_state(trial.seed)
    assert {colour: state[colour] for colour in good} == {colour: finished(colour)[colour] for colour in good}


def test_a_label_row_that_the_sdk_cannot_read_fails_alone(trial: Trial) -> None:
    """It answers a classification that has left the ontology since."""
    colours = ("red", "green", "blue", "yellow")
    trial.add(*colours)
    ontology = trial.seed.client().get_ontology(trial.seed.ontology_hash)
    extra = ontology.structure.add_classification()
    extra.add_attribute(TextAttribute, "Photographer")
    ontology.save()
    row = open_row(trial, "green")
    answer = row.ontology_structure.get_child_by_title("Photographer", type_=Classification).create_instance()
    answer.set_for_frames(0)
    answer.set_answer("Ada")
    row.add_classification_instance(answer)
    row.save()
    ontology = trial.seed.client().get_ontology(trial.seed.ontology_hash)
    ontology.structure.classifications.pop()
    ontology.save()
    message = message_of(trial.materialize())
    assert trial.failed() == {("judgements", "green")}
    assert "'green.png'" in message
    rows = trial.seed.project().list_label_rows_v2()
    stages = {row.data_title: row.workflow_graph_node.title for row in rows if row.workflow_graph_node}
    assert {stages[f"{colour}.png"] for colour in colours if colour != "green"} == {"Human Review"}
    assert stages["green.png"] == "LLM as Judge"


def test_an_image_deleted_just_before_the_save_fails_alone(trial: Trial) -> None:
    trial.add("red", "green", "blue", "yellow")

    def person(call: ModelCall) -> None:
        if call.model == JUDGE and call.colour == "green" and trial.models.count(JUDGE, "green") == 1:
            item = trial.seed.client().get_storage_item(trial.items["green"])
            trial.seed.client().get_storage_folder(trial.seed.folder_uuid).delete_storage_items([item.uuid])

    trial.models.on_call = person
    message = message_of(trial.materialize())
    assert "'green.png': its row is no longer in the project" in message
    assert trial.failed() <= {("judgements", "green")}
    rows = trial.seed.project().list_label_rows_v2()
    stages = {row.data_title: row.workflow_graph_node.title for row in rows if row.workflow_graph_node}
    assert {stages[f"{colour}.png"] for colour in ("red", "blue", "yellow")} == {"Human Review"}
