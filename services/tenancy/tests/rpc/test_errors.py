"""Every state has a reason in the protos, and every reason a state."""

import inspect
from collections import Counter

from chassis.errors import DomainError
from switchboard.tenancy.v1.error_reason_pb2 import ErrorReason
from tenancy.domain import errors


def test_every_reason_in_the_protos_is_exactly_one_state_and_the_other_way_round():
    states = [
        state
        for _name, state in inspect.getmembers(errors, inspect.isclass)
        if issubclass(state, DomainError) and state is not DomainError
    ]
    reasons = set(ErrorReason.keys()) - {"ERROR_REASON_UNSPECIFIED"}
    assert Counter(state.reason for state in states) == dict.fromkeys(reasons, 1)
