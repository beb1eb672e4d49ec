"""The packets of a video file from a keyframe on."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from judge_pipeline.models.video.containers import Video

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.stream import VideoStream


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A keyframe; `frames_before` of the file's frames come before it, in the file's order."""

    frames_before: int
    timestamp: int
    position: int


NO_KEYFRAME = Keyframe(0, 0, -1)
"""In the place of the first one of a file that marks none."""


class SeekMissed(Exception):
    """A seek has led to a place after the keyframe, or to an unknown one."""


def packets_from(video: Video, keyframes: Sequence[Keyframe], which: int) -> "Iterator[Packet[VideoStream]]":
    """The packets from a keyframe on, by a seek; `keyframes` are all up to it.

    Raises:
        SeekMissed: before the first packet.
    """
    if not keyframes:
        raise SeekMissed
    video.container.seek(keyframes[which].timestamp, stream=video.stream)
    video.decoder.flush_buffers()
    earlier = {keyframe.position for keyframe in keyframes[:which]}
    is_found = False
    for packet in video.container.demux(video.stream):
        is_found = is_found or packet.pos == keyframes[which].position
        if is_found:
            yield packet
        elif not packet.size or (packet.is_keyframe and packet.pos not in earlier):
            raise SeekMissed


def packets_after_skipping(
    video: Video, start: Keyframe, check_time: Callable[[], None]
) -> "Iterator[Packet[VideoStream]]":
    """The same of a newly opened file, read from its beginning."""
    is_found = start is NO_KEYFRAME
    for packet in video.container.demux(video.stream):
        check_time()
        is_found = is_found or packet.pos == start.position
        if is_found:
            yield packet
