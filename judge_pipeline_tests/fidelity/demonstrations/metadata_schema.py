"""The client metadata schema: edited locally, stored as a whole."""

from encord import EncordUserClient
from encord.metadata_schema import MetadataSchema

from judge_pipeline_tests.fidelity.show import Show
from judge_pipeline_tests.fidelity.world import World


def a_schema_is_stored_and_read_back(show: Show, world: World) -> None:
    schema = show(EncordUserClient.metadata_schema, world.client)
    show(MetadataSchema.add_scalar, schema, "Tag", data_type="uuid")
    show(MetadataSchema.add_enum, schema, "Data Type", values=["Image"])
    show(MetadataSchema.add_enum_options, schema, "Data Type", values=["Text_8B"])
    show(MetadataSchema.add_embedding, schema, "vector", size=4)
    show(MetadataSchema.add_geospatial, schema, "place")
    show(MetadataSchema.set_scalar, schema, "width", data_type="number")
    show(MetadataSchema.delete_key, schema, "width")
    assert show(MetadataSchema.is_key_deleted, schema, "width")
    show(MetadataSchema.restore_key, schema, "width")
    show(MetadataSchema.save, schema)

    read = world.client.metadata_schema()
    assert set(show(MetadataSchema.keys, read)) == {"Tag", "Data Type", "vector", "place", "width"}
    assert show(MetadataSchema.has_key, read, "Tag")
    assert show(MetadataSchema.get_key_type, read, "Tag") == "uuid"
    assert list(show(MetadataSchema.get_enum_options, read, "Data Type")) == ["Image", "Text_8B"]
    assert show(MetadataSchema.get_embedding_size, read, "vector") == 4


def legacy_calls(show: Show, world: World) -> None:
    show.refused(EncordUserClient.set_client_metadata_schema_from_dict, world.client, {"shop": "number"})
    show.refused(EncordUserClient.get_client_metadata_schema, world.client)
