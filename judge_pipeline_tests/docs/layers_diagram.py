"""The layer diagram of docs/architecture.md, drawn from the import contract: `python -m judge_pipeline_tests.docs.layers_diagram`."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from itertools import pairwise

from judge_pipeline_tests.docs.pages import ROOT

PAGE = ROOT / "docs" / "architecture.md"
BLOCK = re.compile(r"(?<=<!-- layers -->\n).*?(?=<!-- end of layers -->\n)", re.DOTALL)
SIBLINGS = " | "
"""Separates the modules of one layer; they may not import each other."""


def layers() -> list[list[str]]:
    """The layers of the contract, the outermost first, each with its modules."""
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = [each for each in configuration["tool"]["importlinter"]["contracts"] if each["type"] == "layers"]
    return [
        [module.removeprefix("judge_pipeline.") for module in layer.split(SIBLINGS)] for layer in contract["layers"]
    ]


def layers_diagram() -> str:
    """A Mermaid flowchart: one box a layer, and an arrow from each layer to the next."""
    return "".join(f"{line}\n" for line in ("```mermaid", "flowchart TD", *_flowchart(layers()), "```"))


def page_with_diagram() -> str:
    """The page with a current diagram."""
    page, drawn = BLOCK.subn(lambda _: layers_diagram(), PAGE.read_text(encoding="utf-8"))
    assert drawn == 1, f"{PAGE} has no block between <!-- layers --> and <!-- end of layers -->"
    return page


def _flowchart(found: Sequence[Sequence[str]]) -> Iterator[str]:
    boxes = []
    for number, modules in enumerate(found):
        nodes = [f'{module.replace(".", "_")}["{module}"]' for module in modules]
        if len(nodes) == 1:
            yield f"  {nodes[0]}"
            boxes.append(modules[0].replace(".", "_"))
        else:
            yield from (f'  subgraph layer{number} [" "]', *(f"    {node}" for node in nodes), "  end")
            boxes.append(f"layer{number}")
    yield from (f"  {upper} --> {lower}" for upper, lower in pairwise(boxes))


if __name__ == "__main__":
    PAGE.write_text(page_with_diagram(), encoding="utf-8")
