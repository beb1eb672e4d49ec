"""What can go wrong with the local servers and the demo, each in one sentence that says what to do.

LocalPairError
├── LocalServerError   a local server does not start, or its folder cannot be used
├── PortInUse             somebody else listens where a server was told to
├── NoPhotographs         the folder is missing or holds no images
└── OtherPhotographs      the state folder holds a demo of other images
"""


class LocalPairError(Exception):
    """The local servers or the demo's project cannot be had."""


class LocalServerError(LocalPairError):
    """A local server does not start; the message says where its log is."""


class PortInUse(LocalPairError):
    """The port that a person asked for is taken."""


class NoPhotographs(LocalPairError, ValueError):
    """The folder is missing or holds no JPEG, PNG or WebP file."""


class OtherPhotographs(LocalPairError, ValueError):
    """The state folder holds a demo of other images."""
