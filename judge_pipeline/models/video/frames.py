"""The n-th frame of a video file, without decoding the frames before its keyframe."""

import time
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from judge_pipeline.models.video.containers import WHAT_TO_DO, SeekableFile, UnreadableVideo, Video, open_video
from judge_pipeline.models.video.frame_index import LOOK_AHEAD, FrameIndex, frame_index, out_of_range
from judge_pipeline.models.video.packets import (
    Keyframe,
    SeekMissed,
    all_packets,
    decoded,
    is_shown,
    packets_after_skipping,
    packets_from,
)
from judge_pipeline.models.video.pictures import as_png

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.frame import VideoFrame as DecodedFrame
    from av.video.stream import VideoStream

DECODING_SECONDS = 60.0
"""A second holds 20 to 100 frames of 1920 x 1080, and keyframes are seldom more than 10 s apart."""

STEPS_BACK = (0, 1, 3, 7, 15)
"""Keyframes: frames shown before a keyframe that follow it in the file need the one before; a gradual refresh needs more."""

WITHOUT_TIMES = frozenset({"avi"})
"""Formats that do not say when a frame is shown; FFmpeg's guesses are not always in order."""


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """A frame as a PNG, see `pictures`; and what is known of the file's frames, for those that are read later."""

    png: bytes
    index: FrameIndex | None


def read_frame(
    file: SeekableFile, number: int, *, seconds: float = DECODING_SECONDS, known: FrameIndex | None = None
) -> VideoFrame:
    """The frame `number`, counted from 0 in the order in which frames are shown; `known` is the index of an earlier one.

    Raises:
        UnreadableVideo: it cannot be decoded within `seconds`, or there is no such frame. Exception: what `file` raises.
    """
    deadline = time.monotonic() + seconds

    def check_time() -> None:
        if time.monotonic() > deadline:
            raise UnreadableVideo(
                f"frame {number} could not be decoded within {seconds:g} s, because it is far from a keyframe; {WHAT_TO_DO}"
            )

    with open_video(file) as video:
        if video.container.format.name not in WITHOUT_TIMES:
            index = frame_index(video, number, check_time=check_time, known=known)
            if index.keyframes:
                return VideoFrame(as_png(_found(video, index, number, check_time), video.stream), index)
    with open_video(file) as video:
        return VideoFrame(as_png(_counted_to(video, number, check_time), video.stream), None)


def _found(video: Video, index: FrameIndex, number: int, check_time: Callable[[], None]) -> "DecodedFrame":
    """The frame, by the index."""
    if index.frames is not None and number >= index.frames:
        raise out_of_range(number, index.frames)
    place = index.first + number
    latest = index.latest_before(place)
    for back in STEPS_BACK:
        frame = _decoded_from_keyframe(video, index.keyframes[: max(0, latest - back) + 1], place, check_time)
        if frame is not None:
            return frame
        if latest <= back:
            break
    raise UnreadableVideo(f"frame {number} cannot be decoded: it is damaged or encrypted")


def _counted_to(video: Video, number: int, check_time: Callable[[], None]) -> "DecodedFrame":
    """The frame, decoded with all that come before it."""
    count = 0
    for packet in all_packets(video):
        check_time()
        for frame in decoded(video, [packet if packet.size else None]):
            if count == number and frame is not None:
                return frame
            count += frame is not None
    raise out_of_range(number, count)


def _decoded_from_keyframe(
    video: Video, keyframes: Sequence[Keyframe], place: int, check_time: Callable[[], None]
) -> "DecodedFrame | None":
    """The frame in this place, decoded from the last of these keyframes on; None if it needs an earlier one."""
    start = keyframes[-1]
    try:
        return _decoded_from(video, packets_from(video, keyframes, len(keyframes) - 1), start, place, check_time)
    except SeekMissed:
        with open_video(video.file) as again:
            packets = packets_after_skipping(again, start, check_time)
            return _decoded_from(again, packets, start, place, check_time)


def _decoded_from(
    video: Video, packets: "Iterator[Packet[VideoStream]]", start: Keyframe, wanted: int, check_time: Callable[[], None]
) -> "DecodedFrame | None":
    """The frame if it comes out of these packets whole, and none before it is damaged.

    Decoders return frames in the order of showing. A frame's place is told by the times of the packets read so far, which are
    `LOOK_AHEAD` more than were decoded.
    """
    codec = video.stream.codec_context.name
    times: list[int] = []
    ahead: deque[Packet[VideoStream]] = deque()
    earliest: int | None = None
    latest, repeated = None, 0
    for packet in packets:
        check_time()
        if packet.size:
            if packet.pts is not None and is_shown(packet, codec):
                insort(times, packet.pts)
                if earliest is None and start.frames_before:
                    earliest = packet.pts
            ahead.append(packet)
            if len(ahead) <= LOOK_AHEAD:
                continue
        for frame in decoded(video, [ahead.popleft()] if packet.size else [*ahead, None]):
            if frame is None or frame.pts is None:
                return None
            repeated = repeated + 1 if frame.pts == latest else 0
            latest = frame.pts
            place = start.frames_before + bisect_left(times, latest) + repeated
            if place == wanted and (earliest is None or latest >= earliest) and not frame.is_corrupt:
                return frame
            if place > wanted:
                return None
    return None
