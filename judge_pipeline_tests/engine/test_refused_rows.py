"""What Encord refuses for one row fails that row alone, by its name and with Encord's reason; every other row is done."""

from uuid import uuid4

from encord.orm.dataset import DatasetUserRole
from encord.utilities.project_user import ProjectUserRole

from judge_pipeline_tests.engine.encord_state import encord_state, finished
from judge_pipeline_tests.engine.trial import Trial, message_of
from judge_pipeline_tests.model_stub import paint


def add_from_a_foreign_folder(trial: Trial, *colours: str) -> None:
    """Pictures that a colleague has linked from a folder of their own: the pipeline's key sees them and may not write there."""
    email = f"{uuid4()}@example.com"
    colleague = trial.seed.server.another_user(email).client()
    trial.seed.project().add_users([email], ProjectUserRole.ADMIN)
    trial.seed.client().get_dataset(trial.seed.dataset_hash).add_users([email], DatasetUserRole.ADMIN)
    folder = colleague.create_storage_folder("Of a colleague")
    items = [folder.upload_image(paint(trial.folder, colour), title=f"{colour}.png") for colour in colours]
    colleague.get_dataset(trial.seed.dataset_hash, include_data_rows=False).link_items(items)


def test_images_in_a_folder_that_the_key_may_not_write_to_fail_alone(trial: Trial) -> None:
    good = ("red", "green", "blue", "yellow", "purple", "orange", "grey", "white")
    trial.add(*good)
    add_from_a_foreign_folder(trial, "black", "cyan")
    result = trial.materialize()
    assert {colour for _, colour in trial.failed()} == {"black", "cyan"}
    message = message_of(result)
    for expected in ("'black.png'", "'cyan.png'", "refused writing client metadata", "is not shared"):
        assert expected in message
    assert trial.models.count(colour="black") == 0
    state = encord_state(trial.seed)
    assert {colour: state[colour] for colour in good} == {colour: finished(colour)[colour] for colour in good}
