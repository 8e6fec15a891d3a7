"""Booking's states and the reasons that its protos promise."""

import booking.domain.errors
from chassis.errors import DomainError
from switchboard.booking.v1.error_reason_pb2 import ErrorReason


def test_every_reason_is_one_state_and_every_state_has_its_reason() -> None:
    states = [
        state
        for state in vars(booking.domain.errors).values()
        if isinstance(state, type) and issubclass(state, DomainError) and state is not DomainError
    ]
    reasons = sorted(state.reason for state in states)
    assert reasons == sorted(set(ErrorReason.keys()) - {"ERROR_REASON_UNSPECIFIED"})
