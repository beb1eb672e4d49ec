"""JPEGs that are cut, damaged, oddly coded, or whole in spite of their looks."""

import re
from collections.abc import Callable
from io import BytesIO

from PIL import Image

from judge_pipeline_tests.models.images.kinds.kind import SPECIMENS, Kind, encoded, scene, specimen

END = b"\xff\xd9"
TRUNCATED = "the file ends early: truncated JPEG"
DAMAGED = "the file is damaged: JPEG"
WHOLE = "no end marker, but its picture is complete"
STRAY = "bytes that do not belong to the picture were removed"

BASELINE = encoded(scene(), "JPEG")
PROGRESSIVE = encoded(scene(), "JPEG", progressive=True)
RESTARTS = encoded(scene(), "JPEG", restart_marker_rows=1)
CMYK = encoded(scene().convert("CMYK"), "JPEG")
ARITHMETIC = (SPECIMENS / "arithmetic.jpg").read_bytes()


def as_png(data: bytes) -> Callable[[], bytes]:
    """What Pillow reads, for what Chromium does not draw."""
    return lambda: encoded(Image.open(BytesIO(data)), "PNG")


def cut(data: bytes, share: float, end: bytes = END) -> Callable[[], bytes]:
    """The first part of a file, and an end marker."""
    return lambda: data[: int(len(data) * share)] + end


def without_scans(data: bytes, *, after: int) -> bytes:
    """The file up to some scan, and an end marker: nothing of the scans before is missing."""
    starts = [found.start() for found in re.finditer(rb"\xff\xda", data)]
    return data[: data.rfind(b"\xff\xc4", 0, starts[after])] + END


def with_frame(marker: int, *, bits: int = 8) -> bytes:
    """A JPEG that claims another coding or depth."""
    frame = BASELINE.index(b"\xff\xc0")
    return (
        BASELINE[: frame + 1]
        + bytes((marker,))
        + BASELINE[frame + 2 : frame + 4]
        + bytes((bits,))
        + BASELINE[frame + 5 :]
    )


def with_hole(data: bytes, start: float, end: float, filling: bytes = b"\0") -> bytes:
    first, last = int(len(data) * start), int(len(data) * end)
    return data[:first] + filling * (last - first) + data[last:]


def three_a_colour() -> bytes:
    """Three brightnesses for each colour, a sampling that TurboJPEG does not know; one scan for each component."""
    components = scene().convert("YCbCr").split()
    width, height = scene().size
    greys = [components[0], *(each.resize((width // 3, height)) for each in components[1:])]
    files = [encoded(each, "JPEG", quality=95) for each in greys]
    places = [file.index(b"\xff\xda") for file in files]
    frame = files[0].index(b"\xff\xc0")
    header = files[0][frame + 4 : frame + 9] + b"\3\1\x31\0\2\x11\0\3\x11\0"
    scans = [
        b"\xff\xda\0\x08\1" + bytes((number,)) + file[place + 6 : -2]
        for number, (file, place) in enumerate(zip(files, places, strict=True), start=1)
    ]
    return b"".join([files[0][:frame], b"\xff\xc0\0\x11", header, files[0][frame + 13 : places[0]], *scans, END])


def without_restart(data: bytes) -> bytes:
    """One restart interval is lost."""
    third, fourth = data.index(b"\xff\xd2"), data.index(b"\xff\xd3")
    return data[:third] + data[fourth:]


THREE_A_COLOUR = three_a_colour()

# Chromium leaves out the last row of blocks when the end marker is missing, though its pixels are there.
JPEGS = (
    Kind("JPEG without its end marker", specimen("no_eoi.jpg"), notes=(WHOLE,)),
    Kind("JPEG without its last byte", lambda: BASELINE[:-1], looks_like=lambda: BASELINE, notes=(WHOLE,)),
    Kind("JPEG with zeros for its end marker", lambda: BASELINE[:-2] + bytes(9_000), notes=(WHOLE,)),
    Kind("JPEG, progressive, without its end marker", lambda: PROGRESSIVE[:-2], notes=(WHOLE,)),
    Kind("JPEG, CMYK, without its end marker", lambda: CMYK[:-2], looks_like=lambda: CMYK, notes=(WHOLE,)),
    Kind("JPEG with zeros before its end", lambda: BASELINE[:-2] + bytes(9_000) + END, notes=(STRAY,)),
    Kind("JPEG with stray bytes before its end", lambda: BASELINE[:-2] + b"stray" * 20 + END, notes=(STRAY,)),
    Kind("JPEG with stray bytes between headers", lambda: BASELINE[:20] + b"stray" + BASELINE[20:], notes=(STRAY,)),
    Kind("JPEG of an unknown JFIF revision", lambda: BASELINE[:11] + b"\7" + BASELINE[12:], notes=(STRAY,)),
    Kind("JPEG with restarts", lambda: RESTARTS),
    Kind("JPEG, arithmetic", specimen("arithmetic.jpg"), looks_like=as_png(ARITHMETIC), notes=("arithmetic coding",)),
    Kind("JPEG of 40% and an end marker", specimen("cut_with_eoi.jpg"), refused=TRUNCATED),
    Kind("JPEG of 97% and an end marker", cut(BASELINE, 0.97), refused=TRUNCATED),
    Kind("JPEG of 50%, zeros and an end marker", cut(BASELINE, 0.5, bytes(900) + END), refused=TRUNCATED),
    Kind("JPEG of 50%, grey", cut(encoded(scene().convert("L"), "JPEG"), 0.5), refused=TRUNCATED),
    Kind("JPEG of 50%, CMYK", cut(CMYK, 0.5), refused=TRUNCATED),
    Kind("JPEG of 50%, arithmetic", cut(ARITHMETIC, 0.7), refused=TRUNCATED),
    Kind("JPEG of 40%, progressive", cut(PROGRESSIVE, 0.4), refused=TRUNCATED),
    Kind("JPEG of 95%, progressive", cut(PROGRESSIVE, 0.95), refused=TRUNCATED),
    Kind("JPEG, progressive, of one scan", lambda: without_scans(PROGRESSIVE, after=1), refused=TRUNCATED),
    Kind("JPEG, progressive, without its last scan", lambda: without_scans(PROGRESSIVE, after=-1), refused=TRUNCATED),
    Kind("JPEG, three brightnesses a colour", lambda: THREE_A_COLOUR),
    Kind("JPEG of 50%, three brightnesses a colour", cut(THREE_A_COLOUR, 0.5), refused=TRUNCATED),
    Kind("JPEG, three brightnesses a colour, without its end marker", lambda: THREE_A_COLOUR[:-2], refused=TRUNCATED),
    Kind("JPEG with a hole", lambda: with_hole(BASELINE, 0.5, 0.7), refused=TRUNCATED),
    Kind("JPEG without a restart interval", lambda: without_restart(RESTARTS), refused=DAMAGED),
    Kind("JPEG, lossless", specimen("lossless_320x200.jpg"), refused="lossless JPEG is not read"),
    Kind("JPEG, lossless and arithmetic", lambda: with_frame(0xCB), refused="lossless JPEG is not read"),
    Kind("JPEG, hierarchical", lambda: with_frame(0xC5), refused="hierarchical JPEG is not read"),
    Kind("JPEG-LS", lambda: with_frame(0xF7), refused="JPEG-LS is not read"),
    Kind("JPEG of 12 bits", lambda: with_frame(0xC1, bits=12), refused="12-bit JPEG is not read"),
)
