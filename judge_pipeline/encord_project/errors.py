"""What can go wrong with Encord, in our words.

EncordError
├── EncordUnusable      nothing can be done for any tag: the run stops before it costs anything
│   ├── EncordUnreachable
│   ├── EncordRefused   the key is unknown, or may not do this
│   └── ProjectMismatch the project lacks what the pipeline needs
└── RowRefused          this one row or item cannot be used, the others can
"""


class EncordError(Exception):
    """Anything that Encord, or the way to it, does not let us do; the message is a whole sentence."""


class EncordUnusable(EncordError):
    """Nothing can be done for any tag."""


class EncordUnreachable(EncordUnusable):
    """No answer, or none that is Encord's."""


class EncordRefused(EncordUnusable):
    """The key is not accepted, or not for this project."""


class ProjectMismatch(EncordUnusable):
    """The project is there but lacks a stage, a pathway, a dataset or a classification that the pipeline needs."""


class RowRefused(EncordError):
    """One row or item cannot be used."""
