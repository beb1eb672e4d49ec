"""Which frame each keyframe of a video file is.

A frame's number is its place in the order in which frames are shown, as Encord's servers count them with FFmpeg: however long each is
shown, and without those that the file itself excludes. Files are in another order, in which a frame comes after those that it is
made from. So a keyframe's place there is that of the first of the frames that follow it, except that some of these may be
shown before the keyframe.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from judge_pipeline.models.video.containers import SeekableFile, UnreadableVideo, Video, open_video
from judge_pipeline.models.video.packets import Keyframe, SeekMissed, packets_from

if TYPE_CHECKING:
    from av.packet import Packet
    from av.video.stream import VideoStream

BOX_HEADER, LONG_BOX_HEADER = 8, 16
MOST_BOXES = 64
"""At the top of a file: an ordinary MP4 has four."""


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """The keyframes in the file's order, among the first `counted` frames; `count` is that of all frames, if known."""

    keyframes: Sequence[Keyframe]
    counted: int
    count: int | None

    def reaches(self, number: int) -> bool:
        """Whether it says where this frame is, or that there is none."""
        return self.count is not None or number < self.counted

    def latest_before(self, number: int) -> int:
        """Which keyframe is the last with at most `number` frames before it; the first one if none is."""
        return max(0, bisect_right(self.keyframes, number, key=lambda keyframe: keyframe.frames_before) - 1)


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
            return _of_entries(entries)
    try:
        return _counted(video, number, check_time, known.keyframes if known else ())
    except SeekMissed:
        with open_video(video.file) as again:
            return _counted(again, number, check_time, ())


def is_shown(packet: "Packet[VideoStream]", codec: str) -> bool:
    """Whether the packet becomes a frame: it is not excluded by an edit list, and not a hidden reference frame of VP8."""
    if packet.is_discard or not packet.size:
        return False
    return codec != "vp8" or bool(memoryview(packet)[0] & 0x10)


def _of_entries(entries: object) -> FrameIndex:
    keyframes: list[Keyframe] = []
    count = 0
    for entry in entries:  # type: ignore[attr-defined]
        if entry.is_keyframe:
            keyframes.append(Keyframe(count, entry.timestamp, entry.pos))
        count += not entry.is_discard
    return FrameIndex(keyframes, count, count)


def _counted(video: Video, number: int, check_time: Callable[[], None], known: Sequence[Keyframe]) -> FrameIndex:
    """Counts packets, from the last known keyframe on."""
    codec = video.stream.codec_context.name
    keyframes = list(known[:-1])
    count = known[-1].frames_before if known else 0
    for packet in packets_from(video, known, len(known) - 1) if known else video.container.demux(video.stream):
        if not packet.size:
            continue
        timestamp = packet.dts if packet.pts is None else packet.pts
        if packet.is_keyframe and timestamp is not None and packet.pos is not None:
            keyframes.append(Keyframe(count, timestamp, packet.pos))
        count += is_shown(packet, codec)
        if count > number:
            return FrameIndex(keyframes, count, None)
        if count % 256 == 0:
            check_time()
    return FrameIndex(keyframes, count, count)


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
