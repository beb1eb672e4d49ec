"""ICC profiles (ICC.1:2001-04) made of primaries and a tone curve, for files that declare their colours by numbers."""

import struct
from collections.abc import Callable, Sequence
from functools import lru_cache

Point = tuple[float, float]
"""Chromaticity x, y."""

Curve = Callable[[float], float]
"""Linear light, 0 to 1, of an encoded value, 0 to 1."""

Triple = tuple[float, float, float]

D50: Triple = (0.9642, 1.0, 0.8249)
BRADFORD: tuple[Triple, ...] = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
CURVE_POINTS = 1024


def matrix_profile(white: Point, primaries: Sequence[Point], curve: Curve) -> bytes:
    """An RGB display profile; `primaries` are those of red, green and blue.

    Raises:
        ValueError, ZeroDivisionError: the points span no colour space.
    """
    columns = columns_of(white, primaries)
    tags = {
        f"{name}XYZ".encode(): b"XYZ " + bytes(4) + _fixed(column) for name, column in zip("rgb", columns, strict=True)
    }
    tags |= {f"{name}TRC".encode(): _curve(curve) for name in "rgb"}
    return _profile(b"RGB ", tags)


def grey_profile(curve: Curve) -> bytes:
    """A profile of one channel."""
    return _profile(b"GRAY", {b"kTRC": _curve(curve)})


def srgb_curve(value: float) -> float:
    """IEC 61966-2-1."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    tags = {b"wtpt": b"XYZ " + bytes(4) + _fixed(D50), **tags}
    start = 128 + 4 + 12 * len(tags)
    table, content = b"", b""
    for name, tag in tags.items():
        table += struct.pack(">4sII", name, start + len(content), len(tag))
        content += tag + bytes(-len(tag) % 4)
    size = start + len(content)
    header = struct.pack(
        ">I4sI4s4s4s12s4s28s12s", size, b"", 0x02400000, b"mntr", space, b"XYZ ", b"", b"acsp", b"", _fixed(D50)
    )
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + content


def columns_of(white: Point, primaries: Sequence[Point]) -> list[Triple]:
    """The XYZ of full red, green and blue, adapted to D50."""
    to_lms = BRADFORD
    source = _applied(to_lms, _xyz(white))
    target = _applied(to_lms, D50)
    scales = [new / old for new, old in zip(target, source, strict=True)]
    colours = [_xyz(point) for point in primaries]
    sums = solved([[colours[j][i] for j in range(3)] for i in range(3)], _xyz(white))
    found = []
    for colour, amount in zip(colours, sums, strict=True):
        lms = _applied(to_lms, (colour[0] * amount, colour[1] * amount, colour[2] * amount))
        adapted = [value * scale for value, scale in zip(lms, scales, strict=True)]
        found.append(solved([list(row) for row in to_lms], adapted))
    return found


def _xyz(point: Point) -> Triple:
    x, y = point
    return x / y, 1.0, (1 - x - y) / y


def _applied(matrix: Sequence[Sequence[float]], vector: Sequence[float]) -> Triple:
    first, second, third = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return first, second, third


def solved(matrix: Sequence[Sequence[float]], wanted: Sequence[float]) -> Triple:
    """The solution of three linear equations, by Cramer's rule."""

    def determinant(rows: Sequence[Sequence[float]]) -> float:
        (a, b, c), (d, e, f), (g, h, i) = rows
        return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)

    whole = determinant(matrix)
    first, second, third = (
        determinant([[*row[:j], value, *row[j + 1 :]] for row, value in zip(matrix, wanted, strict=True)]) / whole
        for j in range(3)
    )
    return first, second, third


def _fixed(values: Sequence[float]) -> bytes:
    return struct.pack(">3i", *(round(value * 65_536) for value in values))


@lru_cache(maxsize=32)
def _curve(curve: Curve) -> bytes:
    points = [min(1.0, max(0.0, curve(step / (CURVE_POINTS - 1)))) for step in range(CURVE_POINTS)]
    return struct.pack(f">4s4xI{CURVE_POINTS}H", b"curv", CURVE_POINTS, *(round(point * 65_535) for point in points))
