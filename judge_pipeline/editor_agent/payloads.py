"""What the bodies of the calls hold: the editor's, and Encord's notification that a stage has work."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from judge_pipeline.encord_project.frames import Frame

Hash = Annotated[str, Field(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"), AfterValidator(str.lower)]
"""A uuid with its hyphens; Encord writes small letters."""

LAST_FRAME = 2**31 - 1


class FrameData(BaseModel):
    """What the label editor says: which frame is open. Single objects are not described: `objectHashes` is not looked at."""

    model_config = ConfigDict(alias_generator=to_camel, strict=True)

    project_hash: Hash
    data_hash: Hash
    frame: int = Field(default=0, ge=0, le=LAST_FRAME)
    object_hashes: list[str] | None = None

    def as_frame(self) -> Frame:
        """The same in the words of `encord_project`."""
        return Frame(self.project_hash, self.data_hash, self.frame)


WORK_AVAILABLE = "agent_stage_work_available_event"
VERSION = 1
"""Of Encord's event envelope; a number that differs means another shape."""


class StageWork(BaseModel):
    """What a notification says about the stage; the count is a hint."""

    project_hash: Hash
    stage_uuid: str
    pending_count: int
    reason: str


class Event(BaseModel):
    """Encord's event envelope: of other kinds and versions only that much is read."""

    event_type: str
    version: int
    payload: Any = None
