import socket
from collections.abc import Iterator

import pytest

from switchboard_cli.stack import ports
from switchboard_cli.stack.errors import PortTaken


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((ports.HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_that_was_demanded_is_named_with_the_option_that_helps(taken: int) -> None:
    with pytest.raises(PortTaken, match=rf"Port {taken} .*--port"):
        ports.demand(taken)


def test_other_ports_give_way(taken: int) -> None:
    chosen = ports.choose([("booking", taken), ("booking-2", taken)])
    assert taken < chosen["booking"] < chosen["booking-2"]


def test_a_port_meant_for_another_process_is_not_given_twice(taken: int) -> None:
    (free,) = ports.choose([("first", taken)]).values()
    assert ports.choose([("second", free)], taken=[free])["second"] > free
