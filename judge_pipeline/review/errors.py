"""Why an answer was not taken, in words for the one who gave it.

ReviewError
├── AnsweredMeanwhile  somebody else has answered, or the image has left Human Review: it stays as it is
├── AtWork             a run or another page is at work on this image: it comes again later
├── NothingToUndo      no answer of this session is left to take back
└── UnknownImage       no image of this review has this Tag
"""


class ReviewError(Exception):
    """The message is a whole sentence."""


class AnsweredMeanwhile(ReviewError):
    """Nothing was written."""


class AtWork(ReviewError):
    """Nothing was written, and nothing stands in the way later."""


class NothingToUndo(ReviewError):
    """Nothing was changed."""


class UnknownImage(ReviewError):
    """It was removed, or is another project's."""
