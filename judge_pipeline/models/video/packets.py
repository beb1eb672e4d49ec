"""The packets of a video file from a keyframe on, and what a decoder makes of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from judge_pipeline.models.video.containers import WHAT_TO_DO, UnreadableVideo, Video

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A keyframe; `frames_before` of the file's frames come before it, in the file's order."""

    frames_before: int
    timestamp: int
    position: int


class SeekMissed(Exception):
    """A seek has led to a place after the keyframe, or to an unknown one."""


def all_packets(video: Video) -> "Iterator[Packet[VideoStream]]":
    """The packets of the video's stream from here on.

    Raises:
        UnreadableVideo: a stream begins within the file, which PyAV does not expect.
    """
    try:
        yield from video.container.demux(video.stream)
    except IndexError:
        raise UnreadableVideo(f"a stream begins in the middle of the file; {WHAT_TO_DO}") from None


def packets_from(video: Video, keyframes: Sequence[Keyframe], which: int) -> "Iterator[Packet[VideoStream]]":
    """The packets from a keyframe on, by a seek; `keyframes` are all up to it.

    Raises:
        SeekMissed: before the first packet.
    """
    video.container.seek(keyframes[which].timestamp, stream=video.stream)
    video.decoder.flush_buffers()
    earlier = {keyframe.position for keyframe in keyframes[:which]}
    is_found = False
    for packet in all_packets(video):
        is_found = is_found or packet.pos == keyframes[which].position
        if is_found:
            yield packet
        elif not packet.size or (packet.is_keyframe and packet.pos not in earlier):
            raise SeekMissed


def packets_after_skipping(
    video: Video, start: Keyframe, check_time: Callable[[], None]
) -> "Iterator[Packet[VideoStream]]":
    """The same of a newly opened file, read from its beginning."""
    is_found = False
    for packet in all_packets(video):
        check_time()
        is_found = is_found or packet.pos == start.position
        if is_found:
            yield packet


def is_shown(packet: "Packet[VideoStream]", codec: str) -> bool:
    """Whether the packet becomes a frame: it is not excluded by an edit list, and not a hidden reference frame of VP8."""
    if packet.is_discard or not packet.size:
        return False
    return codec != "vp8" or bool(memoryview(packet)[0] & 0x10)


def decoded(video: Video, packets: "Iterable[Packet[VideoStream] | None]") -> "Iterator[VideoFrame | None]":
    """What the decoder returns for these packets, None for a damaged one; the packet None asks for what it has held back."""
    from av.error import InvalidDataError

    for packet in packets:
        try:
            yield from video.decoder.decode(packet)
        except InvalidDataError:
            yield None
