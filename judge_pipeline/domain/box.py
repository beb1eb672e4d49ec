"""An upright rectangle in a picture, in fractions of its width and height."""

from collections.abc import Iterable
from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a picture: its upper left corner and its size, between 0 and 1."""

    left: float
    top: float
    width: float
    height: float

    @classmethod
    def around(cls, points: Iterable[Point]) -> "Box":
        """The smallest box within the picture with all points in it; has no size if they are outside."""
        places = [(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0)) for x, y in points]
        left, top = min(x for x, _ in places), min(y for _, y in places)
        return cls(left, top, max(x for x, _ in places) - left, max(y for _, y in places) - top)

    @property
    def corners(self) -> tuple[Point, Point]:
        """The upper left and the lower right."""
        return (self.left, self.top), (self.left + self.width, self.top + self.height)

    def in_pixels(self, width: int, height: int) -> tuple[int, int, int, int]:
        """Left, top, right and bottom in a picture of this size, rounded as encord-agents does; at least one pixel."""
        left = min(int(width * self.left + 0.5), width - 1)
        top = min(int(height * self.top + 0.5), height - 1)
        right = left + max(1, int(width * self.width + 0.5))
        bottom = top + max(1, int(height * self.height + 0.5))
        return left, top, min(right, width), min(bottom, height)
