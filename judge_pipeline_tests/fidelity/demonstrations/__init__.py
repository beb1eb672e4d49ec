"""Demonstrations: small programs that use the SDK. Each function without a leading underscore is one."""

from collections.abc import Callable, Iterator

from judge_pipeline_tests.fidelity.demonstrations import (
    beyond,
    client,
    data_groups,
    datasets,
    issues,
    labels,
    media,
    metadata_schema,
    ontologies,
    projects,
    storage,
    workflow,
)
from judge_pipeline_tests.fidelity.show import Show
from judge_pipeline_tests.fidelity.world import World

Demonstration = Callable[[Show, World], None]

SUBJECTS = (
    client,
    metadata_schema,
    storage,
    media,
    data_groups,
    datasets,
    ontologies,
    projects,
    labels,
    workflow,
    issues,
    beyond,
)


def demonstrations() -> Iterator[tuple[str, Demonstration]]:
    """Every demonstration with its name, `file::function`."""
    for subject in SUBJECTS:
        file = subject.__name__.rpartition(".")[2]
        for name, found in list(vars(subject).items()):
            if getattr(found, "__module__", None) == subject.__name__ and not name.startswith("_"):
                yield f"{file}.py::{name}", found
