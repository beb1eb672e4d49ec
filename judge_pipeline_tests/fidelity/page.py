"""The page: what was shown, area by area, what was not, and what cannot be known."""

from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version

from judge_pipeline_tests.fidelity.assumptions import ASSUMPTIONS, Assumption
from judge_pipeline_tests.fidelity.show import Shown
from judge_pipeline_tests.fidelity.surface import AREAS, members

INTRODUCTION = """\
# How faithful the local Encord is

Made by `python -m judge_pipeline_tests.fidelity > docs/fidelity.md`; a test makes it again and compares. Nothing here is
claimed by hand: every public method and property of Encord's official Python SDK {version} in these areas is found by
introspection and called against a local Encord, which says what it was asked for. The calls and what has to come of them
are in `judge_pipeline_tests/fidelity/demonstrations/`, in the file and function that each line names. What the answers have
to be like in every corner is told by the tests in `judge_pipeline_tests/local/encord/` and `judge_pipeline_tests/promises/`.

Of {total} methods and properties, {answered} ask the server and are answered, {alone} work without asking it, and
{refused} are refused or have nothing to work on here. What the server does not imitate it answers with 501 and its name,
never with a guess. Nothing was compared with the real Encord: where its behaviour cannot be known from the SDK, the last
section says what was assumed.
"""


def page(shown: Sequence[Shown], *, unused_operations: Sequence[str]) -> str:
    """The page as Markdown."""
    known = {member: [one for one in shown if one.member == member] for area in AREAS for member in members(area)}
    answered = [member for member, ones in known.items() if any(one.operations and not one.refusal for one in ones)]
    refused = [member for member, ones in known.items() if ones and all(one.refusal for one in ones)]
    introduction = INTRODUCTION.format(
        version=version("encord"),
        total=len(known),
        answered=len(answered),
        refused=len(refused),
        alone=len(known) - len(answered) - len(refused),
    )
    areas = [_area(area, {member: known[member] for member in members(area)}) for area in AREAS]
    parts = [introduction, *areas, _unused(unused_operations), _assumptions()]
    return "\n".join(parts)


def left_out(shown: Iterable[Shown]) -> list[str]:
    """The members of the SDK that no demonstration calls."""
    looked_at = {one.member for one in shown}
    return [member for area in AREAS for member in members(area) if member not in looked_at]


def _area(area: str, known: dict[str, list[Shown]]) -> str:
    answered, alone, refused = [], [], []
    for member, ones in known.items():
        if all(one.refusal for one in ones):
            refused.append(f"| `{member}` | {ones[0].refusal} | {_by(ones)} |")
        elif any(one.operations for one in ones):
            answered.append(f"| `{member}` | {_asked(ones)} | {_by(ones)} |")
        else:
            alone.append(member)
    lines = [f"## {area}", ""]
    if answered:
        lines += ["| method | asks for | shown by |", "|---|---|---|", *answered, ""]
    if alone:
        lines += ["Without asking the server:", "", *_by_class(alone), ""]
    if refused:
        lines += ["Not to be had here:", "", "| method | why | shown by |", "|---|---|---|", *refused, ""]
    return "\n".join(lines)


def _asked(ones: Sequence[Shown]) -> str:
    operations = dict.fromkeys(operation for one in ones if not one.refusal for operation in one.operations)
    limits = [f"; **{one.limit}**" for one in ones if one.limit]
    return ", ".join(f"`{operation}`" for operation in operations) + "".join(limits)


def _by(ones: Sequence[Shown]) -> str:
    return f"`{ones[0].demonstration}`"


def _by_class(names: Sequence[str]) -> Iterator[str]:
    owners = dict.fromkeys(name.partition(".")[0] for name in names)
    for owner in owners:
        mine = [name.partition(".")[2] for name in names if name.startswith(f"{owner}.")]
        yield f"* `{owner}`: {', '.join(f'`{name}`' for name in mine)}"


def _unused(operations: Sequence[str]) -> str:
    heading = "## What the server answers although nothing above asks for it"
    return "\n".join([heading, "", *[f"* `{operation}`" for operation in operations], ""])


def _assumptions() -> str:
    lines = ["## What cannot be known from the SDK", ""]
    lines += ["The options are set with `POST /_local/config`; tests are named below `judge_pipeline_tests/`.", ""]
    for subject, assumptions in ASSUMPTIONS.items():
        lines += [f"### {subject}", "", "| question | here | option | tests |", "|---|---|---|---|"]
        lines += [*map(_assumption, assumptions), ""]
    return "\n".join(lines).rstrip() + "\n"


def _assumption(assumption: Assumption) -> str:
    option = f"`{assumption.option}`" if assumption.option else ""
    tests = "<br>".join(f"`{test}`" for test in assumption.tests)
    return f"| {assumption.question} | {assumption.here} | {option} | {tests} |"
