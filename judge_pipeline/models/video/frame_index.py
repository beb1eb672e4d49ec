"""Which frame each keyframe of a video file is.

A frame's number is its place in the order in which frames are shown, as Encord's servers count them with FFmpeg: however long each is
shown, and without those that the file itself excludes. Files are in another order, in which a frame comes after those that it is
made from. So a keyframe's place there is that of the first of the frames that follow it, except that some of these may be
shown before the keyframe.

A file may begin with frames that need others, because it was cut out of a longer one: no decoder shows them, and they are not counted.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from judge_pipeline.models.video.containers import SeekableFile, UnreadableVideo, Video, open_video
from judge_pipeline.models.video.packets import (
    Keyframe,
    SeekMissed,
    all_packets,
    decoded,
    is_shown,
    packets_after_skipping,
    packets_from,
)

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.stream import VideoStream

BOX_HEADER, LONG_BOX_HEADER = 8, 16
LOOK_AHEAD = 20
"""Packets: a codec holds back at most 16 frames."""

MOST_BOXES = 64
"""At the top of a file: an ordinary MP4 has four."""


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """The keyframes in the file's order, among the first `counted` frames.

    `is_complete` if these are all. Frame 0 is the one in place `first`; those before it cannot be decoded.
    """

    keyframes: Sequence[Keyframe]
    counted: int
    is_complete: bool
    first: int = 0

    @property
    def frames(self) -> int | None:
        """How many frames the file has, if that is known."""
        return self.counted - self.first if self.is_complete else None

    def reaches(self, number: int) -> bool:
        """Whether it says where this frame is, or that there is none."""
        return self.is_complete or self.first + number < self.counted

    def latest_before(self, place: int) -> int:
        """Which keyframe is the last with at most this many frames before it."""
        return max(0, bisect_right(self.keyframes, place, key=lambda keyframe: keyframe.frames_before) - 1)


def frame_index(
    video: Video, number: int, *, check_time: Callable[[], None], known: FrameIndex | None = None
) -> FrameIndex:
    """The index as far as the frame `number`: the file's own if it is complete, otherwise by reading the file up to that frame.

    What is `known` of the same file is not read again.

    Raises:
        UnreadableVideo: `check_time` raises it; and what reading the file raises.
    """
    if known is not None and known.reaches(number):
        return known
    if "mp4" in video.container.format.name.split(",") and not _is_fragmented(video.file):
        entries = video.stream.index_entries
        if video.stream.frames and len(entries) >= video.stream.frames:
            return _with_first(video, _of_entries(entries), check_time)
    if known is None:
        return _with_first(video, _counted(video, number + LOOK_AHEAD, check_time, ()), check_time)
    try:
        return replace(_counted(video, number + known.first, check_time, known.keyframes), first=known.first)
    except SeekMissed:
        with open_video(video.file) as again:
            return replace(_counted(again, number + known.first, check_time, ()), first=known.first)


def _of_entries(entries: object) -> FrameIndex:
    keyframes: list[Keyframe] = []
    count = 0
    for entry in entries:  # type: ignore[attr-defined]
        if entry.is_keyframe:
            keyframes.append(Keyframe(count, entry.timestamp, entry.pos))
        count += bool(keyframes) and not entry.is_discard
    return FrameIndex(keyframes, count, is_complete=True)


def _counted(video: Video, place: int, check_time: Callable[[], None], known: Sequence[Keyframe]) -> FrameIndex:
    """Counts packets, from the last known keyframe on."""
    codec = video.stream.codec_context.name
    keyframes = list(known[:-1])
    count = known[-1].frames_before if known else 0
    for packet in packets_from(video, known, len(known) - 1) if known else all_packets(video):
        if not packet.size:
            continue
        timestamp = packet.dts if packet.pts is None else packet.pts
        if packet.is_keyframe and timestamp is not None and packet.pos is not None:
            keyframes.append(Keyframe(count, timestamp, packet.pos))
        count += bool(keyframes) and is_shown(packet, codec)
        if count > place:
            return FrameIndex(keyframes, count, is_complete=False)
        if count % 256 == 0:
            check_time()
    return FrameIndex(keyframes, count, is_complete=True)


def _with_first(video: Video, index: FrameIndex, check_time: Callable[[], None]) -> FrameIndex:
    """Leaves out the frames that are shown before the first keyframe and cannot be decoded without those before it."""
    if not index.keyframes:
        return index
    try:
        return replace(index, first=_place_of_first(video, packets_from(video, index.keyframes, 0)))
    except SeekMissed:
        with open_video(video.file) as again:
            packets = packets_after_skipping(again, index.keyframes[0], check_time)
            return replace(index, first=_place_of_first(again, packets))


def _place_of_first(video: Video, packets: "Iterator[Packet[VideoStream]]") -> int:
    begun = list(islice(packets, LOOK_AHEAD))
    codec = video.stream.codec_context.name
    times = sorted(packet.pts for packet in begun if packet.pts is not None and is_shown(packet, codec))
    if not times or begun[0].pts is None or times[0] >= begun[0].pts:
        return 0
    frames = decoded(video, [*(packet for packet in begun if packet.size), None])
    return next((bisect_left(times, frame.pts) for frame in frames if frame is not None and frame.pts is not None), 0)


def _is_fragmented(file: SeekableFile) -> bool:
    """Whether an MP4 has samples outside the index at its beginning or end (ISO/IEC 14496-12, 8.8)."""
    position = 0
    for _ in range(MOST_BOXES):
        file.seek(position)
        header = file.read(LONG_BOX_HEADER)
        if len(header) < BOX_HEADER:
            return False
        size, kind = int.from_bytes(header[:4], "big"), header[4:8]
        if kind == b"moof":
            return True
        if size == 1:
            size = int.from_bytes(header[BOX_HEADER:], "big")
        if size < BOX_HEADER:
            return False
        position += size
    return True


def out_of_range(number: int, count: int) -> UnreadableVideo:
    """The error for a frame that the file does not have."""
    if not count:
        return UnreadableVideo("the file has no frames")
    return UnreadableVideo(f"the file has no frame {number}; its frames are 0 to {count - 1}")
