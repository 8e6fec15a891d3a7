"""A port for a server that is about to start here, in development and tests: an embedded database, a stack."""

import secrets
import socket
from contextlib import suppress

_BELOW_THE_KERNELS = range(20_000, 32_000)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has now.

    It is below those that a kernel gives to connections (Linux: from 32768): one of these would sometimes be taken by
    the time that it is used, by whoever connects anywhere, or by the very connection that asks whether its server
    listens already.
    """
    while True:
        port = secrets.choice(_BELOW_THE_KERNELS)
        with socket.socket() as listener, suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
