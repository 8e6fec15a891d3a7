import socket
from collections.abc import Iterator

import pytest

from switchboard_cli.stack.errors import PortTaken
from switchboard_cli.stack.ports import HOST, Claims


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def claims() -> Iterator[Claims]:
    with Claims() as claims:
        yield claims


def test_a_taken_port_that_was_demanded_is_named_with_the_option_that_helps(taken: int, claims: Claims) -> None:
    with pytest.raises(PortTaken, match=rf"Port {taken} .*--port"):
        claims.demand(taken)


def test_other_ports_give_way(taken: int, claims: Claims) -> None:
    chosen = claims.choose([("booking", taken), ("booking-2", taken)])
    assert taken < chosen["booking"] < chosen["booking-2"]


def test_a_port_that_was_demanded_is_not_chosen_for_another_process(taken: int, claims: Claims) -> None:
    demanded = claims.demand(claims.choose([("first", taken)])["first"] + 1)
    assert claims.choose([("second", demanded)])["second"] > demanded


def test_another_stack_leaves_a_claimed_port_alone_though_nothing_listens_there(taken: int, claims: Claims) -> None:
    (claimed,) = claims.choose([("postgres", taken)]).values()
    with Claims() as others:
        assert others.choose([("postgres", claimed)])["postgres"] > claimed


def test_a_claim_ends_with_the_stack(taken: int) -> None:
    with Claims() as former:
        (port,) = former.choose([("postgres", taken)]).values()
    with Claims() as claims:
        assert claims.choose([("postgres", port)])["postgres"] == port
