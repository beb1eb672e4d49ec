"""Why the review could not do what the reviewer asked; the messages are for the reviewer.

ReviewError
├── AlreadyAnswered  someone else has answered, or the image has left the review: nothing is overwritten
├── ImageBusy        a run or another page is working on this image: it comes again later
├── NothingToUndo    this session has no answer left to undo
├── ReviewerChanged  another tab has changed who reviews: nothing is written in the wrong name
├── InvalidReviewer  this cannot be the name of a person
├── UnknownCriterion an answer to the ontology's own questions that the page does not offer
└── UnknownImage     no image of this review has this Tag
"""


class ReviewError(Exception):
    """The message is a whole sentence."""


class AlreadyAnswered(ReviewError):
    """Nothing was written."""


class ImageBusy(ReviewError):
    """Nothing was written; the same answer may succeed later."""


class NothingToUndo(ReviewError):
    """Nothing was changed."""


class ReviewerChanged(ReviewError):
    """Nothing was written."""


class InvalidReviewer(ReviewError):
    """Nothing was changed."""


class UnknownCriterion(ReviewError):
    """Nothing was written."""


class UnknownImage(ReviewError):
    """It was removed, or belongs to another project."""
