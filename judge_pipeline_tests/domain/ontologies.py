"""Ontologies for tests: the seed's, and generated ones with every kind of attribute and hostile titles, as Encord's editor JSON."""

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from judge_pipeline.domain.judge_ontology import JudgeOntology
from judge_pipeline.domain.ontology import Ontology

SEED_EDITOR: dict[str, Any] = json.loads((Path(__file__).parent / "seed_ontology.json").read_text(encoding="utf-8"))

HOSTILE = [
    "Cat", "cat", "Cat (2)", "Notes", "notes!", "C", "C++", "C#", "???", "", " ", "_x", "choice", "Choice", "caption_a",
    "Caption A", "Feature node hash", "naïve", "多くの色", "👩‍👩‍👧", "`" * 3 + "json", "a\nb", "a\u202eb", "\ud83d", "x" * 70,
    "LLM 8B", "llm-16b", "How good is LLM_8B?", "8B", "16 b or 8-B", '"quoted"', "\\", "$schema", "[[END CAPTION A]]",
]  # fmt: skip

titles = st.sampled_from(HOSTILE) | st.text(max_size=12)


def seed_ontology() -> JudgeOntology:
    return JudgeOntology.of(Ontology.read("Captions", SEED_EDITOR))


@st.composite
def attributes(draw: st.DrawFn, *, depth: int = 3, title: str | None = None) -> dict[str, Any]:
    kind = draw(st.sampled_from(["radio", "radio", "checklist", "text", "numeric"]))
    found: dict[str, Any] = {
        "id": "1",
        "name": draw(titles) if title is None else title,
        "type": kind,
        "featureNodeHash": "",
        "required": draw(st.booleans()),
        "archived": draw(st.sampled_from([False, False, False, True])) if title is None else False,
    }
    if kind in ("radio", "checklist"):
        most = draw(st.sampled_from([4, 4, 4, 30]))
        found["options"] = [
            draw(options(depth=depth if kind == "radio" else 0)) for _ in range(draw(st.integers(0, most)))
        ]
    return found


@st.composite
def options(draw: st.DrawFn, *, depth: int, label: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "label": draw(titles) if label is None else label,
        "value": "x",
        "featureNodeHash": "",
        "archived": label is None and draw(st.sampled_from([False, False, False, True])),
    }
    if depth and draw(st.sampled_from([False, False, True])):
        found["options"] = draw(st.lists(attributes(depth=depth - 1), max_size=3))
    return found


@st.composite
def ontologies(draw: st.DrawFn) -> Ontology:
    """Any ontology; what is required, archived, nested and how anything is called differs."""
    roots = draw(st.lists(attributes(), max_size=4))
    return Ontology.read("Any", _editor(roots))


@st.composite
def judge_ontologies(draw: st.DrawFn) -> JudgeOntology:
    """An ontology with all four roles, each captioner's rubric of its own kind, and others with "LLM" in the title."""
    rubric = {"options": [draw(options(depth=3, label="Answer available")), draw(options(depth=2))]}
    roots = [
        _radio("Final Choice", draw(st.permutations(["LLM-8B", "LLM-16B", "Tie"]))),
        draw(attributes(title="LLM 8B")) | {"type": "radio"} | rubric,
        draw(attributes(title="LLM 16B"))
        | {"type": "radio"}
        | draw(st.sampled_from([rubric, {"options": rubric["options"][:1]}])),
        _radio("LLM Judge Choice", draw(st.permutations(["LLM 8B", "llm-16b", "Both"]))),
        *(
            draw(attributes(title=f"LLM {title}"))
            for title in draw(
                st.lists(st.sampled_from(["???", "8B or 16B", "8B", "notes"]).map(lambda t: f"{t} asked"), max_size=3)
            )
        ),
        *draw(st.lists(attributes(depth=1).filter(lambda a: a["name"] not in TITLES), max_size=2)),
    ]
    return JudgeOntology.of(Ontology.read("Captions", _editor(draw(st.permutations(roots)))))


TITLES = {"Final Choice", "LLM 8B", "LLM 16B", "LLM Judge Choice"}


def _radio(title: str, labels: list[str]) -> dict[str, Any]:
    return {
        "name": title,
        "type": "radio",
        "featureNodeHash": "",
        "required": False,
        "options": [{"label": label, "value": "x", "featureNodeHash": ""} for label in labels],
    }


def _editor(roots: list[dict[str, Any]]) -> dict[str, Any]:
    """The roots as classifications; every node gets a hash of its own, of the characters Encord uses."""
    classifications = [{"featureNodeHash": "", "attributes": [root]} for root in roots]
    return {"objects": [], "classifications": _hashed(json.loads(json.dumps(classifications)), iter(range(1_000_000)))}


def _hashed(node: Any, numbers: Any) -> Any:
    if isinstance(node, list):
        return [_hashed(child, numbers) for child in node]
    if isinstance(node, dict):
        hashed = {key: _hashed(child, numbers) for key, child in node.items()}
        return hashed | ({"featureNodeHash": f"+/{next(numbers)}"} if "featureNodeHash" in node else {})
    return node
