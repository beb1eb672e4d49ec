"""The refusal of a file that is not sent to a model."""


class UnreadableImage(ValueError):
    """A file that is not sent to a model; the message says why, for the file's owner."""
