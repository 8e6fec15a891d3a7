"""Which port each process listens on: the known ones where they are free, the next free ones where not."""

import socket
from collections.abc import Iterable
from itertools import count

from switchboard_cli.stack.errors import PortTaken

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: connections of a former server that are still winding down do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def demand(port: int) -> int:
    """This port and no other. Raises PortTaken."""
    if not is_free(port):
        raise PortTaken(port)
    return port


def choose(wanted: Iterable[tuple[str, int]], taken: Iterable[int] = ()) -> dict[str, int]:
    """A free port for each name, as near above the wanted one as there is, none of them twice or in `taken`."""
    used = set(taken)
    ports = {}
    for name, first in wanted:
        ports[name] = next(port for port in count(first) if port not in used and is_free(port))
        used.add(ports[name])
    return ports
