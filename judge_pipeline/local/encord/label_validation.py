"""Checks labels against an ontology and describes the problems. Pure."""

from collections.abc import Collection, Iterator
from typing import Any


def problems_of(
    labels: dict[str, Any], editor: dict[str, Any], *, frames: int | None, spaces: Collection[str] = ()
) -> list[str]:
    """All problems in a label row's classification answers; `editor` is the ontology's structure as the SDK sends it.

    `frames` is the number of frames that labels can lie on, None if they do not lie on frames. `spaces` are those of a data
    group.
    """
    known = {c["featureNodeHash"]: c for c in editor.get("classifications", [])}
    problems: list[str] = []
    for key, answer in (labels.get("classification_answers") or {}).items():
        classification = known.get(answer.get("featureHash"))
        if classification is None:
            problems.append(f"classification {key}: the ontology has no classification {answer.get('featureHash')!r}")
            continue
        problems.extend(_problems_of_range(key, answer.get("range"), frames))
        problems.extend(
            f"classification {key}: the row has no space {space!r}"
            for space in answer.get("spaces") or ()
            if space not in spaces
        )
        attributes = {a["featureNodeHash"]: a for a in _attributes(classification.get("attributes", []))}
        problems.extend(_problems_of_answers(key, answer.get("classifications") or [], attributes))
    return problems


def _problems_of_range(key: str, given: Any, frames: int | None) -> Iterator[str]:
    if frames is None:
        return
    wanted = (
        "on an image 'range' must be [[0, 0]]" if frames == 1 else f"'range' must name frames from 0 to {frames - 1}"
    )
    if not given:
        yield f"classification {key}: {wanted}"
    elif not (isinstance(given, list) and all(_is_within(part, frames) for part in given)):
        yield f"classification {key}: {wanted}, found {given!r:.80}"


def _is_within(part: Any, frames: int) -> bool:
    is_pair = isinstance(part, list) and len(part) == 2 and all(isinstance(end, int) for end in part)
    return is_pair and 0 <= part[0] <= part[1] < frames


def _attributes(attributes: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for attribute in attributes:
        yield attribute
        if attribute.get("type") in ("radio", "checklist"):
            for option in attribute.get("options", []):
                yield from _attributes(option.get("options", []))


def _problems_of_answers(
    key: str, answers: list[dict[str, Any]], attributes: dict[str, dict[str, Any]]
) -> Iterator[str]:
    seen: set[str] = set()
    for answer in answers:
        feature = answer.get("featureHash", "")
        attribute = attributes.get(feature)
        if attribute is None:
            yield f"classification {key}: attribute {feature!r} is not under it"
            continue
        if feature in seen:
            yield f"classification {key}: attribute {attribute['name']!r} is answered twice"
        seen.add(feature)
        yield from _problems_of_answer(key, answer.get("answers"), attribute)


def _problems_of_answer(key: str, given: Any, attribute: dict[str, Any]) -> Iterator[str]:
    name, kind = attribute["name"], attribute["type"]
    if kind in ("radio", "checklist"):
        if not isinstance(given, list) or (kind == "radio" and len(given) != 1):
            wanted = "a list of one option" if kind == "radio" else "a list of options"
            yield f"classification {key}: {name!r} takes {wanted}, found {given!r}"
            return
        options = {option["featureNodeHash"] for option in attribute.get("options", [])}
        for option in given:
            if option.get("featureHash") not in options:
                yield f"classification {key}: {name!r} has no option {option.get('name') or option.get('featureHash')!r}"
    elif kind == "text" and not isinstance(given, str):
        yield f"classification {key}: {name!r} takes text, found {given!r}"
    elif kind == "numeric" and not isinstance(given, int | float):
        yield f"classification {key}: {name!r} takes a number, found {given!r}"
