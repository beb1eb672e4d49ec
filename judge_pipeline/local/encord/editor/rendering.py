"""Renders the pages' templates: every value is escaped, and a missing one is an error."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from judge_pipeline.local.encord.editor.item import Item
from judge_pipeline.local.encord.workflow import Stage, StageKind


def render(template: str, **values: object) -> str:
    """A page from a template of this package."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("judge_pipeline.local.encord.editor"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "amount": _amount,
        "bytes": _bytes,
        "day": _day,
        "frame": frame_address,
        "waiting": _waiting,
    }
    return environment


def frame_address(item: Item, number: int) -> str:
    """The address of one frame's picture."""
    return f"/items/{item.item}/frame/{number}"


def _amount(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _bytes(size: int) -> str:
    if size < 1000:
        return _amount(size, "byte")
    return f"{size / 1000:,.1f} kB" if size < 1_000_000 else f"{size / 1_000_000:,.1f} MB"


def _day(stored: str) -> str:
    """A stored time, to the minute."""
    return f"{stored[:10]} {stored[11:16]} UTC"


def _waiting(stage: Stage | None) -> str:
    """Who is expected to answer an open classification, by the stage of the task."""
    if stage is None or stage.is_final:
        return "not answered"
    return f"waiting for the agent of {stage.title}" if stage.kind is StageKind.AGENT else "waiting for a person"
