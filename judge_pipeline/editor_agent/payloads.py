"""The request bodies: the editor's, and Encord's notification that a stage has work."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from judge_pipeline.encord_project.frames import Frame

Hash = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"), AfterValidator(str.lower)]
"""A uuid with hyphens, lower-cased as Encord writes it."""

LAST_FRAME = 2**31 - 1

ObjectHash = Annotated[str, Field(min_length=1, max_length=64)]
"""Eight characters of base64 in Encord."""

MOST_OBJECTS = 1_000


class FrameData(BaseModel):
    """The frame that is open in the label editor, with the objects that are chosen there, if any."""

    model_config = ConfigDict(alias_generator=to_camel, strict=True)

    project_hash: Hash
    data_hash: Hash
    frame: int = Field(default=0, ge=0, le=LAST_FRAME)
    object_hashes: list[ObjectHash] | None = Field(default=None, max_length=MOST_OBJECTS)

    def as_frame(self) -> Frame:
        """The same as `encord_project` names it."""
        objects = tuple(sorted(set(self.object_hashes or ())))
        return Frame(self.project_hash, self.data_hash, self.frame, objects)


WORK_AVAILABLE = "agent_stage_work_available_event"
VERSION = 1
"""The version of Encord's event envelope; another number means another schema."""


class StageWork(BaseModel):
    """The notification's content; the count is a hint."""

    project_hash: Hash
    stage_uuid: str
    pending_count: int
    reason: str


class Event(BaseModel):
    """Encord's event envelope; the payload of other types and versions is not read."""

    event_type: str
    version: int
    payload: Any = None
