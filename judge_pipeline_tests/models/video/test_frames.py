"""Frame n is the n-th that a decoder shows, whatever the container, the codec, the order in the file and the frames' times."""

from io import BytesIO
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from judge_pipeline.models.video.containers import UnreadableVideo
from judge_pipeline.models.video.frames import read_frame
from judge_pipeline_tests.models.video.numbered import B_FRAMES, H264, Recipe, cut, decoded_whole, moved, number_of

FRAMES = 60

RECIPES = {
    "mp4 with B-frames": H264,
    "open groups": Recipe("mp4", "libx264", B_FRAMES | {"x264-params": "open-gop=1"}),
    "index first": Recipe("mp4", "libx264", B_FRAMES, {"movflags": "faststart"}),
    "fragments": Recipe("mp4", "libx264", B_FRAMES, {"movflags": "frag_keyframe+empty_moov"}),
    "fragments after an index": Recipe("mp4", "libx264", B_FRAMES, {"movflags": "frag_keyframe"}),
    "gradual refresh": Recipe("mp4", "libx264", {"bf": "3", "x264-params": "intra-refresh=1:keyint=20"}),
    "one keyframe": Recipe("mov", "libx264", {"bf": "3", "g": "1000"}),
    "mpeg4": Recipe("mp4", "mpeg4", {"bf": "2", "g": "12"}),
    "hevc": Recipe(
        "mp4", "libx265", {"x265-params": "keyint=12:open-gop=1:bframes=3:frame-threads=1:pools=none:log-level=none"}
    ),
    "av1": Recipe("mp4", "libsvtav1", {"g": "16", "preset": "12", "svtav1-params": "lp=1"}),
    "matroska": Recipe("mkv", "libx264", B_FRAMES),
    "vp9": Recipe("webm", "libvpx-vp9", {"g": "12", "deadline": "realtime", "cpu-used": "8"}),
    "vp8, hidden frames": Recipe(
        "webm", "libvpx", {"g": "30", "cpu-used": "5", "auto-alt-ref": "1", "lag-in-frames": "9"}
    ),
    "transport stream": Recipe("ts", "libx264", B_FRAMES),
    "avi": Recipe("avi", "mpeg4", {"bf": "2", "g": "12"}),
    "larger than a buffer": Recipe("mp4", "mjpeg", size=(320, 320), pixels="yuvj420p"),
    "odd size": Recipe("mkv", "ffv1", size=(61, 37), pixels="yuv444p"),
}


def check(video: bytes, numbers: range | list[int]) -> None:
    """Each of these frames is the one of that place in a whole decoding."""
    shown = decoded_whole(video)
    for number in numbers:
        assert number_of(read_frame(BytesIO(video), number).png) == shown[number]


@pytest.mark.parametrize("name", RECIPES)
def test_each_frame_is_the_one_of_a_whole_decoding(tmp_path: Path, name: str) -> None:
    video = RECIPES[name].make(tmp_path, frames=FRAMES)
    assert decoded_whole(video) == list(range(FRAMES))
    check(video, range(FRAMES) if name == "mp4 with B-frames" else [0, 1, 9, 10, 11, 12, 13, 31, 58, 59])
    with pytest.raises(UnreadableVideo, match="has no frame 60; its frames are 0 to 59"):
        read_frame(BytesIO(video), FRAMES)


@settings(max_examples=20, deadline=None)
@given(
    steps=st.lists(st.sampled_from((1, 7, 40, 41, 900)), min_size=1, max_size=30),
    recipe=st.sampled_from(("mp4 with B-frames", "open groups", "mpeg4", "matroska", "fragments")),
    place=st.integers(0, 29),
)
def test_times_between_frames_do_not_matter(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int], recipe: str, place: int
) -> None:
    times = [sum(steps[:count]) for count in range(len(steps) + 1)]
    video = RECIPES[recipe].make(tmp_path_factory.mktemp("video"), frames=len(times), times=times)
    check(video, [place % len(times), len(times) - 1])


def test_frames_that_the_file_excludes_are_not_counted(tmp_path: Path) -> None:
    video = moved(H264.make(tmp_path), tmp_path, by=5 * 40)
    assert decoded_whole(video) == list(range(5, FRAMES))
    check(video, [0, 1, 6, 7, 8, 54])
    with pytest.raises(UnreadableVideo, match="its frames are 0 to 54"):
        read_frame(BytesIO(video), 55)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize(("name", "packets"), [("mp4 with B-frames", 5), ("open groups", 5), ("open groups", 9)])
def test_frames_that_no_decoder_shows_are_not_counted(tmp_path: Path, name: str, packets: int, suffix: str) -> None:
    """The beginning of a file that was cut out of a longer one, within a group, or at a keyframe that frames before it need."""
    video = cut(RECIPES[name].make(tmp_path), tmp_path, suffix, packets=packets)
    shown = decoded_whole(video)
    assert 40 < len(shown) < FRAMES - packets
    check(video, [0, 1, 2, 11, 12, 13, 30, len(shown) - 1])
    with pytest.raises(UnreadableVideo, match=f"its frames are 0 to {len(shown) - 1}"):
        read_frame(BytesIO(video), len(shown))


def test_a_damaged_part_spoils_only_the_frames_made_from_it(tmp_path: Path) -> None:
    whole = RECIPES["index first"].make(tmp_path)
    with av.open(BytesIO(whole)) as container:
        start = [entry.pos for entry in container.streams.video[0].index_entries if entry.is_keyframe][2]
    video = whole[:start] + bytes(byte ^ 0x5A for byte in whole[start : start + 100]) + whole[start + 100 :]
    assert [number_of(read_frame(BytesIO(video), number).png) for number in (0, 20, 36, 59)] == [0, 20, 36, 59]
    for number in (24, 25, 34, 35):
        with pytest.raises(UnreadableVideo, match=f"frame {number} cannot be decoded: it is damaged or encrypted"):
            read_frame(BytesIO(video), number)


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda whole: b"", "not a video that can be read"),
        (lambda whole: b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "not a video that can be read"),
        (lambda whole: whole[: len(whole) // 2], "no video stream that can be decoded"),
        (lambda whole: whole.replace(b"avc1", b"xxx1"), "no video stream that can be decoded"),
        (lambda whole: whole.replace(b"vide", b"soun"), "no video stream that can be decoded"),
    ],
)
def test_a_file_without_a_video_that_can_be_decoded_says_what_to_do(
    tmp_path: Path, damage: object, reason: str
) -> None:
    assert callable(damage)
    with pytest.raises(UnreadableVideo, match=rf"{reason}.*re-encode the video in Encord, or upload it as MP4"):
        read_frame(BytesIO(damage(H264.make(tmp_path, frames=3))), 0)


def test_a_title_in_another_encoding_is_no_obstacle(tmp_path: Path) -> None:
    """As older programs write it, in Latin-1."""
    titled = Recipe("avi", "mpeg4", metadata={"title": "cafeXX"}).make(tmp_path, frames=3)
    assert number_of(read_frame(BytesIO(titled.replace(b"cafeXX", b"caf\xe9 \xff")), 2).png) == 2


def test_a_stream_that_begins_within_the_file_is_named(tmp_path: Path) -> None:
    """One that the table of the streams does not have: a packet's number is damaged, say."""
    video = bytearray(Recipe("ts", "libx264").make(tmp_path, frames=30))
    starts = [at for at in range(0, len(video), 188) if video[at + 1 : at + 3] == b"\x41\x00"]
    video[starts[-5] + 2] = 0x11
    with pytest.raises(UnreadableVideo, match=r"begins in the middle of the file; .*upload it as MP4"):
        read_frame(BytesIO(video), 29)


def test_a_frame_far_from_a_keyframe_is_given_up_in_time(tmp_path: Path) -> None:
    video = RECIPES["one keyframe"].make(tmp_path)
    with pytest.raises(UnreadableVideo, match="within 0 s, because it is far from a keyframe"):
        read_frame(BytesIO(video), 59, seconds=0)


def test_an_error_of_the_file_stays_what_it_is(tmp_path: Path) -> None:
    class Broken(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell() > 40_000:
                raise ConnectionError("gone")
            return super().read(size)

    with pytest.raises(ConnectionError, match="gone"):
        read_frame(Broken(Recipe("avi", "mjpeg", size=(320, 320), pixels="yuvj420p").make(tmp_path)), 59)


@pytest.mark.parametrize(
    "name", ["matroska", "vp8, hidden frames", "fragments", "transport stream", "mp4 with B-frames"]
)
def test_what_is_known_of_a_file_is_not_counted_again(tmp_path: Path, name: str) -> None:
    video = RECIPES[name].make(tmp_path)
    known = None
    for number in (20, 5, 40, 59, 21):
        still = read_frame(BytesIO(video), number, known=known)
        assert number_of(still.png) == number
        known = still.index
    with pytest.raises(UnreadableVideo, match="has no frame 60; its frames are 0 to 59"):
        read_frame(BytesIO(video), FRAMES, known=known)
