"""An address on which every connection is refused, for as long as the tests run: its port is held and nobody listens there."""

import socket

_held = socket.socket()
_held.bind(("127.0.0.1", 0))

NOWHERE_PORT: int = _held.getsockname()[1]
NOWHERE = f"http://127.0.0.1:{NOWHERE_PORT}"
