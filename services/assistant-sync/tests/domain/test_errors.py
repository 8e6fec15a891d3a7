"""The states of assistant-sync and the reasons that its protos promise."""

from collections import Counter

import assistant_sync.domain.errors
from chassis.errors import DomainError
from switchboard.assistants.v1.error_reason_pb2 import ErrorReason


def test_every_reason_is_one_state_and_every_state_has_its_reason():
    states = [
        state
        for state in vars(assistant_sync.domain.errors).values()
        if isinstance(state, type) and issubclass(state, DomainError) and state is not DomainError
    ]
    reasons = set(ErrorReason.keys()) - {"ERROR_REASON_UNSPECIFIED"}
    assert Counter(state.reason for state in states) == dict.fromkeys(reasons, 1)
