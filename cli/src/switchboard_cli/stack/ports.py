"""Which port each process listens on: the known ones where they are free, the next free ones where not."""

import socket
from collections.abc import Iterable
from itertools import count
from typing import Self

from switchboard_cli.stack.errors import PortTaken

HOST = "127.0.0.1"


class Claims:
    """The ports of one stack, which another that starts in the same moment leaves alone, though nothing listens yet.

    A port is claimed by holding the UDP port of its number, which no process of ours uses: a claim ends with the
    process that holds it, however that ends.
    """

    def __init__(self) -> None:
        self._held: dict[int, socket.socket] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        while self._held:
            self._held.popitem()[1].close()

    def demand(self, port: int) -> int:
        """This port and no other. Raises PortTaken."""
        if not _is_free(port):
            raise PortTaken(port)
        self._claim(port)  # somebody else's UDP port stands in nobody's way
        return port

    def choose(self, wanted: Iterable[tuple[str, int]]) -> dict[str, int]:
        """A free port for each name, as near above the wanted one as there is, none that is claimed already."""
        return {
            name: next(port for port in count(first) if _is_free(port) and self._claim(port)) for name, first in wanted
        }

    def _claim(self, port: int) -> bool:
        holder = socket.socket(type=socket.SOCK_DGRAM)
        try:
            holder.bind((HOST, port))
        except OSError:
            holder.close()
            return False
        self._held[port] = holder
        return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: connections of a former server that are still winding down do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True
