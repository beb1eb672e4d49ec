"""Errors of the local servers and the demo; each message is one sentence that says what to do.

LocalPairError
├── LocalServerError      a local server does not start, or its folder cannot be used
├── PortInUse             another process listens on the requested port
├── NoPhotographs         the folder is missing or holds no images
└── OtherPhotographs      the state folder holds a demo with other images
"""


class LocalPairError(Exception):
    """The local servers or the demo's project are not available."""


class LocalServerError(LocalPairError):
    """A local server does not start; the message names its log file."""


class PortInUse(LocalPairError):
    """The requested port is taken."""


class NoPhotographs(LocalPairError, ValueError):
    """The folder is missing or holds no image file."""


class OtherPhotographs(LocalPairError, ValueError):
    """The state folder holds a demo with other images."""
