"""Ontologies: stored and read back unchanged, feature hashes included."""

from encord.objects.attributes import RadioAttribute
from encord.ontology import Ontology

from judge_pipeline_tests.fidelity.show import Show
from judge_pipeline_tests.fidelity.world import World


def an_ontology_is_changed(show: Show, world: World) -> None:
    ontology = world.client.create_ontology("Draft", structure=world.ontology.structure)
    classification = ontology.structure.add_classification()
    classification.add_attribute(RadioAttribute, "Is it art?").add_option("Yes")
    ontology.title = "Final"
    show(Ontology.save, ontology)
    read = world.client.get_ontology(ontology.ontology_hash)
    show(Ontology.refetch_data, read)
    assert (read.title, read.structure) == ("Final", ontology.structure)
    show.properties(read)
