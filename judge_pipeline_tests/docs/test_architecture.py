"""The page on architecture shows the folders, layers and numbers that the code has."""

import re

from judge_pipeline.engine.batch_runner import TAGS_BETWEEN_CALLS
from judge_pipeline.settings.settings import Settings
from judge_pipeline_tests.docs.layers_diagram import PAGE, layers, page_with_diagram
from judge_pipeline_tests.docs.pages import ROOT

PACKAGE = ROOT / "judge_pipeline"
TREE = re.compile(r"^```text\njudge_pipeline/\n(.*?)^```", re.MULTILINE | re.DOTALL)
"""The package's folders and top-level modules, one a line."""


def test_the_layer_diagram_is_what_the_import_contract_says() -> None:
    """To draw it: python -m judge_pipeline_tests.docs.layers_diagram."""
    assert PAGE.read_text(encoding="utf-8") == page_with_diagram()


def test_every_folder_is_in_a_layer_or_named_as_outside() -> None:
    """Settings and the two local servers have contracts of their own."""
    inside = {module.split(".")[0] for layer in layers() for module in layer}
    assert _there() - {f"{module}/" for module in inside} - {f"{module}.py" for module in inside} == {"settings/"}


def test_the_tree_lists_what_the_package_has() -> None:
    (tree,) = TREE.findall(PAGE.read_text(encoding="utf-8"))
    assert set(re.findall(r"^  (\S+)  +\S", tree, re.MULTILINE)) == _there()


def test_the_page_has_the_number_of_tags_in_flight() -> None:
    concurrency = Settings().llm1.concurrency
    sentence = f"{2 * concurrency + TAGS_BETWEEN_CALLS} with the default of {concurrency}"
    assert sentence in " ".join(PAGE.read_text(encoding="utf-8").split())


def _there() -> set[str]:
    modules = {path.name for path in PACKAGE.glob("*.py")} - {"__init__.py", "__main__.py"}
    return modules | {f"{path.name}/" for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
